"""The random forest of the paper: squared error, importances, saved without pickle."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from popularity import settings
from popularity.arrays import FloatArray, Matrix
from popularity.files import replacing
from popularity.models.on_evidence import OnFeatures
from popularity.models.out_of_fold import Fit

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestRegressor

FILE = "forest.skops"
TRUSTED = ["sklearn.tree._tree.Tree"]  # the one type in the file that skops does not know
NO_DATE = (1980, 1, 1, 0, 0, 0)


class Forest:
    """RandomForestRegressor behind the interface of every model here."""

    def __init__(self, options: settings.Forest, seed: int) -> None:
        self._options, self._seed = options, seed
        self._forest: RandomForestRegressor | None = None

    def fit(self, X: Matrix, y: FloatArray) -> None:
        """Learn y, shape (n,), from X, shape (n, d), on all cores: trees have seeds of their own."""
        from sklearn.ensemble import RandomForestRegressor

        options = self._options
        self._forest = RandomForestRegressor(
            n_estimators=options.trees,
            criterion="squared_error",
            max_depth=options.max_depth,
            min_samples_leaf=options.min_samples_leaf,
            max_features=options.max_features,
            random_state=self._seed,
            max_samples=None if options.tree_rows is None or options.tree_rows >= len(X) else options.tree_rows,
            n_jobs=-1,
        ).fit(X, y)
        # Several threads add up trees in the order in which they finish: the last bits would differ each time.
        self._forest.n_jobs = 1

    def predict(self, X: Matrix) -> FloatArray:
        """Shape (n,) for X of shape (n, d)."""
        return np.asarray(self._fitted.predict(X), dtype=np.float64)

    @property
    def importances(self) -> FloatArray:
        """Share of the drop in squared error that each feature brought, shape (d,), sum 1."""
        return np.asarray(self._fitted.feature_importances_, dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write forest.skops, the same bytes for the same forest."""
        import skops.io

        with replacing(folder / FILE) as temporary:
            temporary.write_bytes(_canonical(skops.io.dumps(self._fitted)))

    @classmethod
    def load(cls, folder: Path, options: settings.Forest, seed: int) -> "Forest":
        """Read what `save` wrote. Raises skops' error where the file holds a type that is not expected."""
        import skops.io

        forest = cls(options, seed)
        forest._forest = skops.io.load(folder / FILE, trusted=TRUSTED)
        return forest

    @property
    def _fitted(self) -> Any:
        if self._forest is None:
            raise ValueError("the forest is not fitted")
        return self._forest


def by_population(importances: pd.DataFrame) -> dict[str, dict[str, float]]:
    """An importance table as population -> feature -> share."""
    return {
        str(name): dict(zip(rows["feature"], rows["importance"], strict=True))
        for name, rows in importances.groupby("population", sort=False)
    }


def importance_table(fits: list[Fit[OnFeatures]]) -> pd.DataFrame:
    """Columns population, feature, importance: populations in order, the most important feature first."""
    tables = [
        pd.DataFrame(
            {
                "population": fit.population.name,
                "feature": fit.model.features.names,
                "importance": forest.importances,
            }
        ).sort_values("importance", ascending=False, kind="stable")
        for fit in fits
        if fit.model is not None and isinstance(forest := fit.model.estimator, Forest)
    ]
    return pd.concat(tables) if tables else pd.DataFrame(columns=["population", "feature", "importance"])


def _canonical(dumped: bytes) -> bytes:
    """The same archive without what differs from run to run.

    That is: dates; the memory addresses by which skops names objects (arrays are numbered as they come, and which
    numbers and texts happen to share an address says nothing, so theirs go); and what memory held before in the
    unused bytes of each tree node.
    """
    source = zipfile.ZipFile(io.BytesIO(dumped))
    number: dict[str, str] = {}

    def renumber(match: re.Match[str]) -> str:
        return match[1] + number.setdefault(match[2], str(len(number) + 1))

    nodes = json.loads(source.read("schema.json"), object_hook=_without_address_of_a_leaf)
    schema = re.sub(r'("__id__":|"file":")(\d+)', renumber, json.dumps(nodes, separators=(",", ":")))
    arrays = [name for name in source.namelist() if name != "schema.json"]
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for name in arrays:
            address, suffix = name.split(".")
            entry = zipfile.ZipInfo(f"{number[address]}.{suffix}", NO_DATE)
            archive.writestr(entry, _without_padding(source.read(name)), zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("schema.json", NO_DATE), schema, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _without_address_of_a_leaf(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "__id__" or not node.get("is_json")}


def _without_padding(npy: bytes) -> bytes:
    array = np.load(io.BytesIO(npy), allow_pickle=False)
    if array.dtype.names is None:
        return npy
    clean = np.zeros(array.shape, array.dtype)
    for field in array.dtype.names:
        clean[field] = array[field]
    result = io.BytesIO()
    np.save(result, clean, allow_pickle=False)
    return result.getvalue()
