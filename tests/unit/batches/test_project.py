"""Adding and removing a crawl: params.yaml, files, dvc.lock, in a real DVC project."""

import difflib
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kit.project import set_param
from popularity import paths
from popularity.batches import project as batches
from popularity.batches.project import add_batch, list_batches, remove_batch, set_newest
from popularity.errors import UserError
from popularity.files import write_json
from popularity.settings import FilePair, load_settings

PROJECT = Path(__file__).resolve().parents[3]


def dvc(*arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with this repository's params.yaml; no DVC yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    paths.PARAMS.write_text((PROJECT / "params.yaml").read_text())
    return folder


@pytest.fixture
def dvc_project(project: Path) -> Path:
    """The same as a git repository with DVC and the root .gitignore."""
    subprocess.run(["git", "init", "--quiet"], check=True)
    dvc("init", "--quiet")
    (project / ".gitignore").write_text((PROJECT / ".gitignore").read_text())
    return project


@pytest.fixture
def crawl(tmp_path: Path) -> Path:
    """A folder outside the project with the files that the paper names, and a photo."""
    folder = tmp_path / "crawl"
    (folder / "images").mkdir(parents=True)
    for name in ("train_data.csv", "train_label.csv", "images/1.jpg"):
        (folder / name).write_text("pid\n1\n")
    return folder


@pytest.mark.slow
@pytest.mark.usefixtures("dvc_project")
def test_a_copied_crawl_is_tracked_and_git_sees_only_its_dvc_file(crawl: Path) -> None:
    add_batch("may", source="smp", path=crawl)
    assert (paths.raw("may") / "images/1.jpg").exists()
    assert load_settings().batches["may"].path == "data/raw/may"
    assert dvc("status").strip() == "Data and pipelines are up to date."
    seen = subprocess.run(["git", "ls-files", "-o", "--exclude-standard", "data"], capture_output=True, text=True)
    assert seen.stdout.splitlines() == ["data/raw/may.dvc", "data/visits/may/README.md"]


@pytest.mark.slow
@pytest.mark.usefixtures("dvc_project")
def test_a_removed_crawl_leaves_nothing(crawl: Path) -> None:
    before = paths.PARAMS.read_text()
    add_batch("may", source="smp", path=crawl)
    remove_batch("may")
    assert paths.PARAMS.read_text() == before
    assert [path for path in Path("data").rglob("*") if path.is_file()] == []
    assert (crawl / "images/1.jpg").exists()


@pytest.mark.usefixtures("project")
def test_a_failed_dvc_add_leaves_no_copy_and_no_entry(crawl: Path) -> None:
    before = paths.PARAMS.read_text()
    with pytest.raises(UserError, match="dvc add data/raw/may failed"):
        add_batch("may", source="smp", path=crawl)
    assert paths.PARAMS.read_text() == before
    assert not paths.raw("may").exists()


@pytest.mark.usefixtures("project")
def test_an_in_place_crawl_is_neither_copied_nor_deleted(crawl: Path) -> None:
    set_param(Path(), "label.of", "likes")
    add_batch("may", source="smp", path=crawl, in_place=True)
    may = load_settings().batches["may"]
    assert (may.path, may.read, may.of) == (crawl.as_posix(), "at_crawl", "likes")
    assert not paths.raw("may").exists()
    remove_batch("may")
    assert (crawl / "train_data.csv").exists()


@pytest.mark.usefixtures("project")
def test_what_killed_stages_left_of_a_batch_goes_with_it(crawl: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    add_batch("may", source="smp", path=crawl, in_place=True)
    left = [f".may.{gone.pid}.tmp", f".may.parquet.{gone.pid}.tmp", f".june.{gone.pid}.tmp"]
    for place, name in zip((paths.PHOTOS, paths.LINKS, paths.PHOTOS), left, strict=True):
        (place / name).mkdir(parents=True)
        (place / name / "half").touch()
    remove_batch("may")
    assert [path.name for place in (paths.PHOTOS, paths.LINKS) for path in place.iterdir()] == [left[2]]


def test_an_in_place_crawl_where_remove_would_delete_it_is_refused(project: Path, crawl: Path) -> None:
    paths.RAW.mkdir(parents=True, exist_ok=True)
    crawl.rename(paths.raw("may"))
    with pytest.raises(UserError, match="place of copies"):
        add_batch("may", source="smp", path=paths.raw("may"), in_place=True)
    assert (paths.raw("may") / "train_data.csv").exists()


def test_a_second_demo_is_refused(project: Path) -> None:
    with pytest.raises(UserError, match="a batch already"):
        add_batch("demo2", source="demo")


def test_an_in_place_crawl_inside_the_project_has_a_relative_path(project: Path, crawl: Path) -> None:
    crawl.rename(project / "crawl")
    add_batch("may", source="smp", path=project / "crawl", in_place=True)
    assert load_settings().batches["may"].path == "crawl"


@pytest.mark.usefixtures("project")
def test_named_files_are_kept_in_their_order(crawl: Path) -> None:
    pairs = [FilePair(data="train_label.csv"), FilePair(data="train_data.csv", label="train_label.csv")]
    add_batch("may", source="smp", path=crawl, in_place=True, pairs=pairs)
    assert load_settings().batches["may"].files == tuple(pairs)


@pytest.mark.usefixtures("project")
def test_removing_the_demo_empties_its_list_and_adding_it_again_restores_params() -> None:
    before = paths.PARAMS.read_text()
    remove_batch("demo")
    assert (load_settings().batches, load_settings().demo.batches) == ({}, ())
    add_batch("demo", source="demo")
    assert paths.PARAMS.read_text() == before
    assert (paths.visits("demo") / "README.md").read_text() == (PROJECT / "data/visits/demo/README.md").read_text()


@pytest.mark.usefixtures("project")
def test_removing_prunes_the_batchs_stages_and_no_other(crawl: Path) -> None:
    add_batch("may", source="smp", path=crawl, in_place=True)
    before = (PROJECT / "dvc.lock").read_text()
    stages = yaml.safe_load(before)["stages"]
    some = {name.replace("@demo", "@may"): stages[name] for name in ("ingest@demo", "text_features@demo")}
    more = yaml.safe_dump(some, sort_keys=False, indent=2)
    Path("dvc.lock").write_text(before + "".join(f"  {line}\n" for line in more.splitlines()))
    assert {"ingest@may", "text_features@may"} < yaml.safe_load(Path("dvc.lock").read_text())["stages"].keys()
    remove_batch("may")
    assert Path("dvc.lock").read_text() == before


def test_choosing_the_newest_batches_changes_their_lines(project: Path) -> None:
    before = paths.PARAMS.read_text().splitlines()
    set_newest(["demo"])
    after = [line for line in difflib.ndiff(before, paths.PARAMS.read_text().splitlines()) if line[0] == "+"]
    assert [line[1:].split("#")[0].strip() for line in after] == ["mode: newest", "newest:", "- demo"]
    assert load_settings().dataset.split.newest == ("demo",)


@pytest.mark.usefixtures("project")
def test_an_interrupted_removal_is_finished_by_a_second(crawl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_batch("may", source="smp", path=crawl, in_place=True)
    paths.posts("may").parent.mkdir(parents=True)
    paths.posts("may").write_text("x")
    with monkeypatch.context() as patch:
        patch.setattr(batches, "_delete_files", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            remove_batch("may")
    remove_batch("may")
    assert not paths.posts("may").exists()
    assert "may" not in load_settings().batches


@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("demo", {"source": "demo"}, "there is a batch 'demo' already"),
        ("Big One", {"source": "demo"}, "cannot name a batch"),
        ("a" * 101, {"source": "demo"}, "a' cannot name a batch"),
        ("may", {"source": "smp"}, "no folder named"),
        ("may", {"source": "smp", "path": Path("nowhere")}, "not a folder"),
        ("may", {"source": "smp", "path": Path()}, "neither train_data.csv nor test_data.csv"),
        ("may", {"source": "demo", "path": Path()}, "the demo is drawn"),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_bad_request_changes_nothing(name: str, options: dict[str, object], problem: str) -> None:
    before = paths.PARAMS.read_text()
    with pytest.raises(UserError, match=problem):
        add_batch(name, **options)
    assert paths.PARAMS.read_text() == before
    assert not Path("data").exists()


@pytest.mark.usefixtures("project")
def test_list_shows_counts_where_the_dag_has_run() -> None:
    assert list_batches()[0].posts is None
    counts = {"rows_out": 9, "labelled": {"train": 5, "test": 2, "unnamed": 0}, "pending": 2}
    write_json(paths.metrics("ingest", "demo"), counts)
    write_json(paths.metrics("filter_links", "demo"), {"rows_out": 4})
    (demo,) = list_batches()
    assert (demo.posts, demo.labelled, demo.pending, demo.photos) == (9, 7, 2, 4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["2024-05-01", "1e5", "no", "a" * 100])
def test_a_name_that_yaml_could_misread_or_is_the_longest_is_a_batch_to_dvc_too(
    name: str, dvc_project: Path, crawl: Path
) -> None:
    (dvc_project / "dvc.yaml").write_text((PROJECT / "dvc.yaml").read_text())
    add_batch(name, source="smp", path=crawl)
    assert f"ingest@{name}" in dvc("stage", "list", "--name-only").splitlines()
    assert [batch.name for batch in list_batches()] == ["demo", name]
    remove_batch(name)
    assert paths.PARAMS.read_text() == (PROJECT / "params.yaml").read_text()
