"""`popularity drift`: how far a batch lies from what its champion knows."""

import math
from typing import Annotated

import typer

from popularity import paths
from popularity.commands.names import batch_names
from popularity.printing import decimal, say


def drift(
    batch: Annotated[
        str, typer.Argument(help="A batch that `popularity predict` has scored.", autocompletion=batch_names)
    ],
) -> None:
    """Compare a scored batch with what the champion knows: features, shares, photos, scores, and labels once there.

    Prints a row a column, then the verdict that drift alone calls for, with its reasons. Evidently's page and the
    record are written as well.

    **Example**

    popularity drift night-1
    """
    from popularity.commands.tables import print_table
    from popularity.monitoring.batch import observe
    from popularity.monitoring.verdict import decide
    from popularity.pages.drift import write_drift_page
    from popularity.settings import batch_settings, load_settings

    settings = load_settings()
    batch_settings(settings, batch)
    found = observe(batch, settings)
    write_drift_page(batch)
    rows = [
        [
            one.column,
            one.method,
            decimal(one.value, 3),
            decimal(one.threshold, 3),
            "drifted" if one.drifted else "",
            f"{one.n:,}",
        ]
        for one in found.drift
    ]
    columns = ["column", "method", "value", "limit", "", "posts"]
    print_table(f"{batch} against champion {found.version}", columns, rows, left=2)
    if found.performance is not None:
        one = found.performance
        say(
            f"{one.n:,} labels: half of the scores are off by less than a factor of {one.factor:.1f}, "
            f"MAE {one.mae:.3f}, rho {one.spearman:.3f}; "
            f"the users' means: MAE {one.user_mean_mae:.3f}, rho {one.user_mean_spearman:.3f}"
        )
    if not math.isnan(found.expected_mae):
        say(f"expected of the scores, without labels: MAE {found.expected_mae:.3f}")
    if found.not_compared:
        say(found.not_compared)
    table = settings.monitoring.verdict
    verdict = decide(found.drift, (), table, performance=found.judged.reasons(table) if found.judged else ())
    say("\n".join([f"verdict: {verdict.answer}", *verdict.reasons, f"page: {paths.drift_report(batch)}"]))
