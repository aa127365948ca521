"""Tables against the reviewed rules in expectations/, by Great Expectations. All that a stage needs of a gate."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from popularity import paths
from popularity.checks.in_words import in_words
from popularity.errors import UserError
from popularity.files import read_json, telling, write_json
from popularity.printing import say

EXAMPLES = 5
SEVERITIES = ("critical", "warning")


@dataclass(frozen=True)
class Finding:
    """What one rule found.

    count: how many rows break the rule, or all rows where it is about the table as a whole; 0 where it passed.
    pids: up to five of these rows, where the rule tells them apart.
    told: what was measured against what limit, in plain words; "" where it passed, or could not be tried.
    """

    rule: str
    column: str  # "" for a rule on the whole table
    severity: str  # critical or warning
    passed: bool
    count: int
    pids: tuple[int, ...]
    reason: str
    told: str = ""

    def __str__(self) -> str:
        where = f"column {self.column}" if self.column else "the table"
        told = self.told or f"{self.rule.replace('_', ' ')} on {where}: {self.count:,} rows"
        pids = f", pids {', '.join(map(str, self.pids))}" if self.pids else ""
        return f"{told}{pids} ({self.reason})"


def check(
    frame: pd.DataFrame,
    suite: str,
    *,
    parameters: Mapping[str, float] | None = None,
    earlier: str | None = None,
    suites: Path | None = None,
) -> list[Finding]:
    """Run a suite over a table that has a column pid; one finding a rule, in the suite's order.

    suites: the folder that it lies in; None: expectations/.
    parameters: values of the suite's `{"$PARAMETER": name}`.
    earlier: what the rules marked `needs_earlier` are measured by, in words; None: these rules are left out.
    A rule that raises an exception (a column that is not there, say) is a finding that did not pass.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read when great_expectations is imported
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("tables").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    rules = [
        one
        for rule in _rules((suites or paths.EXPECTATIONS) / f"{suite}.json")
        for one in _of_each_column(rule, list(frame.columns))
    ]
    used = [rule for rule in rules if earlier is not None or not rule["meta"].get("needs_earlier")]
    # GX answers in an order of its own and fills in the parameters, so each rule carries its place.
    placed = [rule | {"meta": rule["meta"] | {"place": n}} for n, rule in enumerate(used)]
    result = batch.validate(
        gx.ExpectationSuite(name=suite, expectations=placed),
        expectation_parameters=dict(parameters or {}),
        result_format={
            "result_format": "SUMMARY",
            "unexpected_index_column_names": ["pid"],
            "partial_unexpected_count": EXAMPLES,
        },
    )
    ordered = sorted(result.results, key=lambda outcome: outcome.expectation_config.meta["place"])
    reasons = [_reason(rule, earlier) for rule in used]
    return [_finding(outcome, len(frame), why) for outcome, why in zip(ordered, reasons, strict=True)]


def _rules(path: Path) -> list[dict[str, Any]]:
    """The rules of a reviewed suite. Raises UserError where its file is not one."""
    try:
        rules: list[dict[str, Any]] = read_json(path)["expectations"]
        wrong = [rule["type"] for rule in rules if not rule["meta"]["reason"] or rule["severity"] not in SEVERITIES]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is no suite: {type(error).__name__}: {error}",
            next_step="each rule has type, kwargs, severity and meta with its reason; `git diff` shows what changed",
        ) from error
    if wrong:
        raise UserError(f"{path}: {wrong[0]} has no reason or no such severity", next_step="mend that rule")
    return rules


def _of_each_column(rule: dict[str, Any], columns: list[str]) -> list[dict[str, Any]]:
    """A rule on `x_*` is one for each column whose name begins so; with none of them, it is left, and will not pass."""
    name = str(rule["kwargs"].get("column", ""))
    meant = [column for column in columns if name.endswith("*") and column.startswith(name[:-1])]
    return [rule | {"kwargs": rule["kwargs"] | {"column": column}} for column in meant] or [rule]


def check_or_stop(
    frame: pd.DataFrame,
    suite: str,
    report: Path,
    *,
    table: str,
    next_step: str,
    parameters: Mapping[str, float] | None = None,
) -> None:
    """What a stage does before it writes a table: check it, write the report, stop on what is critical.

    table: how messages call it. Raises UserError as `stop_on_critical` does.
    """
    findings = check(frame, suite, parameters=parameters)
    write_findings(report, findings)
    stop_on_critical(findings, table=table, next_step=next_step)


def write_findings(path: Path, findings: Sequence[Finding]) -> None:
    """Write all findings as JSON."""
    write_json(path, {"rules": len(findings), "findings": [asdict(finding) for finding in findings]})


def read_findings(path: Path) -> list[Finding]:
    """What `write_findings` wrote."""
    with telling(path):
        return [Finding(**found | {"pids": tuple(found["pids"])}) for found in read_json(path)["findings"]]


def stop_on_critical(findings: Sequence[Finding], *, table: str, next_step: str) -> None:
    """Print the warnings; raise UserError naming rule, column, count and pids of each critical failure."""
    failed = [finding for finding in findings if not finding.passed]
    for finding in failed:
        if finding.severity != "critical":
            say(f"warning: {table}: {finding}", err=True)
    if critical := [_placed(finding) for finding in failed if finding.severity == "critical"]:
        raise UserError("\n  ".join([f"{table} breaks critical rules:", *critical]), next_step=next_step)


def _placed(finding: Finding) -> str:
    return f"broken on {f'column {finding.column}' if finding.column else 'the table'}: {finding}"


def _reason(rule: dict[str, Any], earlier: str | None) -> str:
    """The rule's reason, and what it is measured by."""
    reason = str(rule["meta"]["reason"])
    return f"{reason}; {earlier}" if rule["meta"].get("needs_earlier") else reason


def _finding(result: Any, rows: int, reason: str) -> Finding:
    config, outcome = result.expectation_config, result.result
    columns = [str(config.kwargs[c]) for c in ("column", "column_A", "column_B") if c in config.kwargs]
    columns += config.kwargs.get("column_list", [])
    examples = outcome.get("partial_unexpected_index_list") or []
    failed = [text for text in _messages(result.exception_info) if text]
    return Finding(
        rule=config.type,
        column=" and ".join(columns),
        severity=str(getattr(config.severity, "value", config.severity)),
        passed=bool(result.success),
        count=0 if result.success else int(outcome.get("unexpected_count", rows)),
        pids=() if result.success else tuple(int(row["pid"]) for row in examples[:EXAMPLES] if pd.notna(row["pid"])),
        reason=failed[0] if failed else reason,
        told="" if result.success or failed else in_words(result, rows),
    )


def _messages(info: dict[str, Any]) -> list[str]:
    """Texts of the exceptions that a rule met: none, one, or one for each figure it computes."""
    parts = [info, *(part for part in info.values() if isinstance(part, dict))]
    return [str(part["exception_message"]) for part in parts if part.get("exception_message")]
