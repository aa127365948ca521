"""Posts that several batches hold, as crawls of "the latest posts" do: each is kept once, in the first of them.

What the later batches say of its label counts as a further visit, as in data/visits/.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from popularity import paths
from popularity.dataset.whole import whole_batches
from popularity.errors import UserError
from popularity.posts import read_table, worth_of_looks

SEEN_BEFORE = "post of an earlier batch"
"""Why the dataset stage leaves out a row."""

LOOK = ["label", "views", "seen", "age_days"]
"""The columns of `posts.LABELS` that another look at a post renews."""


KEY = ["pid", "uid", "postdate"]
"""What makes two rows one post."""


@dataclass(frozen=True)
class Overlap:
    """shared: batch and pid of each post that several batches hold, in the order of the batches. unlike: batch and pid
    where they hold unlike posts under one pid: another user's, or of another date.
    """

    shared: pd.DataFrame
    unlike: pd.DataFrame
    horizon_days: float | None = None  # see `posts.worth_of_looks`

    @classmethod
    def of(cls, batches: Iterable[str], horizon_days: float | None = None) -> "Overlap":
        """What those of these batches share that are whole: a post is not kept where nothing is joined."""
        tables = [read_table(paths.posts(batch), KEY).assign(batch=batch) for batch in whole_batches(batches)]
        rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["batch", *KEY])
        twice = rows[rows["pid"].duplicated(keep=False)]
        alike = twice.groupby("pid")[["uid", "postdate"]].transform("nunique").max(axis=1) == 1
        shared = rows.loc[rows.duplicated(KEY, keep=False), ["batch", "pid"]]
        return cls(shared, twice.loc[~alike, ["batch", "pid"]], horizon_days)

    def refuse_unlike(self) -> None:
        """Raises UserError where two batches hold unlike posts under one pid."""
        if len(self.unlike):
            pid = self.unlike["pid"].iloc[0]
            where = " and ".join(self.unlike.loc[self.unlike["pid"] == pid, "batch"])
            raise UserError(
                f"{self.unlike['pid'].nunique():,} pids name unlike posts in several batches: pid {pid} has another "
                f"user or date in {where}",
                next_step="`popularity batches remove` one of them, and add it with pids of its own",
            )

    def seen_before(self, batch: str) -> "pd.Series[int]":
        """The pids of the batch's posts that an earlier one holds."""
        again = self.shared[self.shared["pid"].duplicated()]
        return again.loc[again["batch"] == batch, "pid"]

    def kept_by(self, batch: str) -> "pd.Series[str]":
        """The earlier batch that keeps each of the batch's posts that one holds, index pid."""
        first = self.shared.drop_duplicates("pid").set_index("pid")["batch"]
        return first.loc[self.seen_before(batch)]

    def kept(self, batch: str, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of one of the batch's tables, by their pid, without posts of earlier batches; indexed from 0."""
        return table[~table["pid"].isin(self.seen_before(batch))].reset_index(drop=True)

    def labels(self, batch: str) -> pd.DataFrame:
        """The batch's labels, columns of `posts.LABELS`, for the posts that are kept, each by its best look.

        Raises UserError where the batch has none.
        """
        own = self.kept(batch, read_table(paths.labels(batch)))
        later = self.shared[self.shared["pid"].isin(own["pid"]) & (self.shared["batch"] != batch)]
        if later.empty:
            return own
        looks = pd.concat([own, *(_looks(str(name), rows["pid"]) for name, rows in later.groupby("batch", sort=False))])
        best = (
            looks[looks["label"].notna()]
            .assign(worth=lambda some: worth_of_looks(some["seen"], some["postdate"], self.horizon_days))
            .sort_values("worth", kind="stable", na_position="first")
            .drop_duplicates("pid", keep="last")
            .set_index("pid")
        )
        renewed = {name: best[name].reindex(own["pid"]).to_numpy() for name in LOOK}
        return own.assign(**renewed).where(own["pid"].isin(best.index), own)

    def told(self, batch: str) -> str:
        """A sentence on the batch's posts that an earlier one holds; "" where there are none."""
        n = len(self.seen_before(batch))
        posts = "1 post is" if n == 1 else f"{n:,} posts are"
        return f"{posts} of an earlier batch, kept there once; views that come with it count as a visit" if n else ""


def _looks(batch: str, pids: "pd.Series[int]") -> pd.DataFrame:
    """What a batch says of the labels of these posts."""
    labels = read_table(paths.labels(batch))
    return labels[labels["pid"].isin(pids)]
