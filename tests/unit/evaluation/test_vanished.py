import numpy as np
import pandas as pd
import pytest

from popularity.evaluation.vanished import compare

YEAR_S = 31_556_952


def posts(lowered: float, users: int = 40, each: int = 20) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Observed posts and reasons: every other photo is gone, and its post's label is that much lower."""
    random = np.random.default_rng(1)
    n = users * each
    gone = np.arange(n) % 2 == 1
    observed = pd.DataFrame(
        {
            "pid": range(n),
            "uid": np.repeat(range(users), each),
            "batch": "b",
            "postdate": 1_300_000_000 + (np.arange(n) % 3) * YEAR_S,
            "has_photo": ~gone,
            "observed": random.normal(6, 2, n) - lowered * gone,
        }
    )
    reasons = np.where(gone, np.where(np.arange(n) % 4 == 1, "http status 404", "http status 503"), "")
    return observed, pd.DataFrame({"pid": range(n), "batch": "b", "reason": reasons})


def test_posts_with_lower_labels_are_no_random_half() -> None:
    found = compare(*posts(1.0), seed=1)
    assert found.difference is not None
    assert found.difference.low < found.difference.mean < found.difference.high < 0
    assert found.is_random is False


def test_posts_alike_may_be_a_random_half() -> None:
    assert compare(*posts(0.0), seed=1).is_random is True


def test_one_user_who_left_with_all_photos_is_no_evidence() -> None:
    observed, reasons = posts(0.0, users=20)
    left = observed["uid"] == 3
    observed.loc[left, "observed"] += 4
    reasons["reason"] = np.where(left, "http status 404", "")
    found = compare(observed, reasons, seed=1)
    assert (found.untouched, found.emptied) == (19, 1)
    few = compare(observed[observed["uid"] == 3], reasons, seed=1)
    assert (few.difference, few.is_random) == (None, None)


def test_ways_years_and_users_count_the_same_posts() -> None:
    observed, reasons = posts(0.0)
    reasons.loc[0, "reason"] = "no link"
    found = compare(observed, reasons, seed=1)
    assert {row["way"]: row["posts"] for row in found.ways} == {
        "deleted": 200,
        "server error, after all tries": 200,
    }
    assert [row["year"] for row in found.years] == [2011, 2012, 2013]
    assert sum(row["posts"] for row in found.years) == 799
    assert sum(row["gone"] for row in found.years) == 400
    assert found.users[0] == {
        "uid": 0,
        "posts": 19,
        "gone": 10,
        "share": pytest.approx(10 / 19),
        "kept": pytest.approx(observed["observed"][2:20:2].mean()),
        "dropped": pytest.approx(observed["observed"][1:20:2].mean()),
    }
