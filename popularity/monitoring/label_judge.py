"""What a batch's labels are judged by: what a champion expected of its posts, and what that champion knows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity import paths
from popularity.models.baselines import UserMean
from popularity.monitoring.ages import Ages
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.labels_guard import LabelsVerdict, NewLabels, judge
from popularity.monitoring.reference import FOLDER
from popularity.posts import DAY, read_table
from popularity.settings import Label
from popularity.sources.visits import read_visit


@dataclass(frozen=True)
class LabelJudge:
    """scored: uid and prediction of the batch's posts, index pid. The others: of the champion that predicted."""

    scored: pd.DataFrame
    known: KnownLabels
    users: UserMean
    ages: Ages
    seed: int

    @classmethod
    def of(cls, batch: str, scores: pd.DataFrame, bundle: Path, seed: int) -> "LabelJudge":
        """scores: pid and prediction. bundle: of the champion that gave them.

        Raises UserError where the bundle holds no known labels, or the batch has no posts table.
        """
        folder = bundle / FOLDER
        uid = read_table(paths.posts(batch), ["pid", "uid"]).set_index("pid")["uid"]
        scored = scores.set_index("pid")[["prediction"]].join(uid, how="inner")
        return cls(scored, KnownLabels.load(folder), UserMean.load(folder), Ages.load(folder), seed)

    def judge(self, labels: pd.DataFrame) -> LabelsVerdict:
        """Whether labels may be used. labels: pid, label and age_days, NaN where unknown, in the order of their file.

        Only labels of ages that the champion knows can be judged; of others it is said how many there are.
        """
        there = labels[labels["label"].notna() & labels["pid"].isin(self.scored.index)]
        comparable = there[self.ages.comparable(there["age_days"])]
        others = self.ages.told(there["age_days"])
        if comparable.empty:
            said = others or "there is no label of a post that was scored."
            return LabelsVerdict("not judged", said, len(there))
        posts = self.scored.loc[comparable["pid"]]
        uid, prediction = posts["uid"].to_numpy(np.int64), posts["prediction"].to_numpy(np.float64)
        label, age_days = (comparable[name].to_numpy(np.float64) for name in ("label", "age_days"))
        new = NewLabels(uid, label, self.known.expected(uid, prediction, self.users), age_days)
        found = judge(new, self.known, self.users, self.seed)
        return LabelsVerdict(found.answer, f"{found.sentence} {others}".rstrip(), len(there) - len(comparable))


MakeJudge = Callable[[], LabelJudge | None]
"""What makes it, when there is something to judge; None where there is no champion yet."""


def labels_of_file(path: Path, batch: str, label: Label) -> pd.DataFrame:
    """The labels of a file of visits, as `ingest` reads it: pid, label and age_days. Raises UserError as `ingest`."""
    posts = read_table(paths.labels(batch), ["pid", "postdate"])
    table = read_visit(path, posts, frozenset(posts["pid"]), label.formula, label.min_age_days).frame
    return table[["pid", "label"]].assign(age_days=(table["seen"] - table["postdate"]) / DAY)
