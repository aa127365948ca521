"""Tables as the commands print them."""

from typing import Any

from popularity.dataset.table import POPULATIONS
from popularity.printing import printable


def print_table(title: str, columns: list[str], rows: list[list[str]], *, left: int) -> None:
    """Print a table; the first `left` columns are text, the others numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console().print(table)


def print_scores(metrics: dict[str, Any]) -> None:
    """Print a table of every model's scores for each population of metrics/evaluate.json."""
    columns = ["model"] + [f"{part} {name}" for part in ("val.", "test") for name in ("rho", "mae", "mse")]
    for population, models in metrics.items():
        if population in POPULATIONS and models:
            rows = [[model, *_figures(parts)] for model, parts in models.items()]
            n = {part: next(iter(models.values()))[part]["n"] for part in ("validation", "test")}
            title = f"{population.replace('_', ' ')}: {n['validation']:,} validation posts, {n['test']:,} test posts"
            print_table(title, columns, rows, left=1)
            if told := _what_the_error_means(models):
                print(told)


def _what_the_error_means(models: dict[str, dict[str, dict[str, float | None]]]) -> str:
    factors = {model: parts["test"].get("factor") for model, parts in models.items()}
    told = ", ".join(f"{factor:.1f} ({model})" for model, factor in factors.items() if factor is not None)
    return told and f"half of the test posts are off by less than a factor of {told}"


def figure(value: float | None) -> str:
    """A score as it is shown; - where there is none."""
    return "-" if value is None else f"{value:.3f}"


def _figures(parts: dict[str, dict[str, float | None]]) -> list[str]:
    return [
        figure(parts.get(part, {}).get(name)) for part in ("validation", "test") for name in ("spearman", "mae", "mse")
    ]
