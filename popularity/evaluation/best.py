"""Which model scores a post: the best of posts with a photo where there is one, else the best of all posts.

The best one of a population is chosen by the stage evaluate on training rows alone; all else reads what it chose.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity import catalogue, paths
from popularity.arrays import BoolArray
from popularity.dataset.protocols import PAPER
from popularity.dataset.table import POPULATIONS
from popularity.errors import UserError
from popularity.evaluation.figures import Figures
from popularity.files import read_json
from popularity.posts import read_table


@dataclass(frozen=True)
class Chosen:
    """The best model of a population, and the protocol under which it erred least."""

    model: str
    protocol: str


def choose(scores: Mapping[tuple[str, str], Mapping[str, Mapping[str, Figures]]], protocol: str) -> dict[str, Chosen]:
    """The best trained model of each population: of the lowest MAE on training rows under the protocol.

    scores: (protocol, population) -> model -> split -> figures. Of equal ones, the first of the catalogue. A model that
    did not run the protocol is no candidate; where none did, as of too few posts, the paper's validation decides.
    """
    found = {}
    for population in (one for under, one in scores if under == PAPER):
        for under in dict.fromkeys((protocol, PAPER)):
            models = scores.get((under, population), {})
            errors = {
                name: error
                for name, splits in models.items()
                if catalogue.can_serve(name, population) and (error := splits["validation"].mae) is not None
            }
            if errors:
                found[population] = Chosen(min(errors, key=lambda name: errors[name]), under)
                break
    return found


def best_models() -> dict[str, str]:
    """Population -> the model that scores its posts, as the stage evaluate chose; of those that have one.

    Raises UserError where the current project's metrics/evaluate.json is not there, or names none.
    """
    path = paths.metrics("evaluate")
    if not path.exists():
        raise UserError(f"{path} is not there", next_step="run `dvc repro`, which writes it")
    metrics: dict[str, Any] = read_json(path)
    populations = {one: metrics[one] for one in POPULATIONS if one in metrics}
    if without := [one for one, models in populations.items() if "best" not in models]:
        raise UserError(f"{path} names no best model of {', '.join(without)}", next_step="run `dvc repro`")
    return {one: models["best"]["model"] for one, models in populations.items()}


def population_serving(has_photo: BoolArray, served: Collection[str]) -> npt.NDArray[np.str_]:
    """The population by whose model each post is scored, shape (n,).

    has_photo: shape (n,). served: populations that have a model; `all_posts` always does.
    """
    return np.where(has_photo & ("posts_with_photo" in served), "posts_with_photo", "all_posts")


def best_predictions() -> pd.Series:
    """What the DAG's best models predict for each post of the dataset, index pid.

    Raises UserError as `best_models` and `read_table`, and where no model was fitted.
    """
    best = best_models()
    if "all_posts" not in best:
        raise UserError("the DAG fitted no model: too few training posts", next_step="add labelled posts, `dvc repro`")
    posts = read_table(paths.DATASET, ["pid", "has_photo"])
    serving = population_serving(posts["has_photo"].to_numpy(bool), best)
    found: pd.Series = pd.concat(
        [_predictions(model, one).reindex(posts["pid"][serving == one]) for one, model in best.items()]
    )
    return found.reindex(posts["pid"])


def _predictions(model: str, population: str) -> pd.Series:
    table = read_table(paths.predictions(model)).set_index("pid")
    return table.loc[table["population"] == population, "prediction"]
