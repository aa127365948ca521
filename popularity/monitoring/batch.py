"""A batch as drift sees it, compared with the champion that scored it, and put on record."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from popularity import paths
from popularity.arrays import FloatArray
from popularity.dataset.joining import join_batches
from popularity.dataset.missing import Lacking, lacking
from popularity.dataset.overlap import Overlap
from popularity.embeddings import read_embeddings
from popularity.errors import UserError
from popularity.monitoring.described import Described
from popularity.monitoring.drift import Drift, compare
from popularity.monitoring.expected_error import expected_mae
from popularity.monitoring.judged_errors import JudgedErrors, judge_errors
from popularity.monitoring.known_labels import FILE, KnownLabels
from popularity.monitoring.record import Performance, measure, write_drift, write_performance
from popularity.monitoring.reference import FOLDER, Reference
from popularity.posts import read_table
from popularity.settings import Settings, batch_settings, load_settings


@dataclass(frozen=True)
class Seen:
    """A scored batch as its champion sees it. current: a row a post, as are the tables."""

    posts: pd.DataFrame  # as `join_batches`; labels of ages that the champion knows alone, as of their scores' age
    scored: pd.DataFrame  # pid, uid, prediction, version, age_days: at which age, NaN for the horizon
    version: str
    reference: Reference
    current: Described
    not_compared: str  # a sentence on labels of other ages; "" where there are none


@dataclass(frozen=True)
class Observed:
    """What was found about a batch. performance: None while no label has come."""

    version: str
    drift: list[Drift]
    lacking: list[Lacking]
    performance: Performance | None
    judged: JudgedErrors | None  # None where there is no label, or an older champion holds none to compare with
    expected_mae: float  # NaN: nobody can tell
    not_compared: str  # as in `Seen`


def observe(batch: str, settings: Settings) -> Observed:
    """Compare a scored batch with its champion's reference; write the record and, with labels, performance.

    Residuals are compared once labels are there. Running it again writes the same record.
    Raises UserError as `see`.
    """
    seen = see(batch)
    drift = compare(seen.current, seen.reference, settings.monitoring)
    write_drift(batch, seen.version, drift)
    label, users = seen.posts["label"].to_numpy(np.float64), seen.reference.users
    folder, scores = paths.champion(seen.version) / FOLDER, seen.scored["prediction"].to_numpy(np.float64)
    expected = expected_mae(folder, seen.posts, scores, users, seen.reference.maker.names)
    performance, judged = measure(batch, seen.scored, label, users), None
    if performance is not None:
        if (folder / FILE).exists():
            judged = _judge(seen, label, KnownLabels.load(folder), settings.base.seed)
            performance = replace(
                performance,
                own_mae=judged.own_mae,
                over_own_low=judged.over_own_low,
                over_own_high=judged.over_own_high,
                over_user_mean_low=judged.over_user_mean_low,
                over_user_mean_high=judged.over_user_mean_high,
            )
        performance = replace(performance, expected_mae=expected)
        write_performance(performance)
    else:  # labels may be taken away
        paths.performance(batch).unlink(missing_ok=True)
    lacks = lacking(seen.posts, seen.reference.maker)
    return Observed(seen.version, drift, lacks, performance, judged, expected, seen.not_compared)


def _judge(seen: Seen, label: FloatArray, known: KnownLabels, seed: int) -> JudgedErrors:
    """Judge the scores of the posts whose label has come. label: of all, shape (n,), NaN while pending."""
    there = ~np.isnan(label)
    uid, prediction = (seen.scored[name].to_numpy()[there] for name in ("uid", "prediction"))
    user_mean = seen.reference.users.predict(uid.astype(np.int64)[:, None])
    return judge_errors(uid.astype(np.int64), label[there], prediction.astype(np.float64), user_mean, known, seed)


def see(batch: str) -> Seen:
    """Read the batch's posts, labels, links, text, embeddings and scores, and its champion's reference.

    Raises UserError where the batch, its scores or the champion's reference are not there.
    """
    version = _version(batch)
    reference = Reference.load(paths.champion(version))
    settings = load_settings()
    posts = join_batches(
        {batch: batch_settings(settings, batch)},
        reference.maker.profile,
        Overlap.of(settings.batches, settings.label.horizon_days),
    )
    not_compared = reference.ages.told(posts.loc[posts["label"].notna(), "age_days"])
    posts["label"] = posts["label"].where(reference.ages.comparable(posts["age_days"]))
    scored = _scores(batch, posts)
    label, age, of = (rows[name].to_numpy(np.float64) for rows, name in (
        (posts, "label"), (posts, "age_days"), (scored, "age_days")
    ))  # fmt: skip
    posts["label"] = reference.ages.at_scored(label, age, of)
    current = reference.describe(posts, scored["prediction"], read_embeddings(paths.embeddings(batch)), of)
    return Seen(posts, scored, version, reference, current, not_compared)


def _version(batch: str) -> str:
    """The champion that scored the batch."""
    path = paths.scores(batch)
    if not path.exists():
        raise UserError(f"{path} is not there", next_step=f"popularity predict --batch {batch}")
    return str(read_table(path, ["version"])["version"].iloc[0])


def _scores(batch: str, posts: pd.DataFrame) -> pd.DataFrame:
    """pid, uid, prediction, version and age_days of each post, in the order of posts."""
    path = paths.scores(batch)
    scores = read_table(path).set_index("pid").reindex(posts["pid"])
    if scores["prediction"].isna().any():
        pid = posts["pid"][scores["prediction"].isna().to_numpy(bool)].iloc[0]
        raise UserError(f"{path} has no score for pid {pid}", next_step=f"popularity predict --batch {batch}")
    if "age_days" not in scores:  # of an older night
        scores["age_days"] = np.nan
    return posts[["pid", "uid"]].assign(**{c: scores[c].to_numpy() for c in ("prediction", "version", "age_days")})
