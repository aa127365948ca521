"""A candidate on older posts, with the labels that they had when the champion was made."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from popularity import paths
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.reference import FOLDER
from popularity.posts import PREDICTIONS, read_table, write_table
from popularity.registry.compare import Comparison, compare_on_known


def compared(change: float) -> Comparison | None:
    """The champion's own predictions, so much off from the known labels, as the candidate's."""
    known = KnownLabels.load(paths.champion("v0001") / FOLDER)
    table = read_table(paths.predictions("cnn")).set_index("pid")
    table.loc[known.pid, "prediction"] = known.label + (known.prediction - known.label) * change
    write_table(paths.predictions("cnn"), table.reset_index(), PREDICTIONS)
    bundle: Any = SimpleNamespace(folder=paths.champion("v0001"))
    return compare_on_known(bundle, seed=1)


@pytest.mark.usefixtures("champion")
def test_a_candidate_that_errs_more_on_them_is_forbidden_and_that_is_said() -> None:
    found = compared(1.5)
    assert found is not None
    assert found.forbids
    assert found.candidate_mae == pytest.approx(1.5 * found.champion_mae)
    assert found.on_older_posts().startswith("on older test posts the candidate errs more: MAE ")


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("change", [0.5, 1.0])
def test_one_that_errs_no_more_is_not(change: float) -> None:
    found = compared(change)
    assert found is not None
    assert not found.forbids
    assert "errs no more than by chance" in found.on_older_posts()


@pytest.mark.usefixtures("champion")
def test_labels_that_were_broken_since_are_not_looked_at() -> None:
    before = compared(1.0)
    labels = read_table(paths.labels("demo"))
    labels.assign(label=labels["label"] + 10).to_parquet(paths.labels("demo"))
    assert compared(1.0) == before


@pytest.mark.usefixtures("champion")
def test_without_any_of_them_nothing_is_compared() -> None:
    folder = paths.champion("v0001") / FOLDER
    known = KnownLabels.load(folder)
    KnownLabels(known.pid + 10**9, known.uid, known.label, known.prediction, np.zeros(len(known.pid))).save(folder)
    bundle: Any = SimpleNamespace(folder=paths.champion("v0001"))
    assert compare_on_known(bundle, seed=1) is None
