"""A Prefect server for flows in this process, and projects to play nights in."""

import logging
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import flows  # noqa: F401, before Prefect, which then knows the password of its profile
from kit.shared import made_once
from kit.small_nights import bring
from kit.small_project import Project


@pytest.fixture(scope="session")
def server() -> Iterator[None]:
    from prefect.logging.configuration import setup_logging
    from prefect.logging.handlers import PrefectConsoleHandler
    from prefect.testing.utilities import prefect_test_harness
    from websockets.asyncio import connection

    # Its client's pings, in a thread that stays, would draw from the numbers that Keras takes its seeds from.
    connection.random = random.Random()
    with prefect_test_harness(server_startup_timeout=120):
        setup_logging()  # which the first flow would do, once
        root = logging.getLogger()
        for handler in [handler for handler in root.handlers if isinstance(handler, PrefectConsoleHandler)]:
            root.removeHandler(handler)  # it would go on writing to the stderr of the first test, long closed
        yield


@pytest.fixture(scope="session")
def crowned(crowned: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project, run to the end, with a champion and one ordinary crawl in the inbox; not to be changed."""

    def make(folder: Path) -> None:
        project = crowned.copied(folder)
        bring(project, "night-001", 1)
        (folder / ".work").mkdir(exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:  # Prefect's tables, which every flow's own server would make first
            patch.setenv("PREFECT_HOME", str(folder / ".prefect"))
            project.command("prefect", "server", "database", "upgrade", "-y")

    return Project(made_once(tmp_path_factory, "visited", make))


@pytest.fixture(scope="session")
def played(server: None, crowned: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same after that night; not to be changed."""
    from flows.recrawl import recrawl

    def make(folder: Path) -> None:
        crowned.copied(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            recrawl()

    return Project(made_once(tmp_path_factory, "played", make))


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Project], Project]:
    """Copy a project and go there."""

    def enter_copy(project: Project) -> Project:
        there = project.copied(tmp_path / "project")
        monkeypatch.chdir(there.folder)
        return there

    return enter_copy


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What the flows say of nights, which Prefect takes for a run's log."""
    said: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("night-"):
                said.append(record.getMessage())

    handler = Listening(logging.INFO)
    logging.getLogger("prefect.flow_runs").addHandler(handler)
    yield said
    logging.getLogger("prefect.flow_runs").removeHandler(handler)
