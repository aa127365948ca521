"""What .dockerignore lets into an image: what runs, and no secret, crawl, model or cache."""

import subprocess
from pathlib import Path

import pytest
from docker.utils.build import PatternMatcher

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
    "popularity/credentials.json", "popularity/links/key.pem", "popularity/text/backends/stanza_small/notes.json",
    "flows/id_rsa", "stages/.netrc", "expectations/posts.json.old",
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
    left_out = PatternMatcher(patterns)  # its own walk, unlike the engine's, enters no folder that only ** leads into
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    return {name for name in files if not left_out.matches(name)} - {".dockerignore", "Dockerfile"}


def test_nothing_goes_in_that_is_not_the_projects_own(context: set[str]) -> None:
    assert context <= set(TRACKED)
    assert not {name for name in context if name.split("/")[0] in ("tests", ".dvc", ".git", "docs", "metrics")}


def test_what_runs_goes_in(context: set[str]) -> None:
    folders = ("popularity", "stages", "flows", "expectations")
    assert {name for name in TRACKED if name.split("/")[0] in folders} <= context
    assert {"dvc.yaml", "params.yaml", "pyproject.toml", "requirements.lock", "README.md", ".dvcignore"} <= context
    assert {"data/visits/demo/README.md", "data/inbox/README.md"} <= context
