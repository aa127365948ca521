"""Rows that ingest set aside, in the form of a gate's findings."""

import pandas as pd

from popularity.checks.rules import EXAMPLES, Finding

SET_ASIDE = "rows_set_aside"
UNREADABLE = "batch_can_be_read"


def set_aside(rejected: pd.DataFrame, *, rows_read: int, max_share: float) -> list[Finding]:
    """A critical finding for each column and reason, the commonest first; one that passed up to max_share.

    rejected: rows set aside (file, row, pid, column, reason, value). rows_read: posts, labels and visits.
    """
    if len(rejected) <= max_share * rows_read:
        reason = f"{len(rejected)} of {rows_read} rows, at most {max_share:g} of them may be"
        return [Finding(SET_ASIDE, "", "critical", True, 0, (), reason)]
    groups = sorted(rejected.groupby(["column", "reason"], sort=True), key=lambda group: -len(group[1]))
    return [_finding(str(column), str(reason), rows, rows_read, max_share) for (column, reason), rows in groups]


def unreadable(problem: str) -> Finding:
    """A batch that could not be read as a whole. problem: why."""
    return Finding(UNREADABLE, "", "critical", False, 0, (), problem)


def _finding(column: str, reason: str, rows: pd.DataFrame, rows_read: int, max_share: float) -> Finding:
    first = rows.iloc[0]
    text = rows["pid"].astype(str).str.strip()
    share = f"{len(rows):,} of {rows_read:,} rows"
    pids = text[text.str.fullmatch(r"\d{1,18}")].head(EXAMPLES)
    return Finding(
        rule=SET_ASIDE,
        column=column,
        severity="critical",
        passed=False,
        count=len(rows),
        pids=tuple(int(pid) for pid in pids),
        reason=f"the first is {first['file']}, row {first['row']}: {first['value']!r}",
        told=f"{column or 'row'}: {reason}, in {share}; {100 * max_share:g} % may be set aside",
    )
