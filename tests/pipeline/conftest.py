"""A browser for the tests of pages, and a project with a champion."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, sync_playwright

from kit.browsing import DESKTOP, Visit
from kit.small_project import Project
from popularity import paths
from popularity.evaluation.best import best_models, best_predictions


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium here; on Debian: apt-get install chromium")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    yield Visit(context.new_page())
    context.close()


@pytest.fixture
def changed(crowned: Project, tmp_path: Path) -> Project:
    """A copy of it to change."""
    return crowned.copied(tmp_path / "changed")


@pytest.fixture
def crawl(crowned: Project, tmp_path: Path) -> Path:
    """The demo's files, elsewhere."""
    shutil.copytree(crowned.folder / "data/raw/demo", tmp_path / "crawl")
    return tmp_path / "crawl"


@pytest.fixture
def of_the_dag(crowned: Project, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """What the DAG wrote for its test rows: prediction and model, index pid."""
    with monkeypatch.context() as patch:
        patch.chdir(crowned.folder)
        rows = pd.read_parquet(paths.DATASET, columns=["pid", "split", "has_photo"])
        rows = rows[rows["split"] == "test"].set_index("pid")
        prediction = best_predictions().loc[rows.index]
        best = best_models()
    assert best == {"all_posts": "cnn", "posts_with_photo": "multimodal"}
    model = rows["has_photo"].map({True: best["posts_with_photo"], False: best["all_posts"]})
    table = pd.DataFrame({"prediction": prediction, "model": model})
    assert set(model) == {"multimodal", "cnn"}
    return table
