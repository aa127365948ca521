"""Candidate against champion on the same rows: is the difference in MAE more than chance?"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from popularity import paths
from popularity.arrays import FloatArray, IntArray
from popularity.dataset.table import read_dataset
from popularity.errors import UserError
from popularity.evaluation.best import best_predictions
from popularity.evaluation.bootstrap import intervals
from popularity.monitoring.ages import Ages
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.labels import ages_of_labels
from popularity.monitoring.reference import FOLDER
from popularity.posts import read_table
from popularity.registry.bundle import Bundle
from popularity.registry.evidence import of_batch
from popularity.registry.predictor import open_predictor
from popularity.settings import Split


@dataclass(frozen=True)
class Comparison:
    """Candidate's MAE minus champion's on the same posts, with the middle 95 % of its bootstrap."""

    champion_mae: float  # in the label's unit, as all figures here
    candidate_mae: float
    difference: float  # below 0: the candidate errs less
    low: float
    high: float
    posts: int
    users: int
    not_compared: str = ""  # a sentence on labels that were read at other ages

    @property
    def promotes(self) -> bool:
        """Whether the whole interval lies on the candidate's side of zero."""
        return self.high < 0

    @property
    def forbids(self) -> bool:
        """Whether the whole interval lies on the champion's side of zero."""
        return self.low > 0

    def on_older_posts(self) -> str:
        """The sentence on posts that the champion was judged by before."""
        verdict = "errs more" if self.forbids else "errs no more than by chance"
        return (
            f"on older test posts the candidate {verdict}: MAE {self.candidate_mae:.3f} against "
            f"{self.champion_mae:.3f}, difference {self.difference:+.3f} ({self.low:+.3f} to {self.high:+.3f}), "
            f"{self.posts:,} posts of {self.users:,} users"
        )

    def __str__(self) -> str:
        verdict = "the candidate errs less" if self.promotes else "the champion stays"
        return (
            f"{verdict}: MAE {self.candidate_mae:.3f} against {self.champion_mae:.3f}, difference "
            f"{self.difference:+.3f} ({self.low:+.3f} to {self.high:+.3f}), "
            f"{self.posts:,} posts of {self.users:,} users" + (f". {self.not_compared}" if self.not_compared else "")
        )


def compare(
    uid: IntArray, *, observed: FloatArray, champion: FloatArray, candidate: FloatArray, seed: int
) -> Comparison:
    """The paired difference in MAE, bootstrapped over users.

    uid, observed, champion, candidate: shape (n,); who posted, the label and the two predictions.
    The same seed gives the same interval, see `bootstrap`.
    Raises UserError with posts of fewer than two users, ValueError where a value is not finite.
    """
    if not all(np.isfinite(values).all() for values in (observed, champion, candidate)):
        raise ValueError("a value is not finite")
    of_champion, of_candidate = np.abs(observed - champion), np.abs(observed - candidate)
    difference, users = of_candidate - of_champion, len(np.unique(uid))
    found = intervals(uid, difference[:, None], seed)
    if found is None:
        raise UserError(
            f"{len(uid)} test posts of {users} users tell nothing about chance",
            next_step="wait for labels of more users",
        )
    return Comparison(
        champion_mae=float(of_champion.mean()),
        candidate_mae=float(of_candidate.mean()),
        difference=float(difference.mean()),
        low=float(found[0, 0]),
        high=float(found[0, 1]),
        posts=len(uid),
        users=users,
    )


def compare_on_known(champion: Bundle, seed: int) -> Comparison | None:
    """The same on older posts: those that the champion's own figures were made of, with the labels that they had then.

    No part of the champion had seen these labels. To the candidate they may be training posts; what it predicts of such
    is out-of-fold, so it had not seen them either.
    None where its dataset holds none of these posts, or those of one user. Raises UserError where the champion was made
    before bundles held them, and as `best_predictions`.
    """
    known = KnownLabels.load(champion.folder / FOLDER)
    candidate = best_predictions().reindex(known.pid).to_numpy(np.float64)
    there = ~np.isnan(candidate)
    if len(np.unique(known.uid[there])) < 2:
        return None
    return compare(
        known.uid[there],
        observed=known.label[there],
        champion=known.prediction[there],
        candidate=candidate[there],
        seed=seed,
    )


def compare_with_dag(champion: Bundle, seed: int, *, now: Split | None = None) -> Comparison:
    """The champion against the models that the DAG has just fitted, on test rows that neither was fitted on.

    These are the test rows of batches that the champion was not fitted on, whose labels are of ages that it
    knows. The candidate's predictions are those that the DAG wrote, by its best models.
    now: how test rows are chosen today. Where sources name them, and did when the champion was made, it was fitted on
    no test row of its own batches either, and these count as well.
    Raises UserError where there is no such row, and as `of_batch`, `Predictor.score` and `compare`.
    """
    frame = read_dataset(paths.DATASET).frame
    then = champion.facts.params.get("dataset", {}).get("split", {}).get("mode")
    given = now is not None and now.mode == then == "given"
    rows = frame[(frame["split"] == "test") & (given | ~frame["batch"].isin(champion.facts.batches))]
    if rows.empty:
        raise UserError(
            f"no test post lies in a batch that {champion.version} was not fitted on",
            next_step="set dataset.split.mode newest, and newest to the new labelled batches, then run `dvc repro`",
        )
    ages = Ages.load(champion.folder / FOLDER)
    age = ages_of_labels(set(rows["batch"])).loc[rows["pid"]]
    comparable = ages.comparable(age)
    if not comparable.any():
        raise UserError(ages.told(age), next_step=f"wait for labels of the ages that {champion.version} knows")
    rows = rows[comparable]
    pid = rows["pid"]
    observed = read_table(paths.TEST_LABELS).set_index("pid")["label"]
    with open_predictor(champion.folder) as predictor:
        scored = pd.concat(
            [predictor.score(of_batch(batch, predictor.profile)) for batch in sorted(set(rows["batch"]))]
        )
    found = compare(
        rows["uid"].to_numpy(np.int64),
        observed=observed.loc[pid].to_numpy(np.float64),
        champion=scored.set_index("pid").loc[pid, "prediction"].to_numpy(np.float64),
        candidate=best_predictions().loc[pid].to_numpy(np.float64),
        seed=seed,
    )
    return replace(found, not_compared=ages.told(age))
