"""A broken rule in plain words."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from popularity import paths
from popularity.checks.rules import check


@pytest.mark.parametrize(
    ("rule", "kwargs", "column", "told"),
    [
        (
            "expect_column_values_to_be_between",
            {"min_value": 0},
            [1.0, -2.0, -3.0, 4.0],
            "x values must be at least 0; 2 of 4 rows are not so",
        ),
        (
            "expect_column_values_to_be_between",
            {"min_value": 0.25, "max_value": 4000, "mostly": 0.5},
            [0.0, 0.1, 0.2, 4.0],
            "x values must be at least 0.25 and at most 4,000, in at least 50 % of the rows; 3 of 4 rows are not so",
        ),
        (
            "expect_column_values_to_be_in_set",
            {"value_set": [0], "mostly": 0.875},
            [1, 1, 1, 0],
            "x: at most 12.5 % of the rows may be so, and 3 of 4 are",
        ),
        (
            "expect_column_values_to_be_between",
            {"min_value": 0, "mostly": 0.46041216353926},
            [-1.0] * 4,
            "x values must be at least 0, in at least 46 % of the rows; 4 of 4 rows are not so",
        ),
        ("expect_column_values_to_be_in_set", {"value_set": [0]}, [1, 0, 0, 0], "x: no row may be so, and 1 of 4 are"),
        (
            "expect_column_values_to_be_in_set",
            {"value_set": ["a", "b c"]},
            ["a", "b", "b c", "d"],
            "x values must belong to this set: 'a', 'b c'; 2 of 4 rows are not so",
        ),
        (
            "expect_column_values_to_be_of_type",
            {"type_": "int64"},
            [0.5] * 4,
            "x values must be of type int64; found: float64",
        ),
    ],
)
def test_the_limit_and_what_was_measured(
    rule: str, kwargs: dict[str, Any], column: list[Any], told: str, tmp_path: Path
) -> None:
    (finding,) = found({"type": rule, "kwargs": {"column": "x"} | kwargs}, column, tmp_path)
    assert finding.told == told
    assert str(finding).startswith(told)


def test_of_a_condition_only_its_rows_count(tmp_path: Path) -> None:
    condition = {"type": "comparison", "column": {"name": "pid"}, "operator": ">", "parameter": 2}
    rule = {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": {"column": "x", "value_set": [0], "row_condition": condition},
    }
    (finding,) = found(rule, [1, 1, 1, 0], tmp_path)
    assert finding.told == "If pid > 2, then x values must belong to this set: 0; 1 of 2 rows are not so"


def test_missing_columns_are_named(tmp_path: Path) -> None:
    rule = {
        "type": "expect_table_columns_to_match_set",
        "kwargs": {"column_set": ["pid", "x", "y"], "exact_match": False},
    }
    (finding,) = found(rule, [1], tmp_path)
    assert finding.told == "Must have at least these columns (in any order): pid, x, y; missing: y"


def test_what_passed_or_could_not_be_tried_has_no_such_words(tmp_path: Path) -> None:
    rule = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "x", "min_value": 0}}
    assert found(rule, [1.0], tmp_path)[0].told == ""
    (untried,) = found(rule, ["a"], tmp_path)
    assert (untried.passed, untried.told) == (False, "")
    assert str(untried).startswith("expect column values to be between on column x: 1 rows")


@pytest.mark.parametrize("suite", sorted(path.stem for path in paths.EXPECTATIONS.glob("*.json")))
def test_no_broken_rule_of_the_reviewed_suites_is_told_by_its_class(suite: str) -> None:
    """Each is broken at least by a table of nonsense; what GX cannot try on it says so itself."""
    rules = json.loads((paths.EXPECTATIONS / f"{suite}.json").read_text())["expectations"]
    names = {
        str(rule["kwargs"].get(name, "pid")).replace("*", "a")
        for rule in rules
        for name in ("column", "column_A", "column_B")
    }
    frame = pd.DataFrame(dict.fromkeys(names, -5.5), index=range(10)).assign(pid=1)
    values = [value for rule in rules for value in rule["kwargs"].values() if isinstance(value, dict)]
    bounds = {value["$PARAMETER"]: 0.5 for value in values if "$PARAMETER" in value}
    broken = [one for one in check(frame, suite, parameters=bounds, earlier="earlier") if not one.passed]
    told = [one.told for one in broken if one.told]
    assert len(told) >= 1
    assert not [text for text in told if "expect_" in text or "$" in text]


def found(rule: dict[str, Any], column: list[Any], folder: Path) -> list[Any]:
    """What a suite of this rule finds in a table of that column."""
    whole = rule | {"severity": "critical", "meta": {"reason": "of a test"}}
    (folder / "one.json").write_text(json.dumps({"name": "one", "expectations": [whole]}))
    return check(pd.DataFrame({"pid": range(1, len(column) + 1), "x": column}), "one", suites=folder)
