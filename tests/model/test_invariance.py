"""What says nothing of a post moves no prediction, from its raw words on.

Two things that upper case does move are no fault, and none of these posts has one. A sentence may end elsewhere where
its end is told by small letters: before a capital whose space was forgotten ("nice.Then"), behind an abbreviation
("e.g. this"); and a bare host is a link in small letters alone ("flickr.com"). Those move the sentiment a little.
"""

import numpy as np
import pandas as pd
import pytest

from popularity.posts import read_table

MODELS = [
    ("rf", "all_posts"),
    ("boosted", "all_posts"),
    ("boosted", "posts_with_photo"),
    pytest.param(("cnn", "all_posts"), marks=pytest.mark.slow),
    pytest.param(("multimodal", "posts_with_photo"), marks=pytest.mark.slow),
]
"""The image model reads no word and no number of a post, so there is nothing of these that it could hear."""
every_model = pytest.mark.parametrize("scored", MODELS, indirect=True)
ROUNDING = 1e-6
"""Label units: tokens in another order are added up in it."""


@every_model
def test_a_post_read_from_its_raw_words_scores_what_its_stage_predicted(scored) -> None:
    table = read_table(scored.world.folder / f"predictions/{scored.model}.parquet")
    own = table[table["population"] == scored.population].set_index("pid")["prediction"]
    np.testing.assert_allclose(scored.predict(scored.posts), own.loc[scored.posts["pid"]], atol=1e-9)


@pytest.mark.parametrize("column", ["alltags", "title", "description"])
@every_model
def test_upper_case_moves_no_prediction(scored, column: str) -> None:
    loud = scored.posts.assign(**{column: scored.posts[column].str.upper()})
    assert (loud[column] != scored.posts[column]).mean() > 0.8
    assert (scored.predict(loud) == scored.predict(scored.posts)).all()


@every_model
def test_the_order_of_tags_moves_no_prediction(scored) -> None:
    backwards = scored.posts["alltags"].str.split().map(lambda tags: " ".join(reversed(tags)))
    assert (backwards != scored.posts["alltags"]).mean() > 0.8
    before = scored.predict(scored.posts)
    np.testing.assert_allclose(scored.predict(scored.posts.assign(alltags=backwards)), before, rtol=0, atol=ROUNDING)


@every_model
def test_another_pid_moves_no_prediction(scored) -> None:
    before = scored.predict(scored.posts)
    for other in (scored.posts["pid"] + 10**9, scored.posts["pid"].iloc[::-1].to_numpy()):
        assert (scored.predict(scored.posts.assign(pid=other)) == before).all()


@every_model
def test_the_words_of_a_post_are_read(scored) -> None:
    """Else the tests above could not fail."""
    before = scored.predict(scored.posts)
    for column in ("alltags", "title", "description"):
        others = scored.posts.assign(**{column: scored.posts[column].sample(frac=1, random_state=1).to_numpy()})
        assert (np.abs(scored.predict(others) - before) > ROUNDING).mean() > 0.3, column


@pytest.mark.parametrize("column", ["postdate", "uid"])
@pytest.mark.parametrize("scored", [("boosted", "all_posts")], indirect=True)
def test_who_posted_and_when_do_count(scored, column: str) -> None:
    """They are numbers as the pid is, and no noise."""
    moved = pd.Series(scored.posts[column].iloc[::-1].to_numpy())
    assert (scored.predict(scored.posts.assign(**{column: moved})) != scored.predict(scored.posts)).mean() > 0.5
