"""The commands of README.md and docs/operations.md, run on a fresh clone in the order in which they are printed.

Each is run as it is printed, skipped for a reason that stands in SKIPPED, or with what is one's own put in by FILLED.
A command that is added to these pages is run as printed unless one of the tables names it.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pandas as pd
import pytest

from kit.printed_commands import printed_in
from kit.project import ROOT, set_param
from kit.small_project import SMALL
from kit.tool_files import instaloader_post, write_json, write_photo

ENGINE = "a container engine, where the team's deployment has tests of its own"
GPU = "an NVIDIA GPU"
LIKES = "a project of likes, which has no batch of views"
HOURS = "tests and benchmarks are run as such"
SKIPPED = {
    "make test": HOURS,
    "popularity batches add cats --source instaloader --path ~/instaloader/cats": LIKES,
    "python -m benchmarks.sentiment": HOURS,
    "uv pip uninstall tensorflow-cpu && uv pip install 'tensorflow[and-cuda]==2.21.0'": GPU,
    "uv pip install 'jax[cuda12]==0.10.2' && KERAS_BACKEND=jax dvc repro train_image": GPU,
    "docker compose build": ENGINE,
    "docker compose run --rm --no-deps worker popularity repro": ENGINE,
    "docker compose run --rm --no-deps worker popularity champion create": ENGINE,
    "docker compose up --detach --wait": ENGINE,
    "docker compose exec worker python -m flows.deploy": ENGINE,
    "docker build --tag photo-popularity .": ENGINE,
    "docker run --name demo photo-popularity": ENGINE,
    "docker cp demo:/project/reports .": ENGINE,
    "docker cp demo:/project/metrics from-container": ENGINE,
    "docker rm demo": ENGINE,
}
NIGHTLY = 'prefect deployment run recrawl/nightly --param \'parameters={"batch": "night-001"}\' --watch'
FILLED = {
    "git clone <this repository> && cd photo-popularity":
        "git clone --quiet $REPOSITORY photo-popularity && cd photo-popularity",
    "popularity begin mine --source smp --path DIR --as-of-post":
        "popularity begin mine --source smp --path $HOME/mine --as-of-post",
    "popularity predict --data posts.csv --photos DIR --out predictions.parquet":
        "popularity predict --data $HOME/mine/test_data.csv --photos $HOME/mine --out predictions.parquet",
    "make tune": "make tune MINUTES=0.1",
    "make night NIGHTS=7": "make night NIGHTS=2",
    "popularity sentiment descriptions.txt": "popularity sentiment $HOME/descriptions.txt",
    "popularity sentiment descriptions.txt --backend vader":
        "popularity sentiment $HOME/descriptions.txt --backend vader",
    "make server":
        "make server SERVER_PORT=$SERVER DASHBOARD_PORT=$DASHBOARD PAGES_PORT=$PAGES > ../server.log 2>&1 &\n"
        "SUPERVISOR=$!",
    "make deploy": "make deploy SERVER_PORT=$SERVER",
    "export PREFECT_HOME=$PWD/.prefect PREFECT_API_URL=http://127.0.0.1:4200/api":
        "export PREFECT_HOME=$PWD/.prefect PREFECT_API_URL=http://127.0.0.1:$SERVER/api",
    NIGHTLY: NIGHTLY.replace("night-001", "later-001"),
    "python -m flows.recrawl --batch night-001": "python -m flows.recrawl --batch later-002",
    "dvc remote add --default storage /mnt/backup/popularity": "dvc remote add --default storage $HOME/backup",
    "git clone popularity.bundle popularity && cd popularity":
        "mkdir ../other && cp popularity.bundle state.tar ../other && cd ../other "
        "&& git clone --quiet popularity.bundle popularity && cd popularity",
    "git pull --no-rebase --no-edit": "cd $PROJECT && git pull --no-rebase --no-edit",
}  # fmt: skip
ANSWERS = {"popularity store prune", "popularity forget --user 4711", "popularity forget --user 12345@N00"}
"""These ask before they change anything; the answer is yes."""

PAGES = ("README.md", "docs/operations.md")


def test_what_is_skipped_or_filled_in_is_printed_and_no_more_is_skipped_than_was_agreed() -> None:
    printed = [one.text for page in PAGES for one in printed_in(ROOT / page) if one.fenced]
    assert {*SKIPPED, *FILLED, *ANSWERS} - {*printed} == set()
    assert len([text for text in printed if text in SKIPPED]) == 15
    assert len(printed) - 10 > 60


@dataclass
class Terminal:
    """A shell that keeps its folder and its environment from one command to the next."""

    environment: dict[str, str]
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shell = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=self.environment["HOME"], env=self.environment,
        )  # fmt: skip

    def type(self, command: str, answer: str = "") -> None:
        """Run a command; one that fails is noted with what it printed."""
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        mark, began, lines = uuid4().hex, time.monotonic(), []
        source = f"<<< '{answer}'" if answer else "< /dev/null"
        self.shell.stdin.write(f"{{ {command}\n}} {source}\necho {mark} $?\n")
        self.shell.stdin.flush()
        for line in self.shell.stdout:
            if line.startswith(mark):
                break
            lines.append(line)
        else:
            raise AssertionError(f"the shell ended at {command}: {''.join(lines)}")
        code = int(line.split()[1])
        print(f"{time.monotonic() - began:7.1f} s  {code}  {command}", *lines[-30:], sep="\n    ", flush=True)
        if code:
            self.failed.append(f"{command}: exit code {code}\n{''.join(lines[-30:])}")

    def close(self) -> None:
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        self.shell.stdin.close()
        self.shell.wait(60)
        self.shell.stdout.close()


def test_a_terminal_keeps_folder_and_environment_answers_what_it_is_asked_and_notes_what_fails(tmp_path: Path) -> None:
    opened = Terminal({"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    opened.type("mkdir inside && cd inside\nexport NAME=somebody")
    opened.type("read answer && echo $NAME $answer > said", "yes")
    opened.type("true")
    assert opened.failed == []
    opened.type("cat; echo before it failed; false")
    opened.type("touch later")
    opened.close()
    assert [line.split("\n")[:2] for line in opened.failed] == [
        ["cat; echo before it failed; false: exit code 1", "before it failed"]
    ]
    assert (tmp_path / "inside/said").read_text() == "somebody yes\n"
    assert (tmp_path / "inside/later").exists()


def free_ports(count: int) -> list[str]:
    import socket

    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [str(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    server, dashboard, pages = free_ports(3)
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.org"))}  # fmt: skip
    environment = {name: os.environ[name] for name in ("LANG", "TMPDIR", "PIP_FIND_LINKS") if name in os.environ} | who
    project = tmp_path / "photo-popularity"
    opened = Terminal(
        environment
        | {
            "PATH": f"{Path(sys.prefix) / 'bin'}:/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "COLUMNS": "80",
            "REPOSITORY": str(ROOT), "PROJECT": str(project), "SERVER": server, "DASHBOARD": dashboard, "PAGES": pages,
        }
    )  # fmt: skip
    yield opened
    opened.close()


def installed(clone: Path) -> None:
    """As `make setup` leaves a clone, with the environment of this test: an installation takes minutes and 4 GB."""
    environment = clone / ".venv"
    environment.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (environment / name).symlink_to(Path(sys.prefix) / name)
    (environment / ".ready").touch()


def made_small(clone: Path) -> None:
    """A world that is trained in minutes; committed, as somebody's own choices are."""
    for key, value in SMALL.items():
        set_param(clone, key, value)


def own_files(home: Path) -> None:
    """What somebody has: a crawl, another tool's folder, a text."""
    shutil.copytree(home / "photo-popularity/data/raw/demo", home / "mine")
    write_json(home / "instaloader/cats/2021-01-01_12-00-00_UTC.json.xz", instaloader_post())
    write_photo(home / "instaloader/cats/2021-01-01_12-00-00_UTC.jpg")
    (home / "descriptions.txt").write_text("What a lovely evening by the sea, we are very happy.\n")


def answering(url: str) -> None:
    """Wait for a server."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        try:
            if httpx.get(url).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(1)
    raise AssertionError(f"nothing answers at {url}")


@pytest.mark.long
def test_the_commands_of_the_pages_do_as_they_are_printed(terminal: Terminal, tmp_path: Path) -> None:
    project = tmp_path / "photo-popularity"
    crawls = iter(range(50, 60))

    def bring(name: str) -> None:
        """A crawl in the inbox: night-001 of the page has been taken in by then."""
        terminal.type(f"popularity demo night --night {next(crawls)} --out data/inbox/{name}")

    def cloned() -> None:
        installed(project)
        made_small(project)
        terminal.type(
            f"export PYTHONPATH={project} DVC_NO_ANALYTICS=1 && git commit --quiet --all --message 'a small world'"
        )

    def moved() -> None:
        clone = tmp_path / "other/popularity"
        installed(clone)
        terminal.type(f"export PYTHONPATH={clone}")

    def another_champion() -> None:
        """One that v0001 can be gone back to from, where no retrain has made it."""
        make = "popularity repro && popularity champion create && popularity champion promote v0002"
        terminal.type(f'[ "$(cat models/champions/current)" != v0001 ] || {{ {make}; }}')

    before: dict[str, Callable[[], None]] = {
        "popularity batches remove demo": lambda: own_files(tmp_path),
        NIGHTLY: lambda: bring("later-001"),
        "python -m flows.recrawl --batch night-001": lambda: bring("later-002"),
        "popularity champion list": another_champion,
        "git bundle create popularity.bundle --branches HEAD": lambda: terminal.type("kill $SUPERVISOR; wait || true"),
    }  # fmt: skip
    after: dict[str, Callable[[], None]] = {
        "git clone <this repository> && cd photo-popularity": cloned,
        "git clone popularity.bundle popularity && cd popularity": moved,
        "make server": lambda: answering(f"http://127.0.0.1:{terminal.environment['PAGES']}/monitoring.html"),
        "git pull --no-rebase --no-edit": lambda: terminal.type(f"export PYTHONPATH={project}"),
    }
    for page in PAGES:
        for text in [one.text for one in printed_in(ROOT / page) if one.fenced and one.text not in SKIPPED]:
            before.get(text, lambda: None)()
            terminal.type(FILLED.get(text, text), "y" if text in ANSWERS else "")
            after.get(text, lambda: None)()
    assert terminal.failed == []
    assert pd.read_parquet(project / "predictions.parquet")["prediction"].notna().all()
