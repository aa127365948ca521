"""A search for params under which a model errs less, on training posts alone and within a time.

Every trial is scored as its stage would score the model, under the protocol by which the best model is chosen. The
params that are there come first, so the best of the trials errs no more than they do on these posts; whether it errs
less beyond chance is asked of whole users, and of all trials at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from popularity.arrays import FloatArray, IntArray
from popularity.dataset.protocols import cuts
from popularity.dataset.table import Population
from popularity.errors import UserError
from popularity.evaluation.bootstrap import CONFIDENCE, drawn_means
from popularity.models.evidence import Evidence
from popularity.models.out_of_fold import predict_cut
from popularity.settings import Settings
from popularity.tuning.spaces import Tuned, Value, present, with_values

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Trial:
    """Values that were tried, and the absolute errors of the scored posts, shape (n,)."""

    values: dict[str, Value]
    errors: FloatArray

    @property
    def mae(self) -> float:
        """In the label's unit."""
        return float(self.errors.mean())


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    now: Trial  # with the params that are there
    best: Trial  # of all, the one of now included
    others: int  # trials beside the one of now
    cut_short: int  # of these, so many were given up before their last part
    seconds: float
    stopped: bool  # by Ctrl-C
    low: float  # interval of best less now, see `interval`; both 0 where now is the best
    high: float

    @property
    def beyond_chance(self) -> bool:
        """Whether the best errs less than the params that are there, for another draw of users too."""
        return self.high < 0


def search(
    tuned: Tuned, params: Settings, population: Population, evidence: Evidence, *, minutes: float, trials: int | None
) -> Found:
    """Try params of a model until the time is over, so many others have been tried, or somebody presses Ctrl-C.

    evidence: of all posts. The trial under way when the time is over ends with the part that it is at. The same seed
    and number of trials give the same result, whatever the time as long as it is enough.
    Raises UserError where too few training posts are there, or Ctrl-C comes before the present params were scored.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    start = time.monotonic()
    scorer = _Scorer(tuned, params, population, evidence, start + 60 * minutes)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=params.base.seed), pruner=optuna.pruners.MedianPruner()
    )
    study.enqueue_trial(present(params, tuned))
    stopped = False
    try:
        with tqdm(total=None if trials is None else trials + 1, unit="trial") as bar:
            shows = [_shows(bar, scorer)]
            # The first one gets all the time that it needs: without it nothing can be compared.
            study.optimize(scorer, n_trials=1, callbacks=shows)
            if (left := scorer.deadline - time.monotonic()) > 0 and trials != 0:
                study.optimize(scorer, n_trials=trials, timeout=left, callbacks=shows)
    except KeyboardInterrupt:
        stopped = True
    if scorer.now is None or scorer.best is None:
        raise UserError("stopped before the present params were scored", next_step="run it again, with more time")
    others = [trial for trial in study.trials if trial.number > 0 and trial.state.is_finished()]
    cut_short = sum(trial.state != optuna.trial.TrialState.COMPLETE for trial in others)
    low, high = interval(scorer.uid, scorer.best.errors - scorer.now.errors, len(others), params.base.seed)
    seconds = time.monotonic() - start
    return Found(scorer.now, scorer.best, len(others), cut_short, seconds, stopped, low, high)


class _Scorer:
    """What Optuna minimises: the MAE of a trial's params; it keeps the errors of the best trial."""

    def __init__(
        self, tuned: Tuned, params: Settings, population: Population, evidence: Evidence, deadline: float
    ) -> None:
        self._tuned, self._params, self._population, self._evidence = tuned, params, population, evidence
        self.deadline = deadline
        self._cuts = cuts(params.protocols.best, population, params.protocols)
        if not self._cuts:
            raise UserError(
                f"too few training posts for protocol {params.protocols.best}", next_step="add labelled posts"
            )
        values = present(params, tuned)
        self._ranges = [one.including(values[one.name]) for one in tuned.ranges]
        self._label = population.everyone["label"].to_numpy(np.float64)
        scored = np.concatenate([np.flatnonzero(cut.scored) for cut in self._cuts])
        self.uid: IntArray = population.everyone["uid"].to_numpy(np.int64)[scored]
        self.now: Trial | None = None
        self.best: Trial | None = None

    @property
    def best_mae(self) -> float:
        return inf if self.best is None else self.best.mae

    def __call__(self, trial: "optuna.Trial") -> float:
        import optuna

        drawn, first = {one.name: one.drawn(trial) for one in self._ranges}, self.now is None
        values = present(self._params, self._tuned) if first else drawn
        make = self._tuned.make(with_values(self._params, self._tuned, values))
        errors: list[FloatArray] = []
        for number, cut in enumerate(self._cuts):
            predicted = predict_cut(self._population, self._evidence, make, cut)
            errors.append(np.abs(predicted - self._label[cut.scored]))
            trial.report(float(np.concatenate(errors).mean()), number)
            late = time.monotonic() > self.deadline
            if not first and number + 1 < len(self._cuts) and (late or trial.should_prune()):
                raise optuna.TrialPruned
        done = Trial(values, np.concatenate(errors))
        self.now = self.now or done
        if done.mae < self.best_mae:
            self.best = done
        return done.mae


def _shows(bar: "tqdm[Any]", scorer: _Scorer) -> "Callable[[optuna.Study, optuna.trial.FrozenTrial], None]":
    def show(*_: object) -> None:
        left = max(scorer.deadline - time.monotonic(), 0) / 60
        bar.set_description(f"MAE {scorer.best_mae:.4f}, {left:.0f} minutes left")
        bar.update()

    return show


def interval(uid: IntArray, difference: FloatArray, others: int, seed: int) -> tuple[float, float]:
    """Bounds of a mean difference of paired errors over whole users, 95 % for all trials together (Bonferroni).

    The best of many trials looks better than it is: each is given its share of the 5 %. Unbounded with one user alone.
    """
    means = drawn_means(uid, difference[:, None], seed)
    if means is None:
        return -inf, inf
    outside = 50 * (1 - CONFIDENCE) / max(others, 1)
    low, high = np.percentile(means[:, 0], [outside, 100 - outside])
    return float(low), float(high)
