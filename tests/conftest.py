"""Fixtures for all tests."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.project import DemoProject, lay_out
from kit.shared import made_once
from kit.small_project import Project, lay_out_code
from popularity.links.decoders import Decoders, decoders

PROJECT = Path(__file__).resolve().parent.parent
LONGEST = "test_recrawl.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest file first, then the fast tests: these wait for none of the projects that the first one makes."""
    items.sort(key=lambda item: (item.path.name != LONGEST, item.get_closest_marker("slow") is not None))


@pytest.fixture(scope="session")
def pool() -> Iterator[Decoders]:
    """Decoders of photos, started at the first one."""
    with decoders() as found:
        yield found


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the two real data sets."""
    folder = Path(os.environ.get("POPULARITY_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if missing := [name for name in ("instagram", "instagram-profiles") if not (folder / name).is_dir()]:
        pytest.skip(f"no {' and '.join(missing)} in {folder}; set POPULARITY_REAL_DATA to the folder that holds them")
    return folder


def _drawn(folder: Path, monkeypatch: pytest.MonkeyPatch, *stages: str) -> None:
    """Run stages of the demo batch in a folder."""
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        for stage in stages:
            DemoProject(folder, patch).run(stage, "demo")


@pytest.fixture(scope="session")
def photos_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, drawn and read up to its text, links and embeddings."""

    def make(folder: Path) -> None:
        stages = ("demo", "ingest", "fetch", "filter_links", "text_features", "image_embeddings")
        lay_out(folder)
        _drawn(folder, pytest.MonkeyPatch(), *stages)

    return made_once(tmp_path_factory, "photos", make)


@pytest.fixture
def demo_photos(photos_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DemoProject:
    """A copy of the demo project, current folder, ready for `dataset`."""
    shutil.copytree(photos_template, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return DemoProject(tmp_path / "project", monkeypatch)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project, run to the end; not to be changed."""
    return Project(made_once(tmp_path_factory, "template", lambda folder: lay_out_code(folder).repro()))


@pytest.fixture
def project(template: Project, tmp_path: Path) -> Project:
    """A copy of it to change."""
    return template.copied(tmp_path / "project")


@pytest.fixture(scope="session")
def crowned(template: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same with a champion; not to be changed."""

    def make(folder: Path) -> None:
        project = template.copied(folder)
        project.choose(all_posts="cnn", posts_with_photo="multimodal")  # so that photos matter, whatever errs least
        said = project.command("popularity", "champion", "create")
        assert "v0001 is the champion" in said

    return Project(made_once(tmp_path_factory, "crowned", make))
