"""How a model's network did while it was trained."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class TrainedInEpochs(Protocol):
    """What goes through the rows that it learns from several times."""

    @property
    def losses(self) -> list[float]:
        """Of these rows, the mean over each epoch."""


def losses_of(learner: object) -> list[float]:
    """The losses of a fitted model's network; none of what is not trained in epochs."""
    return learner.losses if isinstance(learner, TrainedInEpochs) else []
