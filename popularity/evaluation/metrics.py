"""The paper's three figures, Spearman's rho, mean absolute and mean squared error, and what an error means."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from popularity.arrays import FloatArray


def _check(observed: FloatArray, predicted: FloatArray, at_least: int) -> None:
    if observed.shape != predicted.shape or observed.ndim != 1:
        raise ValueError(f"lengths differ: {observed.shape} observed, {predicted.shape} predicted")
    if len(observed) < at_least:
        raise ValueError(f"{len(observed)} rows, at least {at_least} needed")
    if not (np.isfinite(observed).all() and np.isfinite(predicted).all()):
        raise ValueError("a value is not finite")


def spearman(observed: FloatArray, predicted: FloatArray) -> float:
    """Spearman's rank correlation, ties averaged.

    observed, predicted: shape (n,), log2 views; n >= 2.
    Returns rho in [-1, 1]; 0.0 where either side is constant (scipy gives NaN there).
    Raises ValueError when lengths differ or a value is not finite.
    """
    _check(observed, predicted, at_least=2)
    if np.ptp(observed) == 0 or np.ptp(predicted) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(observed), rankdata(predicted))[0, 1])


def mae(observed: FloatArray, predicted: FloatArray) -> float:
    """Mean absolute error, in log2 views.

    observed, predicted: shape (n,); n >= 1.
    Raises ValueError when lengths differ or a value is not finite.
    """
    _check(observed, predicted, at_least=1)
    return float(np.abs(observed - predicted).mean())


def mse(observed: FloatArray, predicted: FloatArray) -> float:
    """Mean squared error, in log2 views squared.

    observed, predicted: shape (n,); n >= 1.
    Raises ValueError when lengths differ or a value is not finite.
    """
    _check(observed, predicted, at_least=1)
    return float(np.square(observed - predicted).mean())


def factor(observed: FloatArray, predicted: FloatArray) -> float:
    """Half of the posts are off by less than this factor: 2 to the median absolute error, at least 1.

    observed, predicted: shape (n,), log2 of a count; n >= 1.
    Raises ValueError when lengths differ or a value is not finite.
    """
    _check(observed, predicted, at_least=1)
    return float(2 ** np.median(np.abs(observed - predicted)))


@dataclass(frozen=True)
class Scores:
    """How well n rows are predicted; None where a figure does not exist: of no row, or the rho of a constant."""

    spearman: float | None
    mae: float | None
    mse: float | None
    factor: float | None
    n: int


def score(observed: FloatArray, predicted: FloatArray) -> Scores:
    """All figures of shape (n,) arrays; n may be 0 (no figure) or 1 (no rho).

    Raises ValueError when lengths differ or a value is not finite.
    """
    _check(observed, predicted, at_least=0)
    n = len(observed)
    ordered = n >= 2 and np.ptp(observed) > 0 and np.ptp(predicted) > 0
    return Scores(
        spearman=spearman(observed, predicted) if ordered else None,
        mae=mae(observed, predicted) if n else None,
        mse=mse(observed, predicted) if n else None,
        factor=factor(observed, predicted) if n else None,
        n=n,
    )
