"""A small demo project with a champion, as the current folder."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from kit import demo_tables
from kit.shared import made_once
from popularity.models.forest import Forest
from popularity.settings import load_settings


@pytest.fixture(scope="session")
def champion_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 posts of 40 users, a forest of 10 trees, and a champion of it."""
    options = load_settings().train_rf.model_copy(update={"trees": 10})

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch().context() as patch:
            patch.chdir(folder)
            demo_tables.lay_out_champion(folder, partial(Forest, options, 1), demo__posts=600, demo__users=40)

    return made_once(tmp_path_factory, "champion", make)


@pytest.fixture
def champion(champion_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to change, as the current folder."""
    shutil.copytree(champion_template, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"
