"""All figures of the models of a scored table: how right each is, for whom, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite, sqrt
from typing import Any

import numpy as np
import pandas as pd

from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.catalogue import BASELINE
from popularity.errors import UserError
from popularity.evaluation import slices
from popularity.evaluation.bootstrap import intervals
from popularity.evaluation.metrics import Scores, score

ROUNDING = 1e-9


@dataclass(frozen=True)
class Difference:
    """A model's MAE less another's on the same rows, mostly the user's mean's; its 95 % interval over whole users."""

    mae: float
    low: float
    high: float


@dataclass(frozen=True)
class Figures(Scores):
    """A model's figures on n rows of a scored table; None where one does not exist, as without a row that it is of."""

    bias: float | None  # mean of predicted less observed
    rho_within: float | None  # see `slices.rho_within`
    mae_top_tenth: float | None  # on the rows with the highest labels
    mae_new_users: float | None  # on rows of users of whom nothing was learned
    mae_few_posts: float | None  # on rows of users of whom fewer than `slices.FEW_POSTS` posts were learned
    mae_interval: tuple[float, float] | None  # 95 %, over whole users; None with fewer than two
    mae_difference: Difference | None  # None for the user's mean itself too
    coverage: float | None = None  # share of rows that lie in their interval, see `intervals`; None without intervals
    coverage_new_users: float | None = None  # on rows of users of whom nothing was learned


def figures_of(
    rows: pd.DataFrame, models: Sequence[str], seed: int, half_widths: Mapping[str, FloatArray] | None = None
) -> dict[str, Figures]:
    """Figures by model. rows: n rows of a scored table, see `scored`; models: its columns, the user's mean among them.

    seed: of the draws of users. half_widths: of the rows' intervals by model, shape (n,), NaN where there is none.
    Raises UserError, with the model's name, where a figure comes out as none can be.
    """
    observed = rows["observed"].to_numpy(np.float64)
    errors = np.abs(rows[list(models)].to_numpy(np.float64) - observed[:, None])
    paired = errors - errors[:, [models.index(BASELINE)]]
    uid = rows["uid"].to_numpy(np.int64)
    bounds = intervals(uid, np.column_stack([errors, paired]), seed)
    found = {}
    for place, model in enumerate(models):
        difference = None
        if bounds is not None and model != BASELINE:
            low, high = bounds[len(models) + place].tolist()
            difference = Difference(float(paired[:, place].mean()), low, high)
        with np.errstate(over="ignore"):  # infinity is told below, by the model's name
            plain = score(observed, rows[model].to_numpy(np.float64))
        inside = _inside(errors[:, place], (half_widths or {}).get(model))
        if not _orders(rows, model, ["fit"]):
            plain = replace(plain, spearman=None)  # it would rank the levels of the fits
        found[model] = Figures(
            **asdict(plain),
            **_of_some(rows, model, errors[:, place]),
            mae_interval=None if bounds is None else (float(bounds[place, 0]), float(bounds[place, 1])),
            mae_difference=difference,
            coverage=_mean(inside),
            coverage_new_users=_mean(inside, slices.new_users(rows["known"].to_numpy(np.int64))),
        )
        refuse_impossible(model, found[model])
    return found


def difference(rows: pd.DataFrame, one: str, other: str, seed: int) -> Difference | None:
    """A model's MAE less another's on the rows of a scored table; None with fewer than two users.

    seed: of the draws of users.
    """
    observed = rows["observed"].to_numpy(np.float64)
    first, second = (np.abs(rows[model].to_numpy(np.float64) - observed) for model in (one, other))
    bounds = intervals(rows["uid"].to_numpy(np.int64), (first - second)[:, None], seed)
    return None if bounds is None else Difference(float((first - second).mean()), *bounds[0].tolist())


def _of_some(rows: pd.DataFrame, model: str, error: FloatArray) -> dict[str, Any]:
    observed, predicted = (rows[name].to_numpy(np.float64) for name in ("observed", model))
    known = rows["known"].to_numpy(np.int64)
    return {
        "bias": _mean(predicted - observed),
        "rho_within": slices.rho_within(rows["uid"].to_numpy(np.int64), observed, predicted)
        if _orders(rows, model, ["uid", "fit"])
        else None,
        "mae_top_tenth": _mean(error, slices.top_tenth(observed)),
        "mae_new_users": _mean(error, slices.new_users(known)),
        "mae_few_posts": _mean(error, slices.few_posts(known)),
    }


def _orders(rows: pd.DataFrame, model: str, of_one: list[str]) -> bool:
    """Whether a model says more than one thing of rows that are alike in these columns."""
    return len(rows) > 0 and bool(rows.groupby(of_one)[model].nunique().max() > 1)


def _inside(error: FloatArray, half_width: FloatArray | None) -> FloatArray:
    """1 where a row lies in its interval, else 0, shape (n,); none of shape (0,) where there are no intervals."""
    if half_width is None or np.isnan(half_width).any():
        return np.empty(0)
    return (error <= half_width).astype(np.float64)


def _mean(values: FloatArray, rows: BoolArray | IntArray | slice = slice(None)) -> float | None:
    return float(values[rows].mean()) if len(values) and len(values[rows]) else None


def refuse_impossible(model: str, figures: Figures) -> None:
    """Raises UserError where a figure is no number though its rows are there, or the MSE is below the MAE squared."""
    every = asdict(figures)
    wrong = {name: value for name, value in every.items() if isinstance(value, float) and not isfinite(value)}
    if figures.mae is not None and figures.mse is not None and sqrt(figures.mse) < figures.mae * (1 - ROUNDING):
        wrong |= {"mae": figures.mae, "mse": figures.mse}
    if wrong:
        told = ", ".join(f"{name} {value:g}" for name, value in wrong.items())
        raise UserError(
            f"{model}: {told} of {figures.n:,} posts cannot be",
            next_step=f"see what the stage of {model} was given, and what it wrote into predictions/",
        )
