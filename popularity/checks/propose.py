"""Suites with limits drawn from good batches, as a diff that a person reviews."""

import json
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from popularity import paths
from popularity.checks.bands import most_share
from popularity.checks.gate import SUITES, exit_code, gate, other_tables
from popularity.checks.posts_table import FEW, posts_table
from popularity.checks.rules import check
from popularity.errors import UserError
from popularity.files import read_json, write_json
from popularity.posts import read_table
from popularity.settings import Settings

MAY_BE_EMPTY = ("commentcount", "haspeople", "avgview", "groupcount", "avgmembercount")
"""Columns of posts that a source may leave empty, and that a rule may ask for where good batches have them."""

TIMES = 10
"""So many times the largest value of good batches is still no fault."""

Rule = dict[str, Any]


def propose(batches: Sequence[str], settings: Settings) -> str:
    """A unified diff of expectations/ to suites whose limits are drawn from these batches; "" where none would change.

    A share that rows may break a warning by (`mostly`) is what they broke it by in all the batches together, widened as
    `most_share` does; a largest value is TIMES the one that they have. A new rule asks for each column that they fill
    and none asks for. Critical rules, those with conditions, and limits that the gate draws itself stay.
    Raises UserError where a batch is not there, or is not good: a critical rule stops it.
    """
    for batch in batches:
        if exit_code(gate(batch, settings)) == 2:
            raise UserError(
                f"{batch} breaks critical rules", next_step=f"see `popularity quality {batch}`, or name other batches"
            )
    seen = [{"posts": posts_table(read_table(paths.posts(batch)))} | other_tables(batch) for batch in batches]
    return "".join(_diff(suite, [one[suite] for one in seen], batches) for suite in SUITES)


def render(suite: Rule) -> str:
    """A suite as the files of expectations/ are written: two lines a rule, the second with its reason."""
    rules = []
    for rule in suite["expectations"]:
        head = json.dumps({name: value for name, value in rule.items() if name != "meta"}, ensure_ascii=False)
        rules.append(f'    {head[:-1]},\n     "meta": {json.dumps(rule["meta"], ensure_ascii=False)}}}')
    body = ",\n".join(rules)
    return f'{{\n  "name": {json.dumps(suite["name"])},\n  "expectations": [\n{body}\n  ]\n}}\n'


def _diff(suite: str, frames: Sequence[pd.DataFrame], batches: Sequence[str]) -> str:
    path = paths.EXPECTATIONS / f"{suite}.json"
    found: Rule = read_json(path)
    frame = pd.concat(frames, ignore_index=True)
    drawn = list(_drawn(found["expectations"], suite, frame, list(batches)))
    if suite == "posts":
        drawn += _asked_for(found["expectations"], frame, list(batches))
    before = path.read_text(encoding="utf-8").splitlines(keepends=True)
    after = render(found | {"expectations": drawn}).splitlines(keepends=True)
    return "".join(unified_diff(before, after, f"a/{path}", f"b/{path}"))


def _drawn(rules: Sequence[Rule], suite: str, frame: pd.DataFrame, batches: list[str]) -> Iterator[Rule]:
    """The rules, with other limits where they can be drawn."""
    breaking = _breaking(rules, suite, frame)
    for rule, rows in zip(rules, breaking, strict=True):
        kwargs: Rule = dict(rule["kwargs"])
        if not _can_be_drawn(rule):
            yield rule
            continue
        if "mostly" in kwargs:
            known = frame[[kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]].notna()
            kwargs["mostly"] = _mostly(rows, int(known.all(axis=1).sum()), kwargs["mostly"])
        elif "max_value" in kwargs and frame[kwargs["column"]].max() > 0:
            kwargs["max_value"] = int(float(f"{frame[kwargs['column']].max() * TIMES:.0e}"))
        changed = kwargs != rule["kwargs"]
        yield rule | {"kwargs": kwargs, "meta": rule["meta"] | {"drawn_from": batches}} if changed else rule


def _can_be_drawn(rule: Rule) -> bool:
    kwargs = rule["kwargs"]
    ours = any(isinstance(value, dict) for value in kwargs.values())  # a condition, or a parameter of the gate
    return rule["severity"] == "warning" and not rule["meta"].get("needs_earlier") and not ours


def _breaking(rules: Sequence[Rule], suite: str, frame: pd.DataFrame) -> list[int]:
    """How many rows break each rule, whatever share of them may."""
    with TemporaryDirectory() as folder:
        strict = [
            rule | {"kwargs": {name: value for name, value in rule["kwargs"].items() if name != "mostly"}}
            if _can_be_drawn(rule)
            else rule | {"meta": rule["meta"] | {"needs_earlier": True}}  # left out
            for rule in rules
        ]
        write_json(Path(folder) / f"{suite}.json", {"name": suite, "expectations": strict})
        counts = iter([finding.count for finding in check(frame, suite, suites=Path(folder))])
    return [next(counts) if _can_be_drawn(rule) else 0 for rule in rules]


def _asked_for(rules: Sequence[Rule], frame: pd.DataFrame, batches: list[str]) -> Iterator[Rule]:
    """A rule for each column that good batches fill and that no rule asks for unless earlier batches have it."""
    kind = "expect_column_values_to_not_be_null"
    asked = {
        rule["kwargs"]["column"] for rule in rules if rule["type"] == kind and not rule["meta"].get("needs_earlier")
    }
    for column in MAY_BE_EMPTY:
        filled = float(frame[column].notna().mean())
        if column in asked or filled < 1 - FEW:
            continue
        mostly = _mostly(int(frame[column].isna().sum()), len(frame), 0.0)
        reason = f"{column} was filled in {filled:.0%} of the posts of good batches: the crawl may have lost it"
        yield {
            "type": kind,
            "kwargs": {"column": column, "mostly": mostly},
            "severity": "warning",
            "meta": {"reason": reason, "drawn_from": batches},
        }


def _mostly(breaking: int, rows: int, now: float) -> float:
    """The share of rows that must keep a rule that so many of so many good ones break; as now where too few tell."""
    broken = pd.Series(0.0, index=range(rows))
    broken.iloc[:breaking] = 1.0
    most = most_share(broken, rows, 0.01)
    return round(1 - most, 2) if most < 1 else now
