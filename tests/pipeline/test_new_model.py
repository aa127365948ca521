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


class Flat:
    def fit(self, lesson):
        self._mean = float(lesson.own.label.mean())

    def predict(self, evidence):
        return np.full(len(evidence.posts), self._mean)

    def save(self, folder):
        write_json(folder / "flat.json", self._mean)


class FlatScorer(Flat):
    @classmethod
    def load(cls, parts):
        found = cls()
        found._mean = read_json(parts.folder / "flat.json")
        return found
'''
LINE = '    Model("flat", "One flat", EVERY, ("columns",), scorer="popularity.models.flat:FlatScorer"),\n'


def add_model(project: Project) -> None:
    """The files that docs/architecture.md names under "A new model"."""
    (project.folder / "popularity/models/flat.py").write_text(MODEL)
    stage = (project.folder / "stages/train_cnn.py").read_text()
    for old, new in (
        ("popularity.models.cnn import Cnn", "popularity.models.flat import Flat"),
        ("    cnn = partial(Cnn, settings.train_cnn, settings.base.seed)\n", ""),
        ("return OnFeatures(cnn(), settings.dataset)", "return Flat()"),
        ('"cnn"', '"flat"'),
        ("train_cnn", "train_flat"),
    ):
        assert old in stage
        stage = stage.replace(old, new)
    (project.folder / "stages/train_flat.py").write_text(stage)

    file = project.folder / "dvc.yaml"
    stages = yaml.safe_load(file.read_text())["stages"]
    cnn = json.dumps(stages["train_cnn"] | {"params": ["base.seed"]})
    stages["train_flat"] = json.loads(cnn.replace("cnn", "flat"))
    told = ["predictions/flat.parquet", "predictions/protocols/flat.parquet", "metrics/train_flat.json"]
    stages["evaluate"]["deps"] += told
    project.set_param("protocols.of.flat", [])
    file.write_text(yaml.safe_dump({"stages": stages}))

    catalogue = project.folder / "popularity/catalogue.py"
    before, after = catalogue.read_text().split('    Model("image", ')
    catalogue.write_text(f'{before}{LINE}    Model("image", {after}')


@pytest.mark.long
def test_a_new_model_stands_in_the_tables_the_report_the_bundle_and_the_nights(project: Project) -> None:
    add_model(project)
    assert set(project.repro()) == {"train_flat", "evaluate"}
    for population in ("all_posts", "posts_with_photo"):
        scores = json.loads((project.folder / "metrics/evaluate.json").read_text())[population]
        assert list(scores)[list(scores).index("cnn") + 1] == "flat"
        assert scores["flat"]["test"]["n"] == scores["cnn"]["test"]["n"] > 0
        assert scores["flat"]["test"]["spearman"] is None
    assert "One flat" in (project.folder / "reports/evaluation.html").read_text()
    assert set(pd.read_csv(project.folder / "plots/predictions.csv")["model"]) >= {"cnn", "flat"}

    project.choose(all_posts="flat", posts_with_photo="multimodal")
    project.command("popularity", "champion", "create")
    shown = project.command("popularity", "champion", "show")
    assert "all posts: flat; posts with photo: multimodal" in shown
    bring(project, "night-001", 1)
    project.command("flows.recrawl")
    night = pd.read_parquet(project.folder / "monitoring/scores/night-001.parquet")
    assert set(night["model"]) == {"flat", "multimodal"}
    assert night.loc[night["model"] == "flat", "prediction"].nunique() == 1
