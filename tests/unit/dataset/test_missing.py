"""Which features posts to be scored lack, and which the models lean on."""

import numpy as np
import pandas as pd

from popularity.dataset.features import Column, FeatureMaker
from popularity.dataset.missing import lacking


def maker(**missing: float | None) -> FeatureMaker:
    scores = (Column("tag_score", False, 0.0, 5.0, 1.0),)
    return FeatureMaker(
        (*(Column(name, False, 0.0, 0.0, 1.0, missing=share) for name, share in missing.items()), *scores), {}
    )


def posts(**missing: int) -> pd.DataFrame:
    """Ten posts, so many of which have no value in each column."""
    return pd.DataFrame({name: [np.nan] * n + [1.0] * (10 - n) for name, n in missing.items()})


def test_a_feature_counts_that_at_most_half_lacked_in_training_and_over_half_lack_now() -> None:
    made = maker(avgview=0.5, deslen=0.51, titlelen=0.0, older=None)
    assert lacking(posts(avgview=5, deslen=10, titlelen=5, older=10), made) == []
    found = lacking(posts(avgview=6, deslen=10, titlelen=10, older=10), made)
    assert found == [("avgview", 0.5, 0.6), ("titlelen", 0.0, 1.0)]
    assert (
        str(found[0]) == "avgview is missing in 60% of the posts, and was in 50% of those that the models learnt from"
    )


def test_a_fitted_column_keeps_the_share_of_training_posts_without_a_value() -> None:
    assert Column.fit("deslen", pd.Series([np.nan, 1.0, 2.0, 3.0]), log1p=False).missing == 0.25
    assert Column.fit("deslen", pd.Series([np.nan] * 5), log1p=False).missing == 1.0
