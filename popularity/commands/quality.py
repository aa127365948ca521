"""`popularity quality`: the gate as a table."""

from typing import Annotated

import typer


def quality(batch: Annotated[str, typer.Argument(help="A batch that `batches list` names.")]) -> None:
    """Check a batch's tables by the reviewed rules in expectations/, also against the batches added before it.

    Exits with 0 when all rules pass, 1 when some warn, 2 when one is critical.

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
