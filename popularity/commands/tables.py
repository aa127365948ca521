"""Tables as the commands print them."""

from typing import Any, Literal

from popularity import paths
from popularity.catalogue import BASELINE
from popularity.dataset.table import POPULATIONS
from popularity.errors import UserError
from popularity.printing import printable

WHOLE = 16
"""Text of so many characters is broken in no column."""


def print_table(title: str, columns: list[str], rows: list[list[str]], *, left: int) -> None:
    """Print a table; the first `left` columns are text, the others numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        longest = max((len(row[number]) for row in rows), default=0) if number < left else 0
        justify: Literal["left", "right"] = "left" if number < left else "right"
        table.add_column(column, justify=justify, overflow="fold", min_width=min(longest, WHOLE))
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console().print(table)


def print_scores(metrics: dict[str, Any]) -> None:
    """Print a table of every model's scores for each population of metrics/evaluate.json, and which is best."""
    columns = ["model"] + [f"{part} {name}" for part in ("val.", "test") for name in ("rho", "mae", "mse")]
    for population, models in _populations(metrics):
        parts = {model: figures for model, figures in models.items() if model != "best"}
        rows = [[model, *_figures(figures)] for model, figures in parts.items()]
        n = {part: next(iter(parts.values()))[part]["n"] for part in ("validation", "test")}
        title = f"{population.replace('_', ' ')}: {n['validation']:,} validation posts, {n['test']:,} test posts"
        print_table(title, columns, rows, left=1)
        for told in (_what_the_error_means(models), _what_intervals_hold(models), _best(models)):
            if told:
                print(told)


def print_scores_under(protocol: str, metrics: dict[str, Any]) -> None:
    """Print a table of what each model that ran a protocol makes of training posts, for each population.

    Raises UserError where metrics/evaluate.json has nothing of that protocol.
    """
    under = metrics.get("protocols", {}).get(protocol, {}).get(metrics.get("profile"))
    if not under:
        raise UserError(
            f"{paths.metrics('evaluate')} has no figure under protocol {protocol}: too few posts, or older than it",
            next_step="add labelled posts, or run `dvc repro`",
        )
    for population, models in under.items():
        n = next(iter(models.values()))["n"]
        title = f"{population.replace('_', ' ')}, protocol {protocol}: {n:,} training posts"
        columns = ["model", "rho", "mae", "95 %", "less mean", "95 %"]
        print_table(title, columns, [[model, *_with_intervals(found)] for model, found in models.items()], left=1)
        if told := _best(metrics.get(population, {})):
            print(told)
    print(f"less mean: less the MAE of {BASELINE} on the same posts; intervals are over users")


def _populations(metrics: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(one, models) for one, models in metrics.items() if one in POPULATIONS and models]


def _what_the_error_means(models: dict[str, Any]) -> str:
    """Of the best model and of the user's mean; of every model in figures made before one was chosen."""
    best = models.get("best", {}).get("model")
    shown = [model for model in models if model in ((best, BASELINE) if best else models)]
    factors = {model: models[model]["test"].get("factor") for model in shown if model != "best"}
    told = ", ".join(f"{factor:.1f} ({model})" for model, factor in factors.items() if factor is not None)
    return told and f"half of the test posts are off by less than a factor of {told}"


def _what_intervals_hold(models: dict[str, Any]) -> str:
    """Of the best model; "" where it has no intervals, or no test post."""
    test = models.get("best", {}).get("test", {})
    if test.get("coverage") is None:
        return ""
    new = test["coverage_new_users"]
    told = "" if new is None else f", of those by new users {100 * new:.1f} %"
    return f"90 % intervals hold {100 * test['coverage']:.1f} % of the test posts{told} ({models['best']['model']})"


def _best(models: dict[str, Any]) -> str:
    """Which model is best and why; "" in figures made before one was chosen."""
    best = models.get("best")
    return f"best: {best['model']} (lowest {best['chosen_by']} MAE on training posts)" if best else ""


def figure(value: float | None) -> str:
    """A score as it is shown; - where there is none."""
    return "-" if value is None else f"{value:.3f}"


def _figures(parts: dict[str, dict[str, float | None]]) -> list[str]:
    return [
        figure(parts.get(part, {}).get(name)) for part in ("validation", "test") for name in ("spearman", "mae", "mse")
    ]


def _with_intervals(found: dict[str, Any]) -> list[str]:
    interval, difference = found["mae_interval"], found["mae_difference"]
    return [
        figure(found["spearman"]),
        figure(found["mae"]),
        f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "-",
        f"{difference['mae']:+.3f}" if difference else "-",
        f"{difference['low']:+.3f} to {difference['high']:+.3f}" if difference else "-",
    ]
