"""`popularity quality`: the gate as a table, and suites proposed from good batches."""

from typing import Annotated, Any

import typer


class _OrBatch(typer.core.TyperGroup):
    """Commands, and `quality BATCH` for `quality check BATCH`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["check", *args])


quality = typer.Typer(
    cls=_OrBatch, no_args_is_help=True, help="Batches against the reviewed rules in expectations/: `quality BATCH`."
)


@quality.command()
def check(batch: Annotated[str, typer.Argument(help="A batch that `batches list` names.")]) -> None:
    """Check a batch's tables by the reviewed rules in expectations/, also against the batches added before it.

    `popularity quality BATCH` is the same. Exits with 0 when all rules pass, 1 when some warn, 2 when one is critical.

    **Example**

    popularity quality demo
    """
    from popularity.checks.gate import exit_code, gate
    from popularity.commands.tables import print_table
    from popularity.settings import load_settings

    findings = gate(batch, load_settings())
    # What failed comes first, the critical before the warnings; otherwise in the order of the suites.
    findings.sort(key=lambda finding: 2 if finding.passed else int(finding.severity != "critical"))
    rows = [
        [
            finding.rule,
            finding.column or "-",
            finding.severity,
            "yes" if finding.passed else "NO",
            f"{finding.count:,}",
            ", ".join(map(str, finding.pids)) or "-",
            finding.reason,
        ]
        for finding in findings
    ]
    print_table("", ["rule", "column", "severity", "passed", "count", "example pids", "reason"], rows, left=7)
    failed = [finding.severity for finding in findings if not finding.passed]
    counts = f"{failed.count('critical')} critical, {failed.count('warning')} warnings, {len(findings)} rules"
    typer.echo(f"{batch}: {counts}")
    raise typer.Exit(exit_code(findings))


@quality.command()
def propose(
    batches: Annotated[list[str], typer.Argument(metavar="BATCH...", help="Good batches, of `batches list`.")],
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
