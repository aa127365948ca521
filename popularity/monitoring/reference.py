"""What a champion knows, kept in its bundle: what later batches are compared with. `make_reference` writes it.

`<bundle>/reference/` holds reference.parquet (the rows that nights are compared with, NaN in columns that a row is not
for), past.parquet, thresholds.json, labels.parquet, errors.parquet, ages.json, user_mean.json and embedding.npz.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from popularity.arrays import FloatArray, IntArray
from popularity.dataset.features import FeatureMaker
from popularity.errors import UserError
from popularity.models.baselines import UserMean
from popularity.monitoring import past
from popularity.monitoring.ages import Ages
from popularity.monitoring.columns import Components
from popularity.monitoring.described import Described, Knowledge, Photos, Prediction, describe
from popularity.monitoring.past import Past
from popularity.monitoring.thresholds import Thresholds
from popularity.posts import read_table

FOLDER = "reference"
FEATURES = "features"
TABLE = "reference.parquet"
OVER_SCORE = "over_score"
"""The residual in the table: that of older champions, called residual there, was over the user's mean."""
FEWEST_ALIKE = 10
"""Posts of users with a past, or of those without one, that a batch's are compared with."""
PAST_ITSELF = ("alive",)
"""Columns compared with the users' past and no trend in it: links that die faster and faster are news."""
FINEST = 10
"""How often a row of the reference counts at most."""


@dataclass(frozen=True)
class Pair:
    """A column of a batch beside the reference, without NaN. times: how often each of there counts, at least 1."""

    here: FloatArray
    uid_here: IntArray
    there: FloatArray
    uid_there: IntArray
    times: IntArray


@dataclass(frozen=True)
class Reference:
    """A bundle's reference in memory."""

    rows: Described
    known: Knowledge
    thresholds: Thresholds
    ages: Ages  # of the training labels
    predictions: FloatArray  # as they came, of rows that have one

    @property
    def maker(self) -> FeatureMaker:
        """The champion's features."""
        return self.known.maker

    @property
    def users(self) -> UserMean:
        """The mean training label of each user."""
        return self.known.users

    def describe(
        self,
        posts: pd.DataFrame,
        prediction: Prediction,
        photos: Photos | None,
        scored_days: FloatArray | None = None,
    ) -> Described:
        """A batch as drift sees it; scores of another age than the horizon are not compared.

        Arguments as `described.describe`, the champion's scores. scored_days: of which age they are, shape (n,), NaN
        for the horizon; None: all are of that.
        """
        found = describe(posts, prediction, self.known, photos)
        alike = self.ages.asked_alike(np.full(len(posts), np.nan) if scored_days is None else scored_days)
        return replace(found, frame=found.frame.assign(prediction=found.frame["prediction"].where(alike)))

    def pair(self, column: str, batch: Described) -> Pair | None:
        """What is compared of a column; None where one side has no value.

        Rows count so often that users without a past are as frequent as in the batch; where the reference has too few
        of either, the batch's are left out. How frequent they are is a column of its own, compared as it is.
        """
        here, there = (side.frame[column].to_numpy(np.float64) for side in (batch, self.rows))
        kind_here, kind_there = (side.stranger.astype(np.int64) for side in (batch, self.rows))
        if column == "unseen_users":
            kind_here, kind_there = np.zeros_like(kind_here), np.zeros_like(kind_there)
        n_here = np.bincount(kind_here[~np.isnan(here)], minlength=2)
        n_there = np.bincount(kind_there[~np.isnan(there)], minlength=2)
        often = np.where(n_there >= FEWEST_ALIKE, n_here / np.maximum(n_there, 1), 0)
        if not often.any():
            return None
        times_of = np.ceil(FINEST * often / often.max()).astype(np.int64)
        times = times_of[kind_there] // np.gcd.reduce(times_of)
        use_here, use_there = ~np.isnan(here) & (times_of[kind_here] > 0), ~np.isnan(there) & (times > 0)
        if column in PAST_ITSELF:
            there = np.zeros_like(there)
        return Pair(here[use_here], batch.uid[use_here], there[use_there], self.rows.uid[use_there], times[use_there])

    @classmethod
    def is_in(cls, bundle: Path) -> bool:
        """Whether a bundle holds a reference that this version compares with."""
        folder = bundle / FOLDER
        there = all((folder / name).exists() for name in (TABLE, past.FILE))
        return there and OVER_SCORE in pq.read_schema(folder / TABLE).names

    @classmethod
    def load(cls, bundle: Path) -> "Reference":
        """Read what `make_reference` wrote, and the bundle's features. Raises UserError where it is not there."""
        folder = bundle / FOLDER
        for name, why in ((TABLE, ""), (past.FILE, ": the champion was made before users' own pasts were compared")):
            if not (folder / name).exists():
                raise _unlike_ours(f"{folder / name} is not there{why}")
        table = read_table(folder / TABLE)
        if OVER_SCORE not in table:
            raise _unlike_ours(f"{folder / TABLE} is of a champion made before labels were compared with its scores")
        predictions = table["prediction"].dropna().to_numpy(np.float64)
        uid, stranger, over_past = (table.pop(name).to_numpy() for name in ("uid", "stranger", "over_past"))
        own = table.rename(columns={OVER_SCORE: "residual"}).assign(prediction=over_past)
        rows = Described(own, uid, stranger)
        maker, users = FeatureMaker.load(bundle / FEATURES), UserMean.load(folder)
        known = Knowledge(maker, users, Components.load(folder), Past.load(folder))
        return cls(rows, known, Thresholds.load(folder), Ages.load(folder), predictions)


def _unlike_ours(why: str) -> UserError:
    return UserError(
        why, next_step="run `dvc repro`, `popularity champion create`, `popularity champion promote VERSION`"
    )
