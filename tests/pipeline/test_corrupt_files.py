"""Files of the project that are not as they were written: an error that names the file and what to do, no traceback."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kit.small_project import Project
from popularity.errors import UserError
from popularity.registry.bundle import read_bundle

pytestmark = pytest.mark.slow

VERSION = "models/champions/v0001"
PREDICT, DRIFT = "popularity predict --batch demo --out again.csv", "popularity drift demo"
REBUILD = "popularity monitor rebuild"
KINDS = {
    "params.yaml": ("popularity batches list", "params.yaml"),
    "dvc.lock": ("popularity champion create", ""),  # cut, it is one of fewer stages
    "dvc.yaml": ("popularity champion create", "dvc.yaml"),
    "data/posts/demo.parquet": (PREDICT, None),
    "data/links/demo.parquet": (PREDICT, None),
    "data/labels/demo.parquet": (DRIFT, None),
    "data/embeddings/demo/embeddings.npy": (PREDICT, "data/embeddings/demo"),
    "data/embeddings/demo/meta.json": (PREDICT, None),
    "metrics/evaluate.json": ("popularity scores", None),
    "reports/quality/posts/demo.json": ("popularity quality demo", None),
    "expectations/posts.json": ("popularity quality demo", None),
    "monitoring/scores/demo.parquet": (DRIFT, None),
    "monitoring/nights/demo.json": (REBUILD, None),
    "monitoring/drift/demo.parquet": (REBUILD, None),
    "monitoring/requests/demo.json": ("flows.monitor", None),
    "data/fetched/index.sqlite": ("popularity store check", None),
    f"{VERSION}/bundle.json": (PREDICT, None),
    f"{VERSION}/reference/reference.parquet": (DRIFT, None),
    f"{VERSION}/features/features.json": (PREDICT, None),
    "models/champions/current": (PREDICT, None),
    "models/champions/rolled_back.json": ("popularity champion rollback v0002", None),
}
"""A file, the command that meets it, and what its error names where that is not the file."""


@pytest.fixture(scope="module")
def recorded(crowned: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A champion that has scored its own batch, with a night on record, a request and a store."""
    project = crowned.copied(tmp_path_factory.mktemp("recorded"))
    project.command("popularity", "predict", "--batch", "demo")
    judged = (
        "from popularity.monitoring.night import judge; from popularity.settings import load_settings; "
        "from popularity.monitoring.requests import call_for; judge('demo', [], load_settings()); call_for('demo')"
    )
    subprocess.run([sys.executable, "-c", judged], cwd=project.folder, check=True)
    shutil.copytree(project.folder / VERSION, project.folder / VERSION.replace("v0001", "v0002"))
    return project


def meets(project: Project, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command.split()], cwd=project.folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("broken", ["cut", pytest.param("flipped", marks=pytest.mark.long)])
@pytest.mark.parametrize("name", KINDS)
def test_a_corrupt_file_is_named_with_the_next_step(recorded: Project, tmp_path: Path, name: str, broken: str) -> None:
    project = recorded.copied(tmp_path / "project")
    path = project.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = path.read_bytes() if path.exists() else b'["v0001"]'
    half = len(content) // 2
    path.write_bytes(content[:half] if broken == "cut" else bytes(byte ^ 0x95 for byte in content))
    command, named = KINDS[name]
    done = meets(project, command)
    assert done.returncode == 2, done.stderr
    if not command.startswith("flows."):  # Prefect logs what has ended a flow
        assert "Traceback" not in done.stderr
    assert (name if named is None else named) in done.stderr
    assert "\n  next: " in done.stderr


def test_a_single_flipped_bit_of_a_model_is_seen(recorded: Project, tmp_path: Path) -> None:
    bundle = recorded.copied(tmp_path / "project").folder / VERSION
    files = [path for path in sorted(bundle.rglob("*")) if path.is_file() and path.name != "bundle.json"]
    assert len(files) > 5
    for path in files:
        kept = path.read_bytes()
        content = bytearray(kept)
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        with pytest.raises(UserError, match=f"{path.relative_to(bundle)}.* is not as the bundle was made"):
            read_bundle(bundle)
        path.write_bytes(kept)
    read_bundle(bundle)
