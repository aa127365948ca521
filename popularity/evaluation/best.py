"""Which model scores a post: the best of posts with a photo where there is one, else the best of all posts."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity import catalogue, paths
from popularity.arrays import BoolArray
from popularity.posts import read_table


def population_serving(has_photo: BoolArray, served: Collection[str]) -> npt.NDArray[np.str_]:
    """The population by whose model each post is scored, shape (n,).

    has_photo: shape (n,). served: populations that have a model; `all_posts` always does.
    """
    return np.where(has_photo & ("posts_with_photo" in served), "posts_with_photo", "all_posts")


def best_predictions() -> pd.Series:
    """What the DAG's best models predict for each post of the dataset, index pid. Raises UserError as `read_table`."""
    posts = read_table(paths.DATASET, ["pid", "has_photo"])
    tables = {population: _predictions(model, population) for population, model in catalogue.BEST.items()}
    served = {population for population, table in tables.items() if len(table)}
    serving = population_serving(posts["has_photo"].to_numpy(bool), served)
    found: pd.Series = pd.concat([table.reindex(posts["pid"][serving == one]) for one, table in tables.items()])
    return found.reindex(posts["pid"])


def _predictions(model: str, population: str) -> pd.Series:
    table = read_table(paths.predictions(model)).set_index("pid")
    return table.loc[table["population"] == population, "prediction"]
