"""How runs end on Prefect's pages: named by what happened, and without a traceback where nothing crashed."""

from collections.abc import Sequence
from typing import Any, TypeVar

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Failed

from popularity.monitoring.history import NightRecord
from popularity.printing import printable

Returned = TypeVar("Returned")

MOST = 5
"""Batches that a run's name tells."""

LONGEST = 120
"""Characters of a name; the page of runs shows it in a line."""


def failed(error: Exception) -> Any:
    """What a flow or task returns instead of raising what it found in data: its log gets a line, and no traceback.

    Who calls a flow gets the error all the same; of a task `came_of` raises it.
    """
    return Failed(message=str(error), data=error)


def came_of(returned: Returned) -> Returned:
    """What a task returned. Raises the error of one that `failed`."""
    if not isinstance(returned, State):
        return returned
    error = getattr(returned.data, "result", returned.data)  # Prefect wraps it
    assert isinstance(error, Exception)
    raise error


def name_run(name: str) -> None:
    """Give the run of the flow under way another name. A server that does not take it is told of, and fails nothing."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    try:
        with get_client(sync_client=True) as client:
            client.update_flow_run(context.flow_run.id, name=printable(" ".join(name.split()))[:LONGEST])
    except Exception as error:  # noqa: BLE001, a name is worth no night
        print(f"the run keeps its name: {type(error).__name__}")


def verdicts(records: Sequence[NightRecord]) -> str:
    """Batches and what was found of each, as a run is named by them."""
    told = [f"{record.batch}: {record.verdict}" for record in records[:MOST]]
    return ", ".join([*told, *([f"{len(records) - MOST} more"] if len(records) > MOST else [])])
