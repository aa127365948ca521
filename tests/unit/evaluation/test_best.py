import numpy as np
import pandas as pd
import pytest

from popularity import paths
from popularity.errors import UserError
from popularity.evaluation.best import Chosen, best_models, best_predictions, choose, population_serving
from popularity.evaluation.figures import Figures
from popularity.files import write_json
from popularity.posts import PREDICTIONS, write_table

HAS_PHOTO = np.array([True, False, True])
SERVES = {"all_posts": "rf", "posts_with_photo": "multimodal"}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths.DATASET.parent.mkdir()


def write(model, **populations):
    rows = [(population, pid, value) for population, some in populations.items() for pid, value in some.items()]
    write_table(paths.predictions(model), pd.DataFrame(rows, columns=PREDICTIONS.names), PREDICTIONS)


def write_best(**models):
    chosen = {population: {"rf": {}, "best": {"model": model}} for population, model in models.items()}
    write_json(paths.metrics("evaluate"), {"profile": "paper14", **chosen})


def figures(validation, test=1.0):
    return {
        split: None if mae is None else Figures(None, mae, mae**2, 2.0, 9, 0.0, *[None] * 6)
        for split, mae in (("validation", validation), ("test", test))
    }


def test_the_best_has_the_lowest_error_on_training_rows_under_the_protocol():
    paper = {"rf": figures(1.0), "cnn": figures(0.5), "boosted": figures(1.5)}
    forward = {"rf": figures(1.0), "boosted": figures(0.9)}
    scores = {("paper", "all_posts"): paper, ("forward", "all_posts"): forward}
    assert choose(scores, "forward") == {"all_posts": Chosen("boosted", "forward")}
    assert choose(scores, "paper") == {"all_posts": Chosen("cnn", "paper")}


def test_a_test_row_chooses_nothing():
    scores = {("paper", "all_posts"): {"rf": figures(1.0, test=9.0), "cnn": figures(1.1, test=0.1)}}
    assert choose(scores, "paper")["all_posts"].model == "rf"


def test_baselines_and_models_that_saw_labels_or_wait_for_them_are_no_candidates():
    models = {"user_mean": 0.1, "rf": 1.0, "rf_naive": 0.1, "boosted_waits": 0.1}
    every = {model: figures(mae) for model, mae in models.items()}
    scores = {("paper", "all_posts"): every, ("forward", "all_posts"): every}
    assert choose(scores, "forward")["all_posts"].model == "rf"


def test_of_equal_models_the_first_of_the_catalogue_is_best():
    assert (
        choose({("paper", "all_posts"): {"rf": figures(1.0), "cnn": figures(1.0)}}, "paper")["all_posts"].model == "rf"
    )


def test_where_no_candidate_ran_the_protocol_the_papers_validation_decides():
    paper = {"rf": figures(1.0), "cnn": figures(0.5)}
    scores = {("paper", "posts_with_photo"): paper, ("forward", "posts_with_photo"): {"user_mean": figures(0.1)}}
    assert choose(scores, "forward") == {"posts_with_photo": Chosen("cnn", "paper")}


def test_the_best_models_are_read_back_of_the_populations_that_have_one():
    write_best(all_posts="rf")
    assert best_models() == {"all_posts": "rf"}


def test_without_figures_or_in_older_ones_the_next_step_is_told():
    with pytest.raises(UserError, match=r"metrics/evaluate\.json is not there\n  next: run `dvc repro`"):
        best_models()
    write_json(paths.metrics("evaluate"), {"profile": "paper14", "all_posts": {"rf": {}}})
    with pytest.raises(UserError, match="names no best model of all_posts"):
        best_models()


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        (SERVES, ["posts_with_photo", "all_posts", "posts_with_photo"]),
        ({"all_posts": "cnn"}, ["all_posts"] * 3),
    ],
)
def test_a_post_with_a_photo_is_scored_by_the_model_of_such_posts_where_there_is_one(served, expected):
    assert population_serving(HAS_PHOTO, served).tolist() == expected


@pytest.mark.parametrize(
    ("serves", "expected"), [(SERVES, [110.0, 20.0, 130.0]), ({"all_posts": "rf"}, [10.0, 20.0, 30.0])]
)
def test_what_the_best_models_predict_is_told_by_pid(serves, expected):
    pd.DataFrame({"pid": [1, 2, 3], "has_photo": HAS_PHOTO}).to_parquet(paths.DATASET)
    write_best(**serves)
    write("rf", all_posts={1: 10.0, 2: 20.0, 3: 30.0}, posts_with_photo={1: -1.0, 3: -3.0})
    write("multimodal", posts_with_photo={3: 130.0, 1: 110.0})
    found = best_predictions()
    assert (found.index.tolist(), found.tolist()) == ([1, 2, 3], expected)


def test_where_no_model_was_fitted_there_is_no_prediction():
    write_best()
    with pytest.raises(UserError, match="too few training posts"):
        best_predictions()
