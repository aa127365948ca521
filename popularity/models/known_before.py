"""What the boosted trees read of a post: all that is known before it is out, and the base that they start from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from popularity import settings
from popularity.arrays import BoolArray, FloatArray, Matrix
from popularity.dataset.features import TOKENS, Column
from popularity.models.arrays_file import Arrays, below, text_array, text_index, under
from popularity.models.history import DAY, History, Known
from popularity.models.level import AgeLine, weight_by_user
from popularity.models.prior import Prior
from popularity.models.subjects import AGE, SEASON_OF_ALL, TIME, USER, subject
from popularity.models.tide import SPANS, Tide
from popularity.models.words import AllWords, Words
from popularity.settings import IDS

LEVELS = ("decayed_2", "decayed_6", "decayed_20", "mean", "mean_3", "last", "median", "highest", "lowest")
"""Figures of a user's earlier labels that are read as what they have above the base."""
LARGEST = 60.0
"""Label above which a count is no more told from larger ones."""
SEASON, STANDING = "6", "20"
"""Half-lives, in posts, of the two means of a user's labels between which the base lies."""


@dataclass(frozen=True)
class Fixed:
    """Of n posts, what does not depend on how much of their users' past is known."""

    line: FloatArray  # (n,)
    expected: FloatArray  # (n,), of a stranger, above the line
    average: FloatArray  # (n,), logarithm to base 2 of the user's mean count, as the source gives it; NaN without one
    columns: Matrix  # (n, d)


@dataclass(frozen=True)
class KnownBefore:
    """Fitted on training posts and their labels."""

    shrinkage: float
    names: tuple[str, ...]  # of the numbers that are read
    log1p: tuple[str, ...]
    line: AgeLine
    prior: Prior
    words: AllWords
    history: History  # labels above the line
    tide: Tide  # of labels above the line and their bases

    @classmethod
    def fit(
        cls,
        posts: pd.DataFrame,
        label: FloatArray,
        dataset: settings.Dataset,
        shrinkage: float,
        waits_days: float | None,
        level: BoolArray | None = None,
    ) -> "KnownBefore":
        """label: of n training posts, shape (n,). waits_days: it counts only once its post had been so old, or as
        old as when it was read; None: from the post's own day. level: the posts from which line, prior and words are
        learned, shape (n,), all where None; a user's history is that of all posts.

        Raises ValueError where labels wait for an age that nobody says.
        """
        uid, pid, postdate, age = (posts[name].to_numpy() for name in ("uid", "pid", "postdate", "age_days"))
        if waits_days is not None and np.isnan(age).any():
            raise ValueError("a post without age_days: nobody knows since when its label counts")
        of = np.ones(len(posts), dtype=bool) if level is None else level
        line = AgeLine.fit(age[of], label[of], uid[of])
        above = label - line.of(age)
        names = tuple(name for name in dataset.features if name not in (*IDS, *TOKENS.keys(), "postdate"))
        prior = Prior.fit(posts[of], above[of], weight_by_user(uid[of], 0.5), names, dataset.log1p)
        expected = prior.of(posts)
        own_mean = pd.Series(above[of]).groupby(uid[of]).transform("mean").to_numpy()
        words = AllWords.fit(
            posts[of], np.column_stack([above[of] - expected[of], above[of] - own_mean]), dataset.dictionary
        )
        since = postdate
        if waits_days is not None:
            since = np.ceil(postdate + np.minimum(age, waits_days) * DAY).astype(np.int64)
        order = History.order(uid, since, pid)
        counted = np.exp2(np.minimum(label, LARGEST))
        history = History(uid[order], since[order], postdate[order], above[order], counted[order])
        known = history.known(uid, postdate)
        base = _base(history.figures(known), known, expected, shrinkage)
        tide = Tide.of(since, above - base)
        return cls(shrinkage, names, dataset.log1p, line, prior, words, history, tide)

    def known(self, posts: pd.DataFrame) -> Known:
        """Which training posts count for each of n posts: those of its user that are strictly earlier."""
        return self.history.known(posts["uid"].to_numpy(np.int64), posts["postdate"].to_numpy(np.int64))

    def fixed(self, posts: pd.DataFrame) -> Fixed:
        """What of n posts does not depend on their users' past."""
        postdate, age = posts["postdate"].to_numpy(np.int64), posts["age_days"].to_numpy(np.float64)
        expected = self.prior.of(posts)
        raw = [posts[name].to_numpy(np.float64) for name in self.names]
        numbers = [np.log1p(x) if name in self.log1p else x for name, x in zip(self.names, raw, strict=True)]
        hour, weekday = postdate % DAY / 3600, (postdate // DAY + 3) % 7
        columns = [expected, hour, weekday, np.log1p(self.line.age(age)), *numbers, *self.words.of(posts).T]
        average = (
            np.log2(1 + posts["avgview"].to_numpy(np.float64))
            if "avgview" in self.names
            else np.full(len(posts), np.nan)
        )
        return Fixed(self.line.of(age), expected, average, np.column_stack(columns))

    def design(self, fixed: Fixed, known: Known) -> tuple[FloatArray, Matrix]:
        """The base, shape (n,), in the label's unit above the line, and what the trees read, shape (n, d)."""
        found = self.history.figures(known)
        base = _base(found, known, fixed.expected, self.shrinkage)
        columns = [
            base,
            base - fixed.expected,
            np.log1p(found["count"]),
            _weight(found),
            *(found[name] - base for name in LEVELS),
            found["spread"],
            np.log1p(found["gap_days"]),
            np.log1p(found["pace_days"]),
            np.log1p(found["span_days"]),
            # The source's mean may count posts whose labels are not known here: what it has above theirs tells of them.
            fixed.average - np.log2(found["count_mean"]),
            fixed.average - fixed.line - base,
        ]
        return base, np.column_stack([*columns, self.tide.means(self.history.cut_off(known)), fixed.columns])

    @property
    def column_groups(self) -> tuple[str, ...]:
        """What each column of `design` is of."""
        of_user = (USER,) * (4 + len(LEVELS) + 4 + 2)
        of_words = (name for name in self.words.columns for _ in self.words.columns[name].score[0])
        numbers = (subject(name) for name in self.names)
        return (*of_user, *(SEASON_OF_ALL,) * len(SPANS), USER, TIME, TIME, AGE, *numbers, *of_words)

    def content(self) -> dict[str, Any]:
        """All but arrays, for JSON."""
        return {
            "shrinkage": self.shrinkage,
            "names": self.names,
            "log1p": self.log1p,
            "line": asdict(self.line),
            "columns": [asdict(column) for column in self.prior.columns],
        }

    def arrays(self) -> Arrays:
        """The arrays."""
        words: Arrays = {}
        for name, one in self.words.columns.items():
            words |= under(name, {"vocabulary": text_array(one.vocabulary), "score": one.score.astype(np.float32)})
        history: Arrays = {"uid": self.history.uid, "since": self.history.since, "postdate": self.history.postdate}
        history |= {"label": self.history.label, "counted": self.history.counted}
        tide: Arrays = {"since": self.tide.since, "above": self.tide.above}
        return {
            **under("history", history),
            **under("tide", tide),
            **under("words", words),
            "coefficients": self.prior.coefficients,
        }

    @classmethod
    def of(cls, content: dict[str, Any], arrays: Arrays) -> "KnownBefore":
        """What `content` and `arrays` gave."""
        told = content
        words = {
            name: Words(text_index(one["vocabulary"]), one["score"].astype(np.float64))
            for name in TOKENS.values()
            for one in [below(f"words/{name}", arrays)]
        }
        history = History(**below("history", arrays))
        return cls(
            told["shrinkage"],
            tuple(told["names"]),
            tuple(told["log1p"]),
            AgeLine(**told["line"]),
            Prior(tuple(Column(**column) for column in told["columns"]), arrays["coefficients"]),
            AllWords(words, np.unique(history.uid)),
            history,
            Tide(**below("tide", arrays)),
        )


def _weight(found: Mapping[str, FloatArray]) -> FloatArray:
    """How many posts the base's mean of earlier labels stands for, shape (n,). found: figures of a history."""
    return np.asarray((found[f"weight_{SEASON}"] + found[f"weight_{STANDING}"]) / 2)


def _base(found: Mapping[str, FloatArray], known: Known, expected: FloatArray, shrinkage: float) -> FloatArray:
    """A decayed mean of earlier labels, shrunk towards what is expected of a stranger, shape (n,)."""
    weight = _weight(found)
    middle = np.where(known.count > 0, (found[f"decayed_{SEASON}"] + found[f"decayed_{STANDING}"]) / 2, 0.0)
    return np.asarray((middle * weight + shrinkage * expected) / (weight + shrinkage))
