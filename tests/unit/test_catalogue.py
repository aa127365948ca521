"""The catalogue agrees with what is there: stages, classes, populations."""

from pathlib import Path
from pkgutil import resolve_name

import pytest
import yaml

from popularity import catalogue, paths
from popularity.dataset.table import POPULATIONS

STAGES = yaml.safe_load((Path(__file__).parents[2] / "dvc.yaml").read_text())["stages"]
TRAINED = [model for model in catalogue.MODELS if model.may_be_best]


def named(stage: str, kind: str) -> set[str]:
    body = STAGES[stage].get("do", STAGES[stage])
    return {str(place) for place in body.get(kind, [])}


def test_evaluate_compares_the_predictions_of_every_model_that_a_stage_fits() -> None:
    expected = {paths.predictions(model.name).as_posix() for model in catalogue.MODELS if model.has_stage}
    expected |= {paths.protocols(model.name).as_posix() for model in TRAINED}
    assert {dep for dep in named("evaluate", "deps") if dep.startswith("predictions/")} == expected
    assert expected <= set.union(*(named(stage, "outs") for stage in STAGES))


def test_a_trained_model_is_saved_by_a_stage_and_opened_by_a_class() -> None:
    saved = set.union(*(named(stage, "outs") for stage in STAGES))
    assert {paths.model(model.name).as_posix() for model in TRAINED} <= saved
    for model in TRAINED:
        assert callable(resolve_name(model.scorer).load)
        assert callable(resolve_name(model.scorer).predict)


def test_no_stage_but_evaluate_depends_on_it() -> None:
    assert [stage for stage in STAGES if "popularity/catalogue.py" in named(stage, "deps")] == ["evaluate"]


def test_names_are_unique() -> None:
    names = [model.name for model in catalogue.MODELS]
    assert len(set(names)) == len(names)
    assert all(set(model.populations) <= set(POPULATIONS) for model in catalogue.MODELS)


@pytest.mark.parametrize("name", ["user_mean", "rf_naive", "image", "boosted_waits", "nosuch"])
def test_baselines_the_naive_forest_and_models_of_photos_alone_never_score_all_posts(name: str) -> None:
    assert not catalogue.can_serve(name, "all_posts")


def test_photos_are_read_by_models_of_posts_with_a_photo_alone() -> None:
    assert catalogue.reads_photos("multimodal", "posts_with_photo")
    assert catalogue.reads_photos("boosted", "posts_with_photo")
    assert not catalogue.reads_photos("boosted", "all_posts")
    assert not catalogue.reads_photos("cnn", "posts_with_photo")
