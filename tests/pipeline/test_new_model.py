"""A new model is its file in models/, its stage, its line of the catalogue; of what was there evaluate alone runs."""

import json

import pandas as pd
import pytest
import yaml

from kit.small_nights import bring
from kit.small_project import Project

pytestmark = pytest.mark.slow

MODEL = '''"""The mean label, whatever the post."""

import numpy as np

from popularity.files import read_json, write_json


class Level:
    def fit(self, lesson):
        self._mean = float(lesson.own.label.mean())

    def predict(self, evidence):
        return np.full(len(evidence.posts), self._mean)

    def save(self, folder):
        write_json(folder / "level.json", self._mean)


class LevelScorer(Level):
    @classmethod
    def load(cls, parts):
        found = cls()
        found._mean = read_json(parts.folder / "level.json")
        return found
'''
LINE = '    Model("level", "One level", EVERY, ("columns",), scorer="popularity.models.level:LevelScorer"),\n'


def add_model(project: Project) -> None:
    """The files that docs/architecture.md names under "A new model"."""
    (project.folder / "popularity/models/level.py").write_text(MODEL)
    stage = (project.folder / "stages/train_cnn.py").read_text()
    for old, new in (
        ("popularity.models.cnn import Cnn", "popularity.models.level import Level"),
        ("    cnn = partial(Cnn, settings.train_cnn, settings.base.seed)\n", ""),
        ("return OnFeatures(cnn(), settings.dataset)", "return Level()"),
        ('"cnn"', '"level"'),
        ("train_cnn", "train_level"),
    ):
        assert old in stage
        stage = stage.replace(old, new)
    (project.folder / "stages/train_level.py").write_text(stage)

    file = project.folder / "dvc.yaml"
    stages = yaml.safe_load(file.read_text())["stages"]
    cnn = json.dumps(stages["train_cnn"] | {"params": ["base.seed"]})
    stages["train_level"] = json.loads(cnn.replace("cnn", "level"))
    told = ["predictions/level.parquet", "predictions/protocols/level.parquet", "metrics/train_level.json"]
    stages["evaluate"]["deps"] += told
    project.set_param("protocols.of.level", [])
    file.write_text(yaml.safe_dump({"stages": stages}))

    catalogue = project.folder / "popularity/catalogue.py"
    before, after = catalogue.read_text().split('    Model("image", ')
    catalogue.write_text(f'{before}{LINE}    Model("image", {after}')


@pytest.mark.long
def test_a_new_model_stands_in_the_tables_the_report_the_bundle_and_the_nights(project: Project) -> None:
    add_model(project)
    assert set(project.repro()) == {"train_level", "evaluate"}
    for population in ("all_posts", "posts_with_photo"):
        scores = json.loads((project.folder / "metrics/evaluate.json").read_text())[population]
        assert list(scores)[list(scores).index("cnn") + 1] == "level"
        assert scores["level"]["test"]["n"] == scores["cnn"]["test"]["n"] > 0
        assert scores["level"]["test"]["spearman"] is None
    assert "One level" in (project.folder / "reports/evaluation.html").read_text()
    assert set(pd.read_csv(project.folder / "plots/predictions.csv")["model"]) >= {"cnn", "level"}

    project.choose(all_posts="level", posts_with_photo="multimodal")
    project.command("popularity", "champion", "create")
    shown = project.command("popularity", "champion", "show")
    assert "all posts: level; posts with photo: multimodal" in shown
    bring(project, "night-001", 1)
    project.command("flows.recrawl")
    night = pd.read_parquet(project.folder / "monitoring/scores/night-001.parquet")
    assert set(night["model"]) == {"level", "multimodal"}
    assert night.loc[night["model"] == "level", "prediction"].nunique() == 1
