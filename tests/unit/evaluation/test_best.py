import numpy as np
import pandas as pd
import pytest

from popularity import paths
from popularity.catalogue import BEST
from popularity.evaluation.best import best_predictions, population_serving
from popularity.posts import PREDICTIONS, write_table

HAS_PHOTO = np.array([True, False, True])


def write(model, **populations):
    rows = [(population, pid, value) for population, some in populations.items() for pid, value in some.items()]
    write_table(paths.predictions(model), pd.DataFrame(rows, columns=PREDICTIONS.names), PREDICTIONS)


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        (BEST, ["posts_with_photo", "all_posts", "posts_with_photo"]),
        ({"all_posts": "cnn"}, ["all_posts"] * 3),
    ],
)
def test_a_post_with_a_photo_is_scored_by_the_model_of_such_posts_where_there_is_one(served, expected):
    assert population_serving(HAS_PHOTO, served).tolist() == expected


@pytest.mark.parametrize(("with_photo", "expected"), [([3, 1], [110.0, 20.0, 130.0]), ([], [10.0, 20.0, 30.0])])
def test_what_the_best_models_predict_is_told_by_pid(tmp_path, monkeypatch, with_photo, expected):
    monkeypatch.chdir(tmp_path)
    paths.DATASET.parent.mkdir()
    pd.DataFrame({"pid": [1, 2, 3], "has_photo": HAS_PHOTO}).to_parquet(paths.DATASET)
    write(BEST["all_posts"], all_posts={1: 10.0, 2: 20.0, 3: 30.0}, posts_with_photo={1: -1.0, 3: -3.0})
    write(BEST["posts_with_photo"], posts_with_photo={pid: 100 + 10.0 * pid for pid in with_photo})
    found = best_predictions()
    assert (found.index.tolist(), found.tolist()) == ([1, 2, 3], expected)
