"""Features that posts to be scored lack, and that the training posts had."""

from typing import NamedTuple

import pandas as pd

from popularity.dataset.features import TOKENS, FeatureMaker

HALF = 0.5
"""A feature that most training posts lack is learnt without; one that most of them had is learnt to be leant on."""


class Lacking(NamedTuple):
    """A feature, and the shares of posts without a value: of the training posts, and of those to be scored."""

    feature: str
    trained: float
    scored: float

    def __str__(self) -> str:
        here, there = f"{self.scored:.0%} of the posts", f"{self.trained:.0%} of those that the models learnt from"
        return f"{self.feature} is missing in {here}, and was in {there}"


def lacking(posts: pd.DataFrame, maker: FeatureMaker) -> list[Lacking]:
    """The features that over half of the posts lack and at most half of the training posts did, in their order.

    posts: as `FeatureMaker.transform` takes them. A maker from before these shares were kept knows of none.
    """
    given = [one for one in maker.columns if one.name not in TOKENS and one.missing is not None]
    shares = [Lacking(one.name, one.missing or 0.0, float(posts[one.name].isna().mean())) for one in given]
    return [one for one in shares if one.trained <= HALF < one.scored]
