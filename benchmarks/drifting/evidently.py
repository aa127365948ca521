"""Evidently with all its defaults, on the columns as they came: does the data set drift?"""

import os

import numpy as np
import pandas as pd

from benchmarks.drifting.nights import Posts
from benchmarks.drifting.sets import World
from popularity.dataset.features import TOKENS
from popularity.monitoring.columns import CATEGORIES, posted

HALF = 0.5
"""Evidently's: the share of drifted columns from which the data set drifts."""


def as_given(seen: Posts, world: World) -> pd.DataFrame:
    """What a user would hand over: features, hour and weekday, whether the photo is there, prediction and label."""
    maker, posts = world.reference.maker, seen.posts
    scores = pd.DataFrame(maker.transform(posts), columns=list(maker.names), index=posts.index)
    return posted(posts, maker.names).assign(
        **{name: scores[name] for name in TOKENS if name in scores},
        alive=posts["has_photo"].astype(np.float64),
        prediction=seen.prediction,
        label=posts["label"],
    )


class Defaults:
    """Evidently's default tests against the latest quarter of the training posts, as its preset chooses them."""

    def __init__(self, world: World) -> None:
        os.environ["DO_NOT_TRACK"] = "1"
        from evidently.legacy.calculations.stattests.registry import get_stattest
        from evidently.legacy.core import ColumnType

        self._stattest, self._type = get_stattest, ColumnType
        latest = world.known.iloc[-len(world.known) // 4 :].reset_index(drop=True)
        self._reference = as_given(Posts(latest, world.predicted(latest), world.photos), world)

    def drifts(self, current: pd.DataFrame) -> bool:
        """Whether half of the columns drift, of those that both sides have values of."""
        found = [self._drifted(name, current[name].dropna()) for name in current]
        return float(np.mean([one for one in found if one is not None])) >= HALF

    def _drifted(self, name: str, here: "pd.Series[float]") -> bool | None:
        there = self._reference[name].dropna()
        if here.empty or there.empty:
            return None
        kind = self._type.Categorical if name in CATEGORIES else self._type.Numerical
        test = self._stattest(there, here, kind, None)
        return bool(test(there, here, kind, None).drifted)
