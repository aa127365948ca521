"""What Python, editors and people leave beside code and labels is no dep's content, in a real DVC project."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dvc.repo import Repo

from kit.project import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:_NoneStep.value:DeprecationWarning"),  # what dvc 3.67 asks of pygtrie
]

FOLDERS = ("popularity/text/backends/some", "data/visits/some")
STRANGERS = "data/raw/some"
DVC_YAML = f"stages: {{some: {{cmd: echo, deps: [{', '.join([*FOLDERS, STRANGERS])}]}}}}\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repo]:
    monkeypatch.chdir(tmp_path)
    for folder in (*FOLDERS, STRANGERS):
        Path(folder).mkdir(parents=True)
        (Path(folder) / "file.csv").write_text("")
    shutil.copy(ROOT / ".dvcignore", tmp_path)
    Path("dvc.yaml").write_text(DVC_YAML)
    with Repo.init(no_scm=True) as repo:
        repo.reproduce()
        yield repo


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize(
    "name",
    [
        "__pycache__/file.cpython-311.pyc", "file.pyc", ".file.csv.swp", "file.csv~", ".#file.csv", "#file.csv#",
        "4913", "file.csv.orig", ".DS_Store", ".mypy_cache/3.11/a.json", ".ruff_cache/a", ".pytest_cache/README",
        ".idea/workspace.xml", ".vscode/settings.json", ".ipynb_checkpoints/file.ipynb", ".file.csv.123.tmp",
    ],
)  # fmt: skip
def test_what_is_left_beside_files_changes_no_dep(repo: Repo, folder: str, name: str) -> None:
    left = Path(folder) / name
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_text("left")
    assert repo.status() == {}


@pytest.mark.parametrize("name", ["dvc.yaml", "deep/dvc.yaml", ".dvcignore", "deep/.dvcignore", "more.dvc", "dvc.lock"])
@pytest.mark.parametrize("folder", [FOLDERS[1], STRANGERS])
@pytest.mark.usefixtures("repo")
def test_what_lies_among_strangers_files_is_obeyed_by_no_dvc(folder: str, name: str) -> None:
    Path(folder, "labels.csv").write_text("new")
    left = Path(folder) / name
    left.parent.mkdir(exist_ok=True)
    left.write_text("stages: {theirs: {cmd: touch theirs}}" if name.endswith("yaml") else "*.csv")
    with Repo() as repo:  # anew, for it reads these files but once
        assert ["some" in repo.status(), len(repo.index.stages)] == [True, 1]
        repo.reproduce()
        assert repo.status() == {}
    assert not Path("theirs").exists()


@pytest.mark.parametrize("place", ["data/inbox/some", "data/quarantine/some/crawl"])
def test_crawls_on_their_way_are_no_part_of_the_dag(repo: Repo, place: str) -> None:
    Path(place).mkdir(parents=True)
    Path(place, "dvc.yaml").write_text("stages: {theirs: {cmd: touch theirs}}")
    Path(place, ".dvcignore").write_text("*")
    with Repo() as again:
        assert len(again.index.stages) == 1
        assert again.status() == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_file_of_its_own_does(repo: Repo, folder: str) -> None:
    (Path(folder) / "other.csv").write_text("")
    assert "some" in repo.status()


def test_a_page_for_people_beside_code_changes_no_dep(repo: Repo) -> None:
    (Path(FOLDERS[0]) / "MODEL_CARD.md").write_text("read by nobody's code")
    assert repo.status() == {}
