"""The features of a profile: logarithms, imputation, scales and the two dictionary scores, fitted on training rows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from popularity import settings
from popularity.arrays import FloatArray, IntArray
from popularity.dataset.scaling import standardise_out_of_fold
from popularity.encoders.dictionary import Bags, Dictionary, score_out_of_fold
from popularity.errors import UserError
from popularity.files import read_json, replacing, write_json

TOKENS = {"tag_score": "tags", "title_score": "title"}
"""Which column of token lists each score is made from."""


@dataclass(frozen=True)
class Column:
    """How one feature is made from the raw value: log1p, then the median for a missing one, the scale, the bounds.

    A value beyond all training rows counts as the furthest of theirs: a network answers wildly where it saw nothing,
    and the pids of every later crawl lie there.
    """

    name: str
    log1p: bool
    median: float  # after log1p; 0 where every training value is missing
    mean: float
    deviation: float  # 0 where training values are all missing or all the same: then the feature is 0
    low: float | None = None  # the least and the largest training value, standardised; None: the feature has no bounds
    high: float | None = None
    missing: float | None = None  # share of the training posts without a value; None: nobody gave one, or kept it

    @classmethod
    def fit(cls, name: str, raw: pd.Series, *, log1p: bool) -> "Column":
        """Fit on the raw values of training rows, NaN where missing."""
        values = _logarithm(raw) if log1p else raw.to_numpy(np.float64)
        known = values[~np.isnan(values)]
        missing = 1 - len(known) / max(len(values), 1)
        if not len(known):
            return cls(name, log1p, 0.0, 0.0, 0.0, missing=missing)
        median = float(np.median(known))
        filled = np.where(np.isnan(values), median, values)
        free = cls(name, log1p, median, *_spread(float(filled.mean()), float(filled.std())), missing=missing)
        scaled = free.transform(raw)
        return replace(free, low=float(scaled.min()), high=float(scaled.max()))

    def transform(self, raw: pd.Series) -> FloatArray:
        """The standardised feature, shape (n,)."""
        values = _logarithm(raw) if self.log1p else raw.to_numpy(np.float64)
        if self.deviation == 0:
            return np.zeros(len(values))
        scaled = (np.where(np.isnan(values), self.median, values) - self.mean) / self.deviation
        return np.asarray(scaled if self.low is None else np.clip(scaled, self.low, self.high))


@dataclass(frozen=True)
class FeatureMaker:
    """Everything that turns posts into features, fitted: what scores a new post exactly as the DAG did."""

    columns: tuple[Column, ...]  # in the frozen order
    dictionaries: dict[str, Dictionary]  # by the score's name
    profile: str = ""  # the name of the list of these columns in params.yaml; "": made before it was kept

    @classmethod
    def fit_transform(
        cls, posts: pd.DataFrame, label: FloatArray, part: IntArray, options: settings.Dataset
    ) -> tuple["FeatureMaker", FloatArray]:
        """Fit on n training posts, and give their features, shape (n, d), cross-fitted.

        As scikit-learn's TargetEncoder: a post's two scores are by dictionaries of the other parts, those of later
        posts by dictionaries of all. posts: as `transform` takes them. label, part: shape (n,); posts of one part are
        held out together.
        """
        everyone = np.ones(len(posts), dtype=bool)
        scores, dictionaries = {}, {}
        for name, tokens in TOKENS.items():
            scores[name], dictionaries[name] = score_out_of_fold(
                posts[tokens], label, part, everyone, options.dictionary
            )
        columns, values = [], []
        for name in options.features:
            if name in scores:
                scaled, mean, deviation = standardise_out_of_fold(scores[name], part, everyone)
                columns.append(Column(name, False, 0.0, *_spread(mean, deviation)))
                values.append(scaled)
            else:
                columns.append(Column.fit(name, posts[name], log1p=name in options.log1p))
                values.append(columns[-1].transform(posts[name]))
        return cls(tuple(columns), dictionaries, options.profile), np.column_stack(values)

    @classmethod
    def fit(cls, posts: pd.DataFrame, known: Mapping[str, Dictionary], options: settings.Dataset) -> "FeatureMaker":
        """Fit on training posts, as `transform` takes them, with dictionaries that somebody else fitted."""
        raw = posts.assign(**_scores(posts, known))
        columns = [Column.fit(name, raw[name], log1p=name in options.log1p) for name in options.features]
        free = [replace(one, low=None, high=None) if one.name in TOKENS else one for one in columns]
        return cls(tuple(free), dict(known), options.profile)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def constant(self) -> tuple[str, ...]:
        """The features that have one value in all training rows."""
        return tuple(c.name for c in self.columns if c.deviation == 0 and c.name not in self.empty)

    @property
    def empty(self) -> tuple[str, ...]:
        """The features without any value in training rows."""
        return tuple(c.name for c in self.columns if c.missing == 1)

    def transform(self, posts: pd.DataFrame) -> FloatArray:
        """Features of shape (n, d) of posts that were not trained on. A row's do not depend on the other rows.

        posts: the label-free columns by their names, and token lists in `tags` and `title`.
        """
        raw = posts.assign(**_scores(posts, self.dictionaries))
        return np.column_stack([column.transform(raw[column.name]) for column in self.columns])

    def save(self, folder: Path) -> None:
        """Write tags.csv, title.csv and features.json."""
        with replacing(folder) as temporary:
            temporary.mkdir()
            for name, dictionary in self.dictionaries.items():
                dictionary.save(temporary / f"{TOKENS[name]}.csv")
            write_json(
                temporary / "features.json",
                {
                    "profile": self.profile,
                    "columns": [asdict(column) for column in self.columns],
                    "label_mean": {name: dictionary.mean for name, dictionary in self.dictionaries.items()},
                },
            )

    @classmethod
    def load(cls, folder: Path) -> "FeatureMaker":
        """Read what `save` wrote."""
        content = read_json(folder / "features.json")
        return cls(
            tuple(Column(**column) for column in content["columns"]),
            {
                name: Dictionary.load(folder / f"{TOKENS[name]}.csv", mean)
                for name, mean in content["label_mean"].items()
            },
            content.get("profile", ""),
        )


def refuse_negatives(posts: pd.DataFrame, options: settings.Dataset) -> None:
    """Raises UserError where a column to take the logarithm of has a negative value."""
    for name in options.features:
        if name in options.log1p and len(wrong := posts.loc[posts[name] < 0, "pid"]):
            pids = ", ".join(map(str, wrong.iloc[:5]))
            raise UserError(
                f"column {name}: {len(wrong)} posts have a value below 0, which has no logarithm here (pid {pids})",
                next_step=f"mend these rows at their source, or take {name} out of dataset.log1p in params.yaml",
            )


def _scores(posts: pd.DataFrame, dictionaries: Mapping[str, Dictionary]) -> dict[str, FloatArray]:
    return {name: dictionary.transform(Bags.of(posts[TOKENS[name]])) for name, dictionary in dictionaries.items()}


def _logarithm(raw: pd.Series) -> FloatArray:
    return np.asarray(np.log1p(raw.to_numpy(np.float64)))


def _spread(mean: float, deviation: float) -> tuple[float, float]:
    tiny = 1e-9 * max(1.0, abs(mean))  # what rounding leaves of a constant, as in popularity.dataset.scaling
    return mean, deviation if deviation > tiny else 0.0
