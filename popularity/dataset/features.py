"""The features of a profile: logarithms, imputation and scales, fitted on training rows."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from popularity import settings
from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.dataset.scaling import standardise_out_of_fold
from popularity.dataset.table import FEATURE, NAIVE, without
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
    def fit(cls, name: str, raw: pd.Series, train: BoolArray, *, log1p: bool) -> "Column":
        """Fit on the training rows of a raw column, NaN where missing."""
        values = _logarithm(raw)[train] if log1p else raw.to_numpy(np.float64)[train]
        known = values[~np.isnan(values)]
        missing = 1 - len(known) / max(len(values), 1)
        if not len(known):
            return cls(name, log1p, 0.0, 0.0, 0.0, missing=missing)
        median = float(np.median(known))
        filled = np.where(np.isnan(values), median, values)
        free = cls(name, log1p, median, *_spread(float(filled.mean()), float(filled.std())), missing=missing)
        scaled = free.transform(raw[train])
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

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(column.name for column in self.columns)

    def transform(self, posts: pd.DataFrame) -> FloatArray:
        """Features of shape (n, d) of posts that were not trained on. A row's do not depend on the other rows.

        posts: the label-free columns by their names, and token lists in `tags` and `title`.
        """
        scores = {name: self.dictionaries[name].transform(Bags.of(posts[TOKENS[name]])) for name in TOKENS}
        raw = posts.assign(**scores)
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


@dataclass(frozen=True)
class Features:
    """The features of all posts, and what made them."""

    values: FloatArray  # (n, d)
    without: dict[int, dict[str, FloatArray]]  # fold -> score's name -> (n,), as if the fold were test rows
    naive: dict[str, FloatArray]  # score's name -> (n,), by the dictionaries of all training labels, on every row
    maker: FeatureMaker
    empty: tuple[str, ...]  # columns without any value in training rows
    constant: tuple[str, ...]  # columns with one value in training rows


def make_features(
    posts: pd.DataFrame, label: FloatArray, fold: IntArray, train: BoolArray, options: settings.Dataset
) -> Features:
    """Fit on the training rows and transform all rows; a training row's two scores are out-of-fold.

    posts: n rows, as FeatureMaker.transform takes them. label: shape (n,), read on training rows alone.
    Raises UserError where a column to take the logarithm of has a negative value.
    """
    scores, dictionaries = {}, {}
    for name, tokens in TOKENS.items():
        scores[name], dictionaries[name] = score_out_of_fold(posts[tokens], label, fold, train, options.dictionary)
    for name in options.features:
        if name in options.log1p:
            _refuse_negatives(posts, name)

    columns, values, empty = [], [], []
    for name in options.features:
        if name in scores:
            scaled, mean, deviation = standardise_out_of_fold(scores[name], fold, train)
            columns.append(Column(name, False, 0.0, *_spread(mean, deviation)))
            values.append(scaled)
        else:
            columns.append(Column.fit(name, posts[name], train, log1p=name in options.log1p))
            values.append(columns[-1].transform(posts[name]))
            if posts[name][train].isna().all():
                empty.append(name)
    constant = tuple(c.name for c in columns if c.deviation == 0 and c.name not in empty)
    maker = FeatureMaker(tuple(columns), dictionaries, options.profile)
    return Features(
        np.column_stack(values),
        _without_folds(posts, label, fold, train, options),
        {name: dictionary.transform(Bags.of(posts[TOKENS[name]])) for name, dictionary in dictionaries.items()},
        maker,
        tuple(empty),
        constant,
    )


def _without_folds(
    posts: pd.DataFrame, label: FloatArray, fold: IntArray, train: BoolArray, options: settings.Dataset
) -> dict[int, dict[str, FloatArray]]:
    """The two scores once more for each fold, which is treated as test rows: nothing of its labels is in them."""
    found: dict[int, dict[str, FloatArray]] = {}
    for one in np.unique(fold[train]):
        others = train & (fold != one)
        found[int(one)] = {}
        for name, tokens in TOKENS.items():
            scores, _ = score_out_of_fold(posts[tokens], label, fold, others, options.dictionary)
            found[int(one)][name], _, _ = standardise_out_of_fold(scores, fold, others)
    return found


def feature_frame(rows: pd.DataFrame, features: Features) -> pd.DataFrame:
    """The rows with the columns `x_<name>`, `without_<fold>_<name>` and `<name>_naive` that write_dataset takes."""
    columns = [FEATURE + name for name in features.maker.names]
    values = pd.DataFrame(features.values, columns=columns, index=rows.index)
    fitted = {without(fold, name): score for fold, each in features.without.items() for name, score in each.items()}
    fitted |= {name + NAIVE: score for name, score in features.naive.items()}
    return pd.concat([rows, values, pd.DataFrame(fitted, index=rows.index)], axis=1)


def _logarithm(raw: pd.Series) -> FloatArray:
    return np.asarray(np.log1p(raw.to_numpy(np.float64)))


def _spread(mean: float, deviation: float) -> tuple[float, float]:
    tiny = 1e-9 * max(1.0, abs(mean))  # what rounding leaves of a constant, as in popularity.dataset.scaling
    return mean, deviation if deviation > tiny else 0.0


def _refuse_negatives(posts: pd.DataFrame, name: str) -> None:
    wrong = posts.loc[posts[name] < 0, "pid"]
    if len(wrong):
        pids = ", ".join(map(str, wrong.iloc[:5]))
        raise UserError(
            f"column {name}: {len(wrong)} posts have a value below 0, which has no logarithm here (pid {pids})",
            next_step=f"mend these rows at their source, or take {name} out of dataset.log1p in params.yaml",
        )
