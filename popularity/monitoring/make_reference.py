"""A champion's reference, from what the DAG wrote.

Its rows are each user's latest training posts (the latest of all where users come and go), as the champion would have
seen them had it known the earlier ones alone; and the latest test posts, as it sees them, for what only they tell: a
prediction, for each network has a level of its own, the label over it, and how often users and words are new.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from popularity import paths
from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.dataset.features import FeatureMaker
from popularity.dataset.joining import join_batches
from popularity.dataset.overlap import Overlap
from popularity.dataset.table import read_dataset
from popularity.dataset.whole import whole_batches
from popularity.embeddings import gather
from popularity.evaluation.best import best_predictions
from popularity.files import replacing
from popularity.models.baselines import UserMean
from popularity.models.level import AgeLine
from popularity.monitoring.ages import Ages
from popularity.monitoring.columns import UNSEEN, Components
from popularity.monitoring.described import Described, Knowledge, Photos, describe, levels
from popularity.monitoring.expected_error import write_errors
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.past import Past
from popularity.monitoring.reference import FEATURES, FOLDER, OVER_SCORE, TABLE
from popularity.monitoring.thresholds import calibrate
from popularity.settings import Batch, Settings

AS_TESTED = ("prediction", "residual", "unseen_users", *UNSEEN)
"""Columns that test posts are there for, where there are enough."""
FEWEST_TEST_ROWS = 100
FEW_STRANGERS = 0.2
"""Share of the test posts by users without a training post: where there are more, users come and go, in one stretch."""


@dataclass(frozen=True)
class AtHorizon:
    """What a champion says of test posts where it is asked of them as of new ones: what they have after so many days.

    The DAG asks of each at the age at which its label was read.
    """

    days: float
    predictions: "pd.Series[float]"  # index pid


def write_reference(bundle: Path, settings: Settings, at_horizon: AtHorizon | None = None) -> None:
    """Write the bundle's reference from the outputs of the finished DAG, whole or not at all.

    bundle: holds `features/`, as FeatureMaker.save wrote it. at_horizon: None where its models ask of no age.
    """
    options = settings.monitoring
    done = Done.read({name: settings.batches[name] for name in whole_batches(settings.batches)}, settings)
    train, test = (done.rows.index[done.rows["split"] == split] for split in ("train", "test"))
    enough = len(test) >= FEWEST_TEST_ROWS
    uid = done.rows["uid"].to_numpy(np.int64)
    come_and_go = enough and bool(np.isin(uid[test], uid[train], invert=True).mean() > FEW_STRANGERS)
    is_latest = (latest_of_all if come_and_go else latest_of_each_user)(uid[train], options.latest_share)
    earlier, latest = train[~is_latest], train[is_latest][-options.reference_rows :]
    unseen = (test if enough else latest)[-options.reference_rows :]

    # Photos that components were fitted on lie further out along them than any others would.
    components = Components.fit(done.photos(earlier)[1], options.components)
    label, fold = (done.rows[name].loc[earlier].to_numpy() for name in ("label", "fold"))
    before, _ = FeatureMaker.fit_transform(done.rows.loc[earlier], label, fold, settings.dataset)
    by_earlier = done.described(latest, done.known(earlier, before, components))
    known = done.known(train, FeatureMaker.load(bundle / FEATURES), components)
    if enough:  # else what is new to users is compared as it came
        new = Past.of(by_earlier.frame[list(UNSEEN)], by_earlier.uid).means
        known = replace(known, past=Past(known.past.means.join(new)))
    as_tested = done.described(unseen, known) if enough else by_earlier
    asked = replace(done, predictions=at_horizon.predictions) if enough and at_horizon else done
    further = asked.prediction(unseen) - done.prediction(unseen)
    as_tested = replace(as_tested, frame=as_tested.frame.assign(prediction=as_tested.frame["prediction"] + further))
    parts = [
        replace(by_earlier, frame=by_earlier.frame.drop(columns=list(AS_TESTED))),
        replace(as_tested, frame=as_tested.frame[list(AS_TESTED)]),
    ]
    thresholds = calibrate(parts, options, np.random.default_rng(settings.base.seed))
    table = pd.concat([part.frame.assign(uid=part.uid, stranger=part.stranger) for part in parts])
    table = table.rename(columns={"residual": OVER_SCORE})
    table["over_past"] = table["prediction"]
    table["prediction"] = np.concatenate([np.full(len(latest), np.nan), asked.prediction(unseen)])
    judged = unseen if enough else train[-options.reference_rows :]
    labels = done.known_labels(judged, train, known.users)
    ages = done.ages(train, at_horizon.days if at_horizon else None)
    with replacing(bundle / FOLDER) as temporary:
        temporary.mkdir()
        arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
        pq.write_table(arrow, temporary / TABLE, compression="zstd")
        for one in (known.users, known.past, components, thresholds, labels, ages):
            one.save(temporary)
        write_errors(temporary, done.rows.loc[judged], done.prediction(judged), known.users, known.maker.names)


def latest_of_each_user(uid: IntArray, share: float) -> BoolArray:
    """Which posts are among the latest of their users, at least one of each; shape (n,).

    uid: of each post, shape (n,), oldest first. Where that leaves less than half as earlier ones, since most users
    posted once, the latest of all are taken.
    """
    position = pd.Series(uid).groupby(uid).cumcount(ascending=False).to_numpy()
    count = pd.Series(uid).groupby(uid).transform("size").to_numpy()
    latest = position < np.ceil(share * count)
    if latest.mean() <= 1 / 2:
        return np.asarray(latest)
    return latest_of_all(uid, share)


def latest_of_all(uid: IntArray, share: float) -> BoolArray:
    """Which posts are among the latest, whosever they are, at least one; arguments as `latest_of_each_user`."""
    return np.arange(len(uid)) >= len(uid) - max(round(share * len(uid)), 1)


def over_own_mean(uid: IntArray, label: FloatArray) -> FloatArray:
    """Each label less the mean of the same user's other labels; of all other labels where the user has no other.

    uid, label: shape (n,), n >= 2.
    """
    _, user = np.unique(uid, return_inverse=True)
    count, total = np.bincount(user)[user], np.bincount(user, weights=label)[user]
    everyone = (label.sum() - label) / (len(label) - 1)
    return np.asarray(label - np.where(count > 1, (total - label) / np.maximum(count - 1, 1), everyone))


@dataclass(frozen=True)
class Done:
    """What the DAG wrote of its posts, oldest first. Rows are named by their labels in `rows`."""

    rows: pd.DataFrame  # as `join_batches`, with split, fold and all labels
    predictions: "pd.Series[float]"  # of the best models, index pid
    embeddings: tuple[Path, ...]  # folders

    @classmethod
    def read(cls, batches: Mapping[str, Batch], settings: Settings) -> "Done":
        """The posts of the dataset, those of these batches."""
        dataset = read_dataset(paths.DATASET).frame.set_index("pid")
        posts = join_batches(batches, settings.dataset.profile, Overlap.of(batches, settings.label.horizon_days))
        posts = posts[posts["pid"].isin(dataset.index)]
        rows = posts.assign(**{name: dataset[name].loc[posts["pid"]].to_numpy() for name in ("split", "fold")})
        rows = rows.sort_values(["postdate", "pid"], kind="stable", ignore_index=True)
        return cls(rows, best_predictions(), tuple(paths.embeddings(batch) for batch in batches))

    def photos(self, chosen: pd.Index) -> Photos:
        """Those of the chosen rows that are there."""
        there = self.rows.loc[chosen]
        pids = there.loc[there["has_photo"], "pid"].to_numpy(np.int64)
        return pids, gather(pids, list(self.embeddings))

    def prediction(self, chosen: pd.Index) -> FloatArray:
        """What was predicted of the chosen rows."""
        return np.asarray(self.predictions.loc[self.rows["pid"].loc[chosen]], dtype=np.float64)

    def known(self, chosen: pd.Index, maker: FeatureMaker, components: Components) -> Knowledge:
        """What the chosen rows tell of their users."""
        rows = self.rows.loc[chosen]
        uid, users = rows["uid"].to_numpy(np.int64), UserMean()
        users.fit(uid[:, None], rows["label"].to_numpy(np.float64))
        came = levels(rows, self.prediction(chosen), maker, components, self.photos(chosen))
        return Knowledge(maker, users, components, Past.of(came.drop(columns=list(UNSEEN)), uid))  # they know their own

    def described(self, chosen: pd.Index, known: Knowledge) -> Described:
        """The chosen rows as drift sees them."""
        return describe(self.rows.loc[chosen], self.prediction(chosen), known, self.photos(chosen))

    def ages(self, train: pd.Index, horizon: float | None) -> Ages:
        """Of the training labels."""
        rows = self.rows.loc[train]
        age, label = (rows[name].to_numpy(np.float64) for name in ("age_days", "label"))
        line = AgeLine.fit(age, label, rows["uid"].to_numpy(np.int64))
        return Ages.of(age, horizon, 0.0 if horizon is None else line.slope)

    def known_labels(self, chosen: pd.Index, train: pd.Index, users: UserMean) -> KnownLabels:
        """The labels of the chosen rows beside what was expected of them. users: means of the labels of train."""
        rows, learned = self.rows.loc[chosen], self.rows.loc[train]
        pid, uid = (rows[name].to_numpy(np.int64) for name in ("pid", "uid"))
        label = rows["label"].to_numpy(np.float64)
        over = pd.Series(over_own_mean(learned["uid"].to_numpy(), learned["label"].to_numpy()), train).reindex(chosen)
        user_mean = np.where(over.isna(), users.predict(uid[:, None]), label - over)  # a test row is in no mean
        return KnownLabels(pid, uid, label, self.prediction(chosen), user_mean)
