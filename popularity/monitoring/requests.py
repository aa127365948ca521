"""Calls for a new model: one a batch, open until the batch's labels are in a training run, fulfilled once.

monitoring/requests/<batch>.json
"""

from pathlib import Path
from typing import Literal

from popularity import paths
from popularity.files import read_json, telling, write_json
from popularity.settings import Section

State = Literal["new", "waiting", "fulfilled"]


class Request(Section):
    """new: nobody has tried yet; waiting: for labels; fulfilled: by a training run. answer: what came of it."""

    batch: str
    state: State = "new"
    answer: str = ""


def call_for(batch: str) -> None:
    """Open a batch's request; the second call of the same batch changes nothing."""
    if not paths.request(batch).exists():
        _write(Request(batch=batch))


def read_requests() -> list[Request]:
    """All of them, by the batch's name."""
    return [_read(path) for path in sorted((paths.MONITORING / "requests").glob("[!.]*.json"))]


def read_request(batch: str) -> Request | None:
    """The batch's; None where it has called for nothing."""
    path = paths.request(batch)
    return _read(path) if path.exists() else None


def open_requests() -> list[Request]:
    """Those not fulfilled, by the batch's name."""
    return [request for request in read_requests() if request.state != "fulfilled"]


def answer(request: Request, state: State, text: str) -> None:
    """Put on record what came of a request."""
    _write(request.model_copy(update={"state": state, "answer": text}))


def _read(path: Path) -> Request:
    with telling(path):
        return Request.model_validate(read_json(path))


def _write(request: Request) -> None:
    write_json(paths.request(request.batch), request.model_dump(mode="json"))
