"""`popularity quality`: the gate as a table, and suites proposed from good batches."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from popularity.commands.names import batch_names
from popularity.printing import printable, say

if TYPE_CHECKING:
    from popularity.checks.rules import Finding


class _OrBatch(typer.core.TyperGroup):
    """Commands, and `quality BATCH` for `quality check BATCH`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["check", *args])


quality = typer.Typer(
    cls=_OrBatch, no_args_is_help=True, help="Batches against the reviewed rules in expectations/: `quality BATCH`."
)


@quality.command()
def check(
    batch: Annotated[str, typer.Argument(help="A batch that `batches list` names.", autocompletion=batch_names)],
) -> None:
    """Check a batch's tables by the reviewed rules in expectations/, also against the batches added before it.

    `popularity quality BATCH` is the same. Exits with 0 when all rules pass, 1 when some warn, 2 when one is critical.

    **Example**

    popularity quality check demo
    """
    from popularity.checks.gate import exit_code, gate
    from popularity.settings import load_settings

    findings = gate(batch, load_settings())
    broken = [finding for finding in findings if not finding.passed]
    for finding in sorted(broken, key=lambda finding: finding.severity != "critical"):
        _tell(finding)
    _tell_passed([finding for finding in findings if finding.passed])
    severities = [finding.severity for finding in broken]
    counts = f"{severities.count('critical')} critical, {severities.count('warning')} warnings, {len(findings)} rules"
    say(f"{batch}: {counts}")
    raise typer.Exit(exit_code(findings))


@quality.command()
def propose(
    batches: Annotated[
        list[str],
        typer.Argument(metavar="BATCH...", help="Good batches, of `batches list`.", autocompletion=batch_names),
    ],
) -> None:
    """Print a diff of expectations/ to limits that are drawn from good batches. Nothing is written.

    Shares and lengths up to which rules are silent are set by what these batches show, and columns that they fill are
    asked for. Read it; take it over whole, or the hunks that you agree with, by `git apply`.

    **Example**

    popularity quality propose demo night-001 > limits.diff
    """
    from popularity.checks.propose import propose
    from popularity.settings import load_settings

    typer.echo(propose(batches, load_settings()), nl=False)


def _tell(finding: "Finding") -> None:
    """Print a broken rule as a block that a narrow terminal holds."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    pids = ", ".join(map(str, finding.pids))
    block = Table.grid(padding=(0, 1))
    for name, text in (("why", finding.reason), ("pids", pids), ("rule", finding.rule)):
        if text:
            block.add_row(f"  {name}", Text(printable(text), overflow="fold"))
    found = finding.told or f"{finding.column or 'the table'}, {finding.count:,} rows"
    say(f"{finding.severity}: {found}")
    Console().print(block)


def _tell_passed(findings: "list[Finding]") -> None:
    """Print what holds, a row a column: a row for each of dozens of rules would push what is broken out of sight."""
    from popularity.commands.tables import print_table

    held: dict[str, dict[str, None]] = {}  # of a column its rules, each kind once
    for finding in findings:
        held.setdefault(finding.column or "the table", {})[_in_words(finding.rule)] = None
    print_table("", ["passed", "rules"], [[column, ", ".join(kinds)] for column, kinds in held.items()], left=2)


def _in_words(rule: str) -> str:
    """not null, for expect_column_values_to_not_be_null."""
    kept = [word for word in rule.split("_") if word not in ("expect", "column", "values", "value", "to", "be")]
    return " ".join(kept)
