"""The forest: same bytes, same predictions in a fresh process, importances."""

import subprocess
import sys

import numpy as np
import pytest

from popularity.models.forest import Forest
from popularity.settings import load_settings

OPTIONS = load_settings().train_rf.model_copy(update={"trees": 20})
SCORE = """
import sys, numpy as np
from pathlib import Path
from popularity.models.forest import Forest
from popularity.settings import load_settings
folder = Path(sys.argv[1])
forest = Forest.load(folder, load_settings().train_rf, 1)
np.save(folder / "again.npy", forest.predict(np.load(folder / "X.npy")))
forest.save(folder)
"""


def fitted(seed=1):
    X = np.random.default_rng(0).normal(size=(400, 4))
    forest = Forest(OPTIONS, seed)
    forest.fit(X, 3 * X[:, 2] + X[:, 0])
    return forest, X


def test_two_fits_write_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        fitted()[0].save(tmp_path / name)
    assert (tmp_path / "a/forest.skops").read_bytes() == (tmp_path / "b/forest.skops").read_bytes()


@pytest.mark.slow
def test_a_fresh_process_loads_it_and_gives_the_same_predictions_and_bytes(tmp_path):
    forest, X = fitted()
    forest.save(tmp_path)
    written = (tmp_path / "forest.skops").read_bytes()
    np.save(tmp_path / "X.npy", X)
    subprocess.run([sys.executable, "-c", SCORE, str(tmp_path)], check=True)
    assert (np.load(tmp_path / "again.npy") == forest.predict(X)).all()
    assert (tmp_path / "forest.skops").read_bytes() == written


def test_predictions_are_equal_to_the_bit_each_time_and_row_by_row():
    forest, X = fitted()
    whole = forest.predict(X)
    assert (forest.predict(X) == whole).all()
    assert (np.concatenate([forest.predict(X[i : i + 1]) for i in range(30)]) == whole[:30]).all()


def test_importances_name_the_column_that_made_the_label():
    importances = fitted()[0].importances
    assert importances.argmax() == 2
    assert importances.sum() == pytest.approx(1)


def test_another_seed_gives_another_forest():
    (one, X), (two, _) = fitted(1), fitted(2)
    assert (one.predict(X) != two.predict(X)).any()


def test_a_tree_is_fitted_on_tree_rows_posts_and_so_a_forest_of_many_stays_small(tmp_path):
    X = np.random.default_rng(0).normal(size=(3000, 4))
    size = {}
    for rows in (None, 300):
        forest = Forest(OPTIONS.model_copy(update={"tree_rows": rows}), 1)
        forest.fit(X, X[:, 0] + X[:, 1])
        (tmp_path / str(rows)).mkdir()
        forest.save(tmp_path / str(rows))
        size[rows] = (tmp_path / str(rows) / "forest.skops").stat().st_size
    assert size[300] < size[None] / 5
