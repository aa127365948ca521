"""What docs/operations.md prints for containers, run as printed under a real engine by a user whom no image knows.

DOCKER_BUILD_OPTIONS holds what an engine here needs to build, as `--add-host` for a mirror; COMPOSE_FILE likewise.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kit.project import ROOT
from popularity.files import read_json

pytestmark = pytest.mark.long

SOMEBODY = 1234
"""The user, and their group; the image has an entry of neither."""
NIGHTS = (("night-001", None), ("night-002", "thousands"))


def printed(heading: str) -> str:
    """The first block of commands below a heading."""
    _, _, section = (ROOT / "docs/operations.md").read_text(encoding="utf-8").partition(f"## {heading}\n")
    return section.split("```\n")[1]


class Checkout:
    """A clone of this repository that belongs to SOMEBODY."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True)
        subprocess.run(["chown", "--recursive", f"{SOMEBODY}:{SOMEBODY}", str(folder)], check=True)

    def run(self, script: str) -> str:
        """Run commands as SOMEBODY who may use the engine; what they print on both streams."""
        socket = Path(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://"))
        who = [f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", f"--groups={SOMEBODY},{socket.stat().st_gid}"]
        environment = {**os.environ, "HOME": str(self.folder.parent), "GIT_CONFIG_COUNT": "0"}
        build = f"docker build {os.environ.get('DOCKER_BUILD_OPTIONS', '')}"
        done = subprocess.run(
            ["setpriv", *who, "bash", "-euo", "pipefail", "-c", re.sub(r"\bdocker build\b", build, script)],
            cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-5000:]
        return done.stdout


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    if shutil.which("docker") is None or subprocess.run(["docker", "info"], capture_output=True).returncode:
        pytest.skip("no container engine runs here: `docker info` fails")
    with TemporaryDirectory() as folder:  # pytest's own is its user's alone
        Path(folder).chmod(0o755)
        checkout = Checkout(Path(folder) / "photo-popularity")
        yield checkout
        left = "docker compose down --volumes; docker rm --force demo"
        subprocess.run(left, shell=True, cwd=checkout.folder, capture_output=True)


def test_on_one_machine_the_demo_is_run_and_its_results_are_taken_out(checkout: Checkout) -> None:
    said = checkout.run(printed("Run the demo in a container"))
    assert "best: boosted" in said
    assert (checkout.folder / "reports/evaluation.html").stat().st_uid == SOMEBODY
    ours, theirs = (
        read_json(folder / "evaluate.json") for folder in (ROOT / "metrics", checkout.folder / "from-container")
    )
    assert theirs == ours


def test_for_a_team_from_the_build_to_the_second_night(checkout: Checkout) -> None:
    checkout.run(printed("Deploy for a team"))
    services = [json.loads(line) for line in checkout.run("docker compose ps --format json").splitlines()]
    assert {one["Service"]: one["Health"] for one in services} == dict.fromkeys(
        ("database", "server", "worker", "dashboard", "pages"), "healthy"
    )
    for number, (night, event) in enumerate(NIGHTS, start=1):
        drawn = f"popularity demo night --night {number} {f'--event {event}' if event else ''} --out data/inbox/{night}"
        checkout.run(f"docker compose exec -T worker {drawn}")
        checkout.run("docker compose exec -T worker prefect deployment run recrawl/nightly --watch || true")
    first = checkout.folder / "monitoring/nights/night-001.json"
    assert first.stat().st_uid == SOMEBODY
    assert read_json(first)["verdict"] in ("ok", "watch")
    assert read_json(checkout.folder / "data/quarantine/night-002/record.json")["verdict"] == "stop"
    logs = checkout.run("docker compose logs worker")
    assert "getpwuid" not in logs
    assert "http://127.0.0.1:4200/runs/flow-run/" in logs
    assert "http://server:4200/runs" not in logs
