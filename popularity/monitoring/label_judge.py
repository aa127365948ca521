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
from popularity.sources.rows import NOT_WHOLE
from popularity.sources.visits import read_visit

SLIPS = 0.01
"""Share of views with a fraction that may be slips, which `ingest` sets aside; more are no counts."""


@dataclass(frozen=True)
class LabelJudge:
    """scored: uid, prediction and age_days of the batch's posts, index pid. The others: of the champion's."""

    scored: pd.DataFrame
    known: KnownLabels
    users: UserMean
    ages: Ages
    seed: int

    @classmethod
    def of(cls, batch: str, scores: pd.DataFrame, bundle: Path, seed: int) -> "LabelJudge":
        """scores: pid, prediction and, but of older nights, age_days. bundle: of the champion that gave them.

        Raises UserError where the bundle holds no known labels, or the batch has no posts table.
        """
        folder = bundle / FOLDER
        uid = read_table(paths.posts(batch), ["pid", "uid"]).set_index("pid")["uid"]
        scored = scores.set_index("pid").reindex(columns=["prediction", "age_days"]).join(uid, how="inner")
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
        label = self.ages.at_scored(label, age_days, posts["age_days"].to_numpy(np.float64))
        new = NewLabels(uid, label, self.known.expected(uid, prediction, self.users), age_days)
        found = judge(new, self.known, self.users, self.seed)
        return LabelsVerdict(found.answer, f"{found.sentence} {others}".rstrip(), len(there) - len(comparable))

    def judge_file(self, file: "FileOfLabels") -> LabelsVerdict:
        """The same of a file, which is stopped too where more than SLIPS of its views are no counts."""
        if file.fractions > SLIPS * file.rows:
            why = f"{file.fractions:,} of {file.rows:,} views are no whole numbers"
            return LabelsVerdict("stop", f"{why}. Likely cause: rates, as views a day, where totals are meant.")
        return self.judge(file.labels)


MakeJudge = Callable[[], LabelJudge | None]
"""What makes it, when there is something to judge; None where there is no champion yet."""


@dataclass(frozen=True)
class FileOfLabels:
    """labels: pid, label and age_days, in the order of the file. fractions: rows, of all, whose views are no counts."""

    labels: pd.DataFrame
    rows: int
    fractions: int

    @classmethod
    def read(cls, path: Path, batch: str, label: Label) -> "FileOfLabels":
        """A file of visits, as `ingest` reads it. Raises UserError as `ingest`."""
        posts = read_table(paths.labels(batch), ["pid", "postdate"])
        table = read_visit(path, posts, frozenset(posts["pid"]), label.formula, label.min_age_days)
        labels = table.frame[["pid", "label"]].assign(age_days=(table.frame["seen"] - table.frame["postdate"]) / DAY)
        fractions = sum(int((part["reason"] == NOT_WHOLE).sum()) for part in table.rejected)
        return cls(labels, table.rows_in, fractions)
