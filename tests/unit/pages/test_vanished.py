import pandas as pd
import pytest

from popularity.evaluation.slices import labels_by_photo
from popularity.evaluation.vanished import compare
from popularity.pages.page import render_page
from popularity.pages.vanished import HEADLINES


def page(difference: float, users: int = 30) -> str:
    """What the report says where labels of posts whose photo is gone lie so far from the others."""
    n = 10 * users
    gone = pd.Series(range(n)) % 2 == 1
    label = 5 + pd.Series(range(n)) % 10 // 2 * 0.5 + difference * gone
    posts = pd.DataFrame({"pid": range(n), "batch": "b", "uid": [i // 10 for i in range(n)], "postdate": 1_300_000_000})
    posts = posts.assign(has_photo=~gone, observed=label)
    reasons = posts[["pid", "batch"]].assign(reason=gone.map({True: "http status 404", False: ""}))
    gone = compare(posts, reasons, seed=1)
    return render_page("vanished.html", headlines=HEADLINES, gone=gone, labels=labels_by_photo(posts))


@pytest.mark.parametrize(
    ("difference", "users", "headline"),
    [
        (-2.0, 30, "<h3>Photos that vanished are not a random half</h3>"),
        (0.0, 30, "<h3>Photos that vanished are no different from a random half, as far as 30 users tell</h3>"),
        (-2.0, 1, "<h3>Photos that vanished</h3>"),
    ],
)
def test_the_headline_follows_from_the_figures(difference: float, users: int, headline: str) -> None:
    assert headline in page(difference, users)


def test_ways_years_and_users_are_counted() -> None:
    told = page(0.0)
    assert '<tr><th scope="row">deleted</th><td>150</td><td>30</td>' in told
    assert '<tr><th scope="row">2011</th><td>300</td><td>150</td><td>50 %</td>' in told
    assert "the 10 with the most photos gone, of 30" in told
