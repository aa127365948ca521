"""The suites of the joined table and of predictions: each broken table trips the right rule and no other."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.dataset_rows import dataset_rows
from popularity.checks.model_tables import dataset_table, prediction_band, predictions_table
from popularity.checks.rules import Finding, check
from popularity.dataset.features import FeatureMaker
from popularity.dataset.table import Dataset
from popularity.settings import load_settings

PROJECT = Path(__file__).resolve().parents[3]
Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


def joined() -> pd.DataFrame:
    """200 posts, the first 160 of them training posts with labels from 0 to 10; every second has a photo."""
    n = np.arange(200)
    train = n < 160
    rows = dataset_rows(n, np.where(train, n % 2, -1), n % 2 == 0)
    return rows.assign(label=np.where(train, n % 11, np.nan))


def table_of(frame: pd.DataFrame) -> pd.DataFrame:
    """As the suite sees it."""
    train = joined()[:160]
    options = load_settings().dataset.model_copy(update={"profile": "paper14"})
    maker, _ = FeatureMaker.fit_transform(train, train["label"].to_numpy(), train["fold"].to_numpy(), options)
    return dataset_table(frame, maker)


def failed(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.passed]


def set_first(rows: int, column: str, value: object) -> Change:
    return lambda frame: frame.assign(**{column: frame[column].mask(np.arange(len(frame)) < rows, value)})


def test_a_good_joined_table_trips_no_rule() -> None:
    assert failed(check(table_of(joined()), "dataset")) == []


def test_a_feature_of_any_profile_is_asked_what_all_are_and_one_has_to_be_there() -> None:
    table = table_of(joined())
    further = check(table.assign(x_words=np.nan), "dataset")
    assert {finding.column for finding in failed(further)} == {"x_words"}
    none = table.drop(columns=[column for column in table if column.startswith("x_")])
    assert {finding.column for finding in failed(check(none, "dataset"))} == {"x_*"}


@pytest.mark.parametrize(
    ("how", "column", "severity", "count"),
    [
        (set_first(4, "label", np.nan), "label", "critical", 4),
        (set_first(4, "label", 5000.0), "label", "critical", 4),
        (lambda frame: frame.assign(label=frame["label"].fillna(5.0)), "label", "critical", 40),
        (set_first(1, "fold", -1), "fold", "critical", 1),
        (lambda frame: frame.assign(pid=frame["pid"].replace(1, 0)), "pid", "critical", 2),
    ],
)
def test_a_broken_joined_table_trips_the_right_rule(how: Change, column: str, severity: str, count: int) -> None:
    (finding,) = failed(check(table_of(how(joined())), "dataset"))
    assert (finding.column, finding.severity, finding.count) == (column, severity, count)


@pytest.mark.parametrize(
    ("value", "rows", "severity"), [(np.nan, 2, "critical"), (1e12, 2, "critical"), (500.0, 9, "warning")]
)
def test_a_feature_that_is_missing_or_far_out_trips_the_right_rule(value: float, rows: int, severity: str) -> None:
    (finding,) = failed(check(set_first(rows, "x_avgview", value)(table_of(joined())), "dataset"))
    assert (finding.column, finding.severity, finding.count) == ("x_avgview", severity, rows)


def predicted() -> pd.DataFrame:
    """A good prediction for every post of both populations."""
    frame = joined()
    parts = [frame.assign(population="all_posts"), frame[frame["has_photo"]].assign(population="posts_with_photo")]
    return pd.concat(parts, ignore_index=True)[["population", "pid"]].assign(prediction=5.0)


def checked(predictions: pd.DataFrame) -> list[Finding]:
    dataset = Dataset(joined())
    table = predictions_table(dataset, predictions)
    return failed(check(table, "predictions", parameters=prediction_band(dataset)))


def test_good_predictions_trip_no_rule() -> None:
    assert checked(predicted()) == []


def test_a_model_that_was_not_fitted_has_nothing_to_check() -> None:
    assert checked(predicted()[:0]) == []


def test_a_population_that_is_not_modelled_is_not_missed() -> None:
    assert checked(predicted()[:200]) == []


@pytest.mark.parametrize(
    ("how", "column", "count", "pids"),
    [
        (set_first(2, "prediction", np.nan), "prediction", 2, (0, 1)),
        (set_first(2, "prediction", np.inf), "prediction", 2, (0, 1)),
        (set_first(9, "prediction", 21.0), "prediction", 9, (0, 1, 2, 3, 4)),
        (lambda frame: frame.iloc[1:], "prediction", 1, (0,)),
        (lambda frame: pd.concat([frame, frame[199:200].assign(pid=999)]), "posts", 1, (999,)),
        (lambda frame: pd.concat([frame, frame[:1]]), "population and pid", 2, (0, 0)),
    ],
    ids=["missing", "infinite", "far off", "a post left out", "a post of none", "twice"],
)
def test_broken_predictions_trip_the_right_rule(how: Change, column: str, count: int, pids: tuple[int, ...]) -> None:
    (finding,) = checked(how(predicted()))
    assert (finding.column, finding.severity, finding.count, finding.pids) == (column, "critical", count, pids)


def test_the_band_is_the_labels_range_and_its_width_on_both_sides() -> None:
    assert prediction_band(Dataset(joined())) == {"least_prediction": -10.0, "most_prediction": 20.0}
