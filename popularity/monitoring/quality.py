"""Data against the reviewed rules in expectations/, by Great Expectations."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from popularity.errors import UserError
from popularity.files import read_json, write_json

EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """What one rule found. pids: up to five of the rows that break it; count: how many do (0 where it passed)."""

    rule: str
    column: str  # "" for a rule on the whole table
    severity: str  # critical or warning
    passed: bool
    count: int
    pids: tuple[int, ...]
    reason: str

    def __str__(self) -> str:
        where = f"column {self.column}" if self.column else "the table"
        pids = f", pids {', '.join(map(str, self.pids))}" if self.pids else ""
        return f"{self.rule} on {where}: {self.count} rows{pids} ({self.reason})"


def check(frame: pd.DataFrame, suite: Path) -> list[Finding]:
    """Run a suite over a table that has a column pid; one finding a rule, in the suite's order.

    A rule that raises an exception (a column that is not there, say) is a finding that did not pass.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read when great_expectations is imported
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("tables").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    rules = read_json(suite)
    # GX answers in an order of its own, so each rule carries its place.
    placed = [rule | {"meta": rule["meta"] | {"place": n}} for n, rule in enumerate(rules["expectations"])]
    result = batch.validate(
        gx.ExpectationSuite(name=rules["name"], expectations=placed),
        result_format={
            "result_format": "SUMMARY",
            "unexpected_index_column_names": ["pid"],
            "partial_unexpected_count": EXAMPLES,
        },
    )
    ordered = sorted(result.results, key=lambda outcome: outcome.expectation_config.meta["place"])
    return [_finding(outcome) for outcome in ordered]


def write_findings(path: Path, findings: list[Finding]) -> None:
    """Write all findings as JSON."""
    write_json(path, {"rules": len(findings), "findings": [asdict(finding) for finding in findings]})


def stop_on_critical(findings: list[Finding], *, table: str, next_step: str) -> None:
    """Print the warnings; raise UserError naming rule, column, count and pids of each critical failure."""
    failed = [finding for finding in findings if not finding.passed]
    for finding in failed:
        if finding.severity != "critical":
            print(f"warning: {table}: {finding}")
    if critical := [str(finding) for finding in failed if finding.severity == "critical"]:
        raise UserError("\n  ".join([f"{table} breaks critical rules:", *critical]), next_step=next_step)


def with_tag_counts(posts: pd.DataFrame) -> pd.DataFrame:
    """Posts with the column `tags_in_alltags`, which the posts suite compares with tagcount."""
    return posts.assign(tags_in_alltags=[float(len(tags.split())) for tags in posts["alltags"]])


def _finding(result: Any) -> Finding:
    config, outcome = result.expectation_config, result.result
    columns = [str(config.kwargs[c]) for c in ("column", "column_A", "column_B") if c in config.kwargs]
    rows = outcome.get("partial_unexpected_index_list") or []
    failed = [text for text in _messages(result.exception_info) if text]
    return Finding(
        rule=config.type,
        column=" and ".join(columns),
        severity=str(getattr(config.severity, "value", config.severity)),
        passed=bool(result.success),
        count=0 if result.success else int(outcome.get("unexpected_count", outcome.get("observed_value") or 0)),
        pids=() if result.success else tuple(int(row["pid"]) for row in rows[:EXAMPLES] if pd.notna(row["pid"])),
        reason=failed[0] if failed else str(config.meta["reason"]),
    )


def _messages(info: dict[str, Any]) -> list[str]:
    """Texts of the exceptions that a rule met: none, one, or one for each figure it computes."""
    parts = [info, *(part for part in info.values() if isinstance(part, dict))]
    return [str(part["exception_message"]) for part in parts if part.get("exception_message")]
