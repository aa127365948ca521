"""How much a night's scores will err, before its labels come: direct loss estimation.

A model of the absolute error, fitted on posts that the champion never saw, is asked of the night's posts, and its
answers are averaged (as in NannyML's DLE: nannyml.readthedocs.io, "How it works", "Direct Loss Estimation"). It cannot
know of a world whose labels changed while its posts did not.

`<bundle>/reference/errors.parquet` holds the rows that it is fitted on, no model: so nothing is run that a file says.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from popularity.arrays import FloatArray
from popularity.models.baselines import UserMean
from popularity.monitoring.columns import given
from popularity.posts import read_table

FILE = "errors.parquet"
FEWEST = 100
"""Rows to fit on."""
LEAF = 20
"""Posts that an answer of the model is the mean of, at least."""


def write_errors(
    folder: Path, posts: pd.DataFrame, prediction: FloatArray, users: UserMean, features: tuple[str, ...]
) -> None:
    """Write errors.parquet into an existing folder.

    posts: as `join_batches`, with labels, n that no part of the model that scores them saw. prediction: its own of
    them, shape (n,). users: of the training rows. features: those of the champion.
    """
    frame = _evidence(posts, prediction, users, features)
    frame.insert(0, "error", np.abs(posts["label"].to_numpy(np.float64) - prediction))
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, folder / FILE, compression="zstd")


def expected_mae(
    folder: Path, posts: pd.DataFrame, prediction: FloatArray, users: UserMean, features: tuple[str, ...]
) -> float:
    """The mean absolute error to expect of these posts; NaN where `expected_errors` tells none. Arguments as there."""
    errors = expected_errors(folder, posts, prediction, users, features)
    return float(errors.mean()) if errors is not None else np.nan


def expected_errors(
    folder: Path, posts: pd.DataFrame, prediction: FloatArray, users: UserMean, features: tuple[str, ...]
) -> FloatArray | None:
    """The absolute error to expect of each post, shape (n,); None where the bundle has too few rows to tell by.

    folder: the bundle's reference. posts, prediction: a night's, shape (n,). The same files give the same figures.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    if not (folder / FILE).exists():
        return None
    rows = read_table(folder / FILE)
    if len(rows) < FEWEST:
        return None
    evidence = _evidence(posts, prediction, users, features)
    told = [name for name in evidence if rows[name].notna().any()]  # one that no row has tells nothing: it is refused
    model = HistGradientBoostingRegressor(
        learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=LEAF, early_stopping=False, random_state=0
    )
    model.fit(rows[told].to_numpy(np.float64), rows["error"].to_numpy(np.float64))
    return np.asarray(model.predict(evidence[told].to_numpy(np.float64)).clip(min=0))


def _evidence(posts: pd.DataFrame, prediction: FloatArray, users: UserMean, features: tuple[str, ...]) -> pd.DataFrame:
    """What the model sees: the features as given, hour, weekday, photo, the score, and what is known of the user."""
    uid = posts["uid"].to_numpy(np.int64)
    mean = users.predict(uid[:, None])
    return given(posts, features).assign(
        has_photo=posts["has_photo"].to_numpy(np.float64),
        prediction=prediction,
        user_mean=mean,
        over_user_mean=np.abs(prediction - mean),
        known_user=users.knows(uid).astype(np.float64),
    )
