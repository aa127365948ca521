"""Posts as drift sees them, by what is known of each user: the one road of nights and of the reference."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from popularity.arrays import BoolArray, FloatArray, HalfArray, IntArray
from popularity.dataset.features import TOKENS, FeatureMaker
from popularity.models.baselines import UserMean
from popularity.monitoring.columns import (
    UNSEEN,
    Components,
    along_components,
    as_compared,
    posted,
    told_by_whole_days,
    unseen,
)
from popularity.monitoring.past import Past

Photos = tuple[IntArray, HalfArray]
"""pids and embeddings of posts whose photo is there."""
Prediction = pd.Series | FloatArray


@dataclass(frozen=True)
class Knowledge:
    """What posts are measured against: fitted on earlier ones, at night on all that the champion was fitted on."""

    maker: FeatureMaker
    users: UserMean
    components: Components
    past: Past


@dataclass(frozen=True)
class Described:
    """frame: a column a thing compared, float64, NaN where a post has no value. The rest is of its rows, shape (n,)."""

    frame: pd.DataFrame
    uid: IntArray
    stranger: BoolArray  # of a user without a past

    def __len__(self) -> int:
        return len(self.uid)


def levels(
    posts: pd.DataFrame, prediction: Prediction, maker: FeatureMaker, components: Components, photos: Photos | None
) -> pd.DataFrame:
    """What can be compared of posts as it came, counts and lengths as logarithms, a row a post.

    posts: as `join_batches`. prediction: of the same rows. photos: None where they are not looked at.
    """
    frame = posted(posts, maker.names)
    features = pd.DataFrame(maker.transform(posts), columns=list(maker.names), index=posts.index)
    frame = frame.assign(
        **{name: features[name] for name in TOKENS if name in features},
        **{name: unseen(posts[TOKENS[score]], maker.dictionaries[score]) for name, score in UNSEEN.items()},
        alive=posts["has_photo"].astype(np.float64),
        described=(posts["deslen"] > 0).astype(np.float64).where(posts["deslen"].notna()),
        prediction=np.asarray(prediction, dtype=np.float64),
    )
    if photos is not None:
        pids, embeddings = photos
        along = along_components(pd.Index(posts["pid"]), components, pd.Index(pids), embeddings)
        frame = frame.join(along.set_index(posts.index))
    return as_compared(frame, maker)


def describe(posts: pd.DataFrame, prediction: Prediction, known: Knowledge, photos: Photos | None) -> Described:
    """The columns that drift compares: own ones over the user's past, the label over the score (its residual).

    posts, prediction, photos: as in `levels`; the champion's prediction, which is compared over whole days: it knows
    the hour.
    """
    uid = posts["uid"].to_numpy(np.int64)
    frame = known.past.over(levels(posts, prediction, known.maker, known.components, photos), uid)
    stranger = ~known.users.knows(uid)
    frame = frame.assign(
        prediction=frame["prediction"].where(told_by_whole_days(posts["postdate"].to_numpy(np.int64))),
        unseen_users=stranger.astype(np.float64),
        residual=posts["label"].to_numpy(np.float64) - np.asarray(prediction, dtype=np.float64),
    )
    return Described(frame, uid, stranger)
