"""What is known of a user's earlier posts when another goes out: the posts themselves, and figures of their labels."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from popularity.arrays import BoolArray, FloatArray, IntArray

DAY = 86400
HALF_LIVES = (2, 6, 20)
"""Posts after which a label counts half as much in the decayed means: the mood, the season, the standing of a user."""
RECENT = 10
"""Posts in the median and the spread of the latest ones: so few that one viral post moves a mean, and no median."""


@dataclass(frozen=True)
class Known:
    """Of n posts, which earlier posts of their user count: those in places first to end - 1 of the history's order."""

    first: IntArray  # (n,)
    end: IntArray  # (n,), equal to first where nothing is known
    postdate: IntArray  # (n,), of the posts themselves, Unix seconds

    def without_latest(self, posts: IntArray) -> "Known":
        """As if so many of the latest earlier posts, shape (n,), were not known yet."""
        return Known(self.first, np.maximum(self.end - posts, self.first), self.postdate)

    @property
    def count(self) -> IntArray:
        """How many earlier posts count, shape (n,)."""
        return self.end - self.first


@dataclass(frozen=True)
class History:
    """Posts with labels, by user and then by when a label counts from."""

    uid: IntArray  # (n,), ascending
    since: IntArray  # (n,), Unix seconds: a post counts for those that go out later; ascending within a user
    postdate: IntArray  # (n,), Unix seconds
    label: FloatArray  # (n,), any unit: figures are in the same
    counted: FloatArray  # (n,), the count that each label is a logarithm of

    @classmethod
    def order(cls, uid: IntArray, since: IntArray, pid: IntArray) -> IntArray:
        """In which order to give posts to this class, shape (n,)."""
        return np.lexsort((pid, since, uid))

    def known(self, uid: IntArray, postdate: IntArray) -> Known:
        """What counts for posts of these users that go out then, both shape (n,): only what counts since before."""
        user = np.searchsorted(self._users, uid).clip(max=len(self._users) - 1)
        there = self._users[user] == uid
        earliest = self.since.min()
        wide = int(self.since.max() - earliest) + 2
        late = np.clip(postdate - earliest, 0, wide - 1)
        key = self._user_of * wide + (self.since - earliest)
        first = self._start[user]
        end = np.searchsorted(key, user * wide + late, side="left")
        return Known(first, np.where(there, np.maximum(end, first), first), postdate)

    def cut_off(self, known: Known) -> IntArray:
        """Until when labels count for n posts, Unix seconds, shape (n,): of a history that is cut off, until its cut.

        A post of which nothing is known is a stranger's, and others' labels count until it is out.
        """
        next_one = np.minimum(known.end, len(self.since) - 1)
        cut = (known.count > 0) & (known.end < len(self.since)) & (self.uid[next_one] == self.uid[known.first])
        return np.where(cut, np.minimum(self.since[next_one], known.postdate), known.postdate)

    def figures(self, known: Known) -> dict[str, FloatArray]:
        """Figures of the labels that count, each of shape (n,); NaN where too few do.

        decayed_h and weight_h: the mean in which a label counts half after h later posts, and its weights' sum.
        median, highest, lowest, spread (the median distance from the median): of the RECENT latest.
        count_mean: the mean of counts, not of their logarithms.
        """
        first, end, count = known.first, known.end, known.count
        some, last = count > 0, np.maximum(end - 1, 0)
        found: dict[str, FloatArray] = {"count": count.astype(np.float64)}
        for half_life in HALF_LIVES:
            total, weight = self._decayed[half_life]
            found[f"weight_{half_life}"] = np.where(some, weight[last], 0.0)
            found[f"decayed_{half_life}"] = np.where(some, total[last] / weight[last], np.nan)
        found["mean"] = np.where(some, (self._sum[end] - self._sum[first]) / np.maximum(count, 1), np.nan)
        found["count_mean"] = np.where(some, (self._counts[end] - self._counts[first]) / np.maximum(count, 1), np.nan)
        found["last"] = np.where(some, self.label[last], np.nan)
        found |= self._of_latest(known)
        since = (known.postdate - self.postdate[last]) / DAY
        found["gap_days"] = np.where(some, np.maximum(since, 0.0), np.nan)
        window = np.maximum(end - RECENT, first)
        pace = (self.postdate[last] - self.postdate[np.minimum(window, last)]) / DAY / np.maximum(end - window - 1, 1)
        found["pace_days"] = np.where(count > 1, np.maximum(pace, 0.0), np.nan)
        span = (self.postdate[last] - self.postdate[np.minimum(first, last)]) / DAY
        found["span_days"] = np.where(some, np.maximum(span, 0.0), np.nan)
        return found

    def latest(self, known: Known, posts: int) -> tuple[IntArray, BoolArray]:
        """Places of the latest posts that count, newest first, shape (n, posts), and which of these are there."""
        place = known.end[:, None] - 1 - np.arange(posts)
        there = place >= known.first[:, None]
        return np.where(there, place, 0), there

    def _of_latest(self, known: Known) -> dict[str, FloatArray]:
        place, there = self.latest(known, RECENT)
        some, many = known.count > 0, np.maximum(there.sum(axis=1), 1)
        label = np.where(there, self.label[place], 0.0)
        middle = _median(label, there)
        return {
            "median": np.where(some, middle, np.nan),
            "spread": np.where(known.count > 2, _median(np.abs(label - middle[:, None]), there), np.nan),
            "highest": np.where(some, np.where(there, label, -np.inf).max(axis=1), np.nan),
            "lowest": np.where(some, np.where(there, label, np.inf).min(axis=1), np.nan),
            "mean_3": np.where(some, label[:, :3].sum(axis=1) / np.minimum(many, 3), np.nan),
        }

    @cached_property
    def _users(self) -> IntArray:
        return np.unique(self.uid)

    @cached_property
    def _user_of(self) -> IntArray:
        return np.searchsorted(self._users, self.uid)

    @cached_property
    def _start(self) -> IntArray:
        return np.searchsorted(self.uid, self._users)

    @cached_property
    def _sum(self) -> FloatArray:
        return np.concatenate([[0.0], np.cumsum(self.label)])

    @cached_property
    def _counts(self) -> FloatArray:
        return np.concatenate([[0.0], np.cumsum(self.counted)])

    @cached_property
    def _decayed(self) -> dict[int, tuple[FloatArray, FloatArray]]:
        return {half_life: self._decay(0.5 ** (1 / half_life)) for half_life in HALF_LIVES}

    def _decay(self, kept: float) -> tuple[FloatArray, FloatArray]:
        """Weighted sum and weights after each post: one step a place in the history, all users at a time."""
        counts = np.diff(np.append(self._start, len(self.uid)))
        longest_first = np.argsort(-counts, kind="stable")
        start, sizes = self._start[longest_first], counts[longest_first]
        total, weight = self.label.copy(), np.ones(len(self.label))
        users = np.searchsorted(-sizes, -np.arange(1, sizes[0]), side="left")
        for step, many in enumerate(users, start=1):
            place = start[:many] + step
            total[place] += kept * total[place - 1]
            weight[place] += kept * weight[place - 1]
        return total, weight


def _median(values: FloatArray, there: BoolArray) -> FloatArray:
    """Of each row's values that are there, shape (n,); 0 where none is."""
    ascending = np.sort(np.where(there, values, np.inf), axis=1)
    count, row = there.sum(axis=1), np.arange(len(values))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[1] - 1)
    return np.where(count > 0, (ascending[row, low] + ascending[row, high]) / 2, 0.0)
