"""What a model must beat, fitted where it is compared: predictions of the baselines under each protocol."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from popularity.dataset.protocols import PAPER, PROTOCOLS
from popularity.dataset.table import POPULATIONS, Dataset, Population
from popularity.models.baselines import GlobalMean, MeanOfUser, OverAge, UserLast, UserMedian
from popularity.models.evidence import Evidence, evidence_of
from popularity.models.out_of_fold import Learner, fit_out_of_fold, predict_under, under
from popularity.settings import Protocols

PLAIN: dict[str, Callable[[], Learner]] = {
    "global_mean": GlobalMean,
    "user_mean": MeanOfUser,
    "user_median": UserMedian,
    "user_last": UserLast,
}
"""What they know of a user are all training posts, as models do, also where posts with a photo alone are scored."""
OVER_AGE: dict[str, Callable[[], Learner]] = {f"{name}_age": partial(OverAge, make) for name, make in PLAIN.items()}
"""The same of deviations from a line through log age, where labels were read at ages that are known and differ."""


def baseline_predictions(dataset: Dataset, options: Protocols) -> pd.DataFrame:
    """Predictions of all posts under the paper's protocol, of those scored under the others.

    Returns the columns of `posts.UNDER_PROTOCOLS`. No row for a population that has too few training rows.
    """
    evidence = evidence_of(dataset)
    frames = []
    for name in POPULATIONS:
        population = dataset.of(name)
        for model, make in (PLAIN | (OVER_AGE if ages_differ(population) else {})).items():
            frames += [_under(protocol, population, evidence, make, options, model) for protocol in PROTOCOLS]
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def ages_differ(population: Population) -> bool:
    """Whether it is known of every training label how old its post was, and they were not all of one age."""
    return population.ages_known and population.rows.loc[population.train, "age_days"].nunique() > 1


def _under(
    protocol: str,
    population: Population,
    evidence: Evidence,
    make: Callable[[], Learner],
    options: Protocols,
    model: str,
) -> pd.DataFrame:
    if protocol != PAPER:
        return predict_under(protocol, population, evidence, make, options, model=model)
    fit = fit_out_of_fold(population, evidence, make, name=model)
    pid = population.pid if fit.model is not None else np.empty(0, dtype=np.int64)
    return under(protocol, population, model, pid, fit.prediction)
