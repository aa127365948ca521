"""What came of the retrain that a night asked for, in a sentence."""

from popularity.monitoring.requests import Request

BEFORE = {
    "new": "It asked for a retrain, which nobody has tried yet.",
    "waiting": "It asked for a retrain, which waits: ",
    "fulfilled": "It asked for a retrain, and this came of it: ",
}


def retrain_told(request: Request) -> str:
    """The state of a request and its answer."""
    if not request.answer:
        return BEFORE["new"]
    return f"{BEFORE[request.state]}{request.answer}."
