"""Baselines as they are compared with models: under which protocols, over which ages."""

import numpy as np
import pytest

from kit.dataset_rows import dataset_rows
from popularity.dataset.table import Dataset
from popularity.evaluation.baselines import OVER_AGE, PLAIN, baseline_predictions
from popularity.settings import load_settings

N = 90


def predictions(age_days):
    rows = dataset_rows(np.arange(N), np.arange(N) % 6 - 1, np.arange(N) % 3 > 0).assign(age_days=age_days)
    return baseline_predictions(Dataset(rows), load_settings().protocols)


@pytest.mark.parametrize(("age_days", "over_age"), [(np.nan, False), (30.0, False), (np.arange(N) + 1.0, True)])
def test_where_ages_are_known_and_differ_each_baseline_stands_over_the_line_through_age_too(age_days, over_age):
    found = predictions(age_days)
    for protocol in ("paper", "forward", "new_users"):
        for population in ("all_posts", "posts_with_photo"):
            there = found[(found["protocol"] == protocol) & (found["population"] == population)]
            assert set(there["model"]) == {*PLAIN, *(OVER_AGE if over_age else ())}
            assert np.isfinite(there["prediction"]).all()


def test_a_baseline_over_the_line_says_more_of_older_posts():
    age = np.tile([1.0, 1000.0], N // 2)
    rows = dataset_rows(np.arange(N), np.arange(N) % 6 - 1, np.ones(N, bool)).assign(age_days=age)
    rows = rows.assign(label=rows["label"] + np.where(age > 1, 5, 0))
    found = baseline_predictions(Dataset(rows), load_settings().protocols)
    of = found[(found["protocol"] == "paper") & (found["population"] == "all_posts")].set_index(["model", "pid"])
    for model, over in (("user_mean", 2.0), ("global_mean_age", 4.0), ("user_mean_age", 4.0)):
        level = of.loc[model]["prediction"].groupby(age > 1).mean()
        assert (level[True] - level[False] > over) == model.endswith("_age")
