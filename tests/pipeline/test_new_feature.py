"""A new feature is a line of the module that reads it, and its name in params."""

import json

import pandas as pd
import pytest

from kit.small_nights import bring
from kit.small_project import Project

pytestmark = pytest.mark.long

SENTIMENT = '    "sentiment": Column('
WORDS = '    "words": Column(pa.float64(), lambda posts, _: posts["title"].str.split().str.len()),\n'


def test_a_new_column_of_text_is_trained_on_scored_with_and_compared(project: Project) -> None:
    module = project.folder / "popularity/text/features.py"
    before, after = module.read_text().split(SENTIMENT)
    module.write_text(before + WORDS + SENTIMENT + after)
    features = json.loads((project.folder / "models/dictionaries/features.json").read_text())["columns"]
    project.set_param("dataset.profile", "extended")
    project.set_param("dataset.profiles.extended", [*(column["name"] for column in features), "words"])
    project.set_param("monitoring.methods.words", "wasserstein")

    executed = project.repro()
    assert {"text_features@demo", "dataset", "train_rf", "train_cnn", "fuse", "train_boosted", "evaluate"} <= set(
        executed
    )
    assert "ingest@demo" not in executed
    dataset = pd.read_parquet(project.folder / "data/dataset.parquet").set_index("pid")
    posts = pd.read_parquet(project.folder / "data/posts/demo.parquet").set_index("pid").loc[dataset.index]
    assert dataset["words"].corr(words_of(posts)) > 0.9
    assert "words" in (project.folder / "plots/importances.csv").read_text()

    project.command("popularity", "champion", "create")
    bring(project, "night-001", 1)
    project.command("flows.recrawl")
    drift = pd.read_parquet(project.folder / "monitoring/drift/night-001.parquet").set_index("column")
    night, demo = (pd.read_parquet(project.folder / f"data/posts/{batch}.parquet") for batch in ("night-001", "demo"))
    known = night[night["uid"].isin(demo["uid"])]  # the others' posts say nothing of how known users' have moved
    assert drift.loc["words", "n"] == len(known)
    assert drift.loc["words", "current"] == pytest.approx(words_of(known).mean())


def words_of(posts: pd.DataFrame) -> "pd.Series[int]":
    return posts["title"].str.split().str.len()
