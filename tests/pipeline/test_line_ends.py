"""A clone has the bytes that dvc.lock names, whatever git is told to do with line ends."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from kit.project import ROOT

STAGES = yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"].values()


def git(folder: Path, *args: str) -> str:
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    return subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True, text=True).stdout


def md5(folder: Path) -> dict[Path, str]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and ".git" not in file.parts]
    return {file.relative_to(folder): hashlib.md5(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What dvc.lock names and git keeps: code, rules, metrics, plots."""
    folder = tmp_path_factory.mktemp("repository")
    named = {Path(entry["path"]) for stage in STAGES for kind in ("deps", "outs") for entry in stage.get(kind, [])}
    kept = [path for path in sorted(named) if path.parts[0] not in ("data", "models", "predictions", "reports")]
    for path in (path for path in kept if (ROOT / path).exists()):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, folder / path, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / path, folder / path)
    for name in (".gitattributes", ".dvcignore", "dvc.yaml", "dvc.lock", "params.yaml"):
        shutil.copy(ROOT / name, folder)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "As it is")
    return folder


@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
def test_a_clone_has_the_same_bytes(repository: Path, autocrlf: str, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "-c", f"core.autocrlf={autocrlf}", str(repository), "clone")
    before = md5(repository)
    assert len(before) > 100
    assert md5(tmp_path / "clone") == before


def test_without_the_attributes_it_has_not(repository: Path, tmp_path: Path) -> None:
    """So that the test above can fail."""
    other = shutil.copytree(repository, tmp_path / "other")
    (other / ".gitattributes").unlink()
    git(other, "commit", "-qam", "None")
    git(tmp_path, "clone", "-q", "-c", "core.autocrlf=true", "other", "clone")
    assert md5(tmp_path / "clone") != md5(other)
