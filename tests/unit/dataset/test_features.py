"""The features of a profile: imputation, logarithms, scale, save and load."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from popularity.dataset.features import FeatureMaker, refuse_negatives
from popularity.errors import UserError
from popularity.settings import CON_SOC, Dataset


def options(**changes):
    base = {
        "profile": "paper14",
        "profiles": {"paper14": CON_SOC},
        "log1p": ("avgview", "groupcount"),
        "folds": 4,
        "split": {"mode": "given", "test_share": 0.2, "newest": ()},
        "dictionary": {"min_count": 2, "smoothing": 1.0},
    }
    return Dataset(**(base | changes))


@pytest.fixture
def world():
    """posts, label, fold, train."""
    rng = np.random.default_rng(3)
    n = 80
    posts = pd.DataFrame({name: rng.gamma(2, 50, n) for name in CON_SOC if not name.endswith("_score")})
    posts["pid"] = np.arange(1, n + 1)
    posts["uid"] = rng.integers(10**9, 2 * 10**9, n)
    posts["postdate"] = rng.integers(10**9, 2 * 10**9, n)
    posts.loc[::7, "deslen"] = np.nan
    posts["commentcount"] = np.nan
    posts["haspeople"] = 1.0
    for name in ("tags", "title"):
        posts[name] = [list(rng.choice(list("abcdef"), rng.integers(0, 4), replace=False)) for _ in range(n)]
    fold = rng.integers(-1, 4, n)
    return posts, np.where(fold >= 0, rng.normal(5, 2, n), np.nan), fold, fold >= 0


class Made(NamedTuple):
    maker: FeatureMaker
    values: np.ndarray  # of all rows: cross-fitted on training rows, plain on the others


def make_features(posts, label, fold, train, chosen):
    maker, cross_fitted = FeatureMaker.fit_transform(posts[train], label[train], fold[train], chosen)
    values = maker.transform(posts)
    values[train] = cross_fitted
    return Made(maker, values)


def column(features, name):
    return features.values[:, features.maker.names.index(name)]


def test_training_rows_have_mean_zero_and_deviation_one(world):
    posts, label, fold, train = world
    features = make_features(posts, label, fold, train, options())
    for name in ("uid", "avgview", "deslen"):
        assert column(features, name)[train].mean() == pytest.approx(0, abs=1e-9)
        assert column(features, name)[train].std() == pytest.approx(1)


def test_empty_and_constant_columns_become_zero_and_are_named(world):
    posts, label, fold, train = world
    features = make_features(posts, label, fold, train, options())
    assert features.maker.empty == ("commentcount",)
    assert features.maker.constant == ("haspeople",)
    assert not column(features, "commentcount").any()
    assert not column(features, "haspeople").any()


def test_a_missing_value_takes_the_training_median(world):
    posts, label, fold, train = world
    filled = posts.assign(deslen=posts["deslen"].fillna(posts["deslen"][train].median()))
    missing, given = (make_features(table, label, fold, train, options()) for table in (posts, filled))
    assert (column(missing, "deslen") == column(given, "deslen")).all()


def test_columns_of_log1p_are_taken_as_logarithms(world):
    posts, label, fold, train = world
    logged = make_features(posts, label, fold, train, options())
    by_hand = make_features(posts.assign(avgview=np.log1p(posts["avgview"])), label, fold, train, options(log1p=()))
    assert (column(logged, "avgview") == column(by_hand, "avgview")).all()


def test_a_negative_count_has_no_logarithm_and_its_pid_is_named(world):
    posts = world[0]
    posts.loc[4, "avgview"] = -1.0
    with pytest.raises(UserError, match=r"avgview.*pid 5"):
        refuse_negatives(posts, options())


def test_columns_come_in_the_order_of_the_settings(world):
    posts, label, fold, train = world
    turned = make_features(posts, label, fold, train, options(profiles={"paper14": CON_SOC[::-1]}))
    straight = make_features(posts, label, fold, train, options())
    assert (turned.values[:, ::-1] == straight.values).all()


def test_a_value_beyond_all_training_rows_counts_as_the_furthest_of_theirs(world):
    posts, label, fold, train = world
    furthest = posts["postdate"][train].max()
    beyond, at = (posts.assign(postdate=posts["postdate"].where(train, value)) for value in (4 * 10**9, furthest))
    one, two = (make_features(table, label, fold, train, options()) for table in (beyond, at))
    assert (column(one, "postdate") == column(two, "postdate")).all()


def test_features_that_the_profile_leaves_out_are_not_looked_at(world):
    posts, label, fold, train = world
    few = {"profile": "few", "profiles": {"few": ("deslen", "tag_score"), "paper14": CON_SOC}}
    refuse_negatives(posts.assign(avgview=-1.0), options(**few))
    features = make_features(posts.assign(avgview=-1.0), label, fold, train, options(**few))
    assert features.maker.names == ("deslen", "tag_score")
    assert features.maker.empty == features.maker.constant == ()


def test_a_loaded_maker_gives_a_test_row_the_numbers_of_the_dag(world, tmp_path):
    posts, label, fold, train = world
    features = make_features(posts, label, fold, train, options())
    features.maker.save(tmp_path / "dictionaries")
    loaded = FeatureMaker.load(tmp_path / "dictionaries")
    assert (loaded.transform(posts[~train]) == features.values[~train]).all()
    assert loaded.profile == "paper14"
