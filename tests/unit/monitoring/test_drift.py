"""What the record holds of each column beside its distance."""

import numpy as np
import pandas as pd
import pytest

from popularity.monitoring.ages import Ages
from popularity.monitoring.described import Described, Knowledge
from popularity.monitoring.drift import Drift, compare
from popularity.monitoring.past import Past
from popularity.monitoring.reference import Reference
from popularity.monitoring.thresholds import Limit, Thresholds
from popularity.settings import DriftMethod, load_settings

METHODS: dict[str, DriftMethod] = {
    "groupcount": "wasserstein", "weekday": "jensenshannon", "haspeople": "jensenshannon", "alive": "mean_difference",
}  # fmt: skip


def table(groupcount: list[float], weekday: list[float], alive: list[float]) -> pd.DataFrame:
    haspeople = np.tile([0.0, 1.0, np.nan, np.nan], len(alive) // 4)
    return pd.DataFrame({"groupcount": groupcount, "weekday": weekday, "haspeople": haspeople, "alive": alive})


@pytest.fixture
def found() -> dict[str, Drift]:
    """A night of 40 posts, 30 of them by users with a past, against a reference in which half are."""
    there = table([0.0] * 20 + [4.0] * 20, [5.0] * 20 + [6.0] * 20, [0.0] * 40)
    rows = Described(there, np.repeat([1, 2], 20), np.repeat([False, True], 20))
    here = table([1.0] * 20 + [3.0] * 20, [5.0] * 10 + [0.0] * 30, [0.2] * 30 + [-0.1] * 10)
    night = Described(here, np.repeat([1, 9], [30, 10]), np.repeat([False, True], [30, 10]))
    past = Past(pd.DataFrame({"alive": [0.6, 0.2]}, index=[1, 2]))
    limits = {name: Limit(method, 1.0, 0.0, 0.0, 1.0) for name, method in METHODS.items()}
    known = Knowledge(None, None, None, past)  # type: ignore[arg-type]  # nothing is described here from posts
    reference = Reference(rows, known, Thresholds(100, 0.02, 300, limits), Ages(None, None, undated=True), np.empty(0))
    return {one.column: one for one in compare(night, reference, load_settings().monitoring)}


def test_means_and_spreads_count_the_reference_as_often_as_the_night_has_such_users(found: dict[str, Drift]) -> None:
    one = found["groupcount"]
    weights = np.repeat([10, 4], 20)  # 30 to 10, in steps of a tenth of the more frequent
    values = np.repeat([0.0, 4.0], 20)
    mean = np.average(values, weights=weights)
    assert (one.reference, one.current) == (pytest.approx(mean), 2.0)
    assert one.reference_std == pytest.approx(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
    assert one.current_std == pytest.approx(1.0)
    assert (one.reference_shares, one.current_shares) == ((), ())


def test_categories_have_the_share_of_every_value(found: dict[str, Drift]) -> None:
    weekday = found["weekday"]
    assert weekday.current_shares == pytest.approx((0.75, 0, 0, 0, 0, 0.25, 0))
    assert weekday.reference_shares == pytest.approx((0, 0, 0, 0, 0, 10 / 14, 4 / 14))
    assert found["haspeople"].current_shares == pytest.approx((0.5, 0.5))


def test_living_photos_have_the_share_of_the_same_users_past(found: dict[str, Drift]) -> None:
    assert found["alive"].past == pytest.approx((30 * 0.6 + 10 * 0.4) / 40)  # of a stranger the mean of users
    assert found["groupcount"].past is None
