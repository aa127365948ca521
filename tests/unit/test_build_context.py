"""What .dockerignore lets into an image: what runs, and no secret, crawl, model or cache."""

import subprocess
from pathlib import Path

import pytest
from docker.utils.build import exclude_paths

from kit.project import ROOT

TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
BESIDE = (
    ".dvc/config.local", ".dvc/cache/files/md5/00/11", ".dvc/tmp/rwlock", ".env", ".env.old", "popularity/.env",
    ".git/config", ".prefect/profiles.toml", ".prefect/prefect.db", ".venv/bin/python", ".work/log", "weights/some.h5",
    "data/inbox/night-001/posts.csv", "data/quarantine/night-002/record.json", "data/raw/demo/train_data.csv",
    "data/raw/mine.dvc", "data/fetched/packs/1.pack", "data/visits/night-001/views.csv", "data/posts/demo.parquet",
    "models/champions/current", "monitoring/nights/night-001.json", "reports/evaluation.html", "predictions/rf.parquet",
    ".mypy_cache/a", ".ruff_cache/a", ".pytest_cache/a", ".hypothesis/a", ".uv-cache/a", "id_rsa", "notes.txt",
    "popularity/__pycache__/cli.cpython-311.pyc", "credentials.json", "dvc.yaml.old",
)  # fmt: skip


@pytest.fixture
def context(tmp_path: Path) -> set[str]:
    """The files of a checkout, with all that lies beside them, that reach the engine."""
    for name in (*TRACKED, *BESIDE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    patterns = [
        line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
    ]
    found = exclude_paths(str(tmp_path), patterns)
    return {name for name in found if (tmp_path / name).is_file()} - {".dockerignore", "Dockerfile"}


def test_nothing_goes_in_that_is_not_the_projects_own(context: set[str]) -> None:
    assert context <= set(TRACKED)
    assert not {name for name in context if name.split("/")[0] in ("tests", ".dvc", ".git", "docs", "metrics")}


def test_what_runs_goes_in(context: set[str]) -> None:
    folders = ("popularity", "stages", "flows", "expectations")
    assert {name for name in TRACKED if name.split("/")[0] in folders} <= context
    assert {"dvc.yaml", "params.yaml", "pyproject.toml", "requirements.lock", "README.md", ".dvcignore"} <= context
    assert {"data/visits/demo/README.md", "data/inbox/README.md"} <= context
