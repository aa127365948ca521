"""docs/paper-tables.md of the figures of its sets."""

import platform
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import joblib
import psutil
from jinja2 import Environment, PackageLoader, StrictUndefined

from popularity.catalogue import MODELS
from popularity.evaluation.bootstrap import DRAWS
from popularity.evaluation.paper import CHALLENGE, IMPORTANCES, PRINTED, SPLIT_UNSTATED, Printed
from popularity.files import replacing
from popularity.pages.page import figure, signed
from popularity.paper_tables import words
from popularity.paper_tables.dense import NAME as DENSE
from popularity.paper_tables.figures import BEFORE, Change, SetFigures, Splits
from popularity.printing import printable

PAGE = Path("docs/paper-tables.md")
SPLITS = ("validation", "test")
MARKUP = "|`*_[]<>#"
OTHERS = 3
"""Features beside the two scores whose importances are shown."""
TITLES = {model.name: model.title for model in MODELS} | {DENSE: "Dense layers in place of convolutions"}
ABLATION = {
    "image": "content: the photo",
    "cnn": "context and social: CNN",
    "rf": "context and social: forest",
    "multimodal": "both",
}


def render(sets: Sequence[SetFigures], *, command: str, made: date, machine: str, folds: int) -> str:
    """The page in Markdown; the same for the same content.

    command: what was called, sets by their names. folds: of validation.
    """
    environment = Environment(
        loader=PackageLoader("popularity.paper_tables", "."),
        autoescape=False,  # no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"figure": figure, "signed": signed, "plain": plain}
    return environment.get_template("page.md").render(
        sets=sets, command=command, made=made.isoformat(), machine=machine, folds=folds, draws=DRAWS, words=words,
        titles=TITLES, ablation=ABLATION, printed=PRINTED, unstated=SPLIT_UNSTATED, challenge=CHALLENGE,
        printed_importances=IMPORTANCES, splits=SPLITS, before=BEFORE, dense=DENSE, cells=cells,
        printed_cells=printed_cells, pair_cells=pair_cells, largest=largest, counted=counted, seconds=seconds,
    )  # fmt: skip


def cells(splits: Splits) -> str:
    """A row's figures of both splits."""
    return " | ".join(
        figure(one) for split in SPLITS for one in (splits[split].spearman, splits[split].mae, splits[split].mse)
    )


def printed_cells(row: Printed | None) -> str:
    """What the paper prints, with its own digits; dashes where it prints nothing."""
    return " | ".join(_digits(one) for one in (row.spearman, row.mae, row.mse)) if row else "– | – | –"


def _digits(number: float) -> str:
    return f"{number:.2f}" if round(number, 2) == number else f"{number:g}"


def pair_cells(change: Change) -> str:
    """A difference with what it says."""
    between = "–" if change.low is None else f"{signed(change.low, 3)} to {signed(change.high, 3)}"
    return f"{signed(change.rho, 3)} | {signed(change.mae, 3)} | {between} | {words.verdict(change)}"


def counted(models: dict[str, Splits]) -> str:
    """How many posts stand behind a table: the same for each of its models."""
    first = next(iter(models.values()))
    return ", ".join(f"{first[split].n:,} {split}" for split in SPLITS)


def largest(importances: dict[str, float]) -> list[str]:
    """The two scores, then the largest others."""
    others = sorted((name for name in importances if name not in IMPORTANCES), key=lambda name: -importances[name])
    return [*IMPORTANCES, *others[:OTHERS]]


def seconds(found: SetFigures) -> str:
    """What ran and how long it took."""
    parts = [
        f"{variant}: " + (", ".join(f"{stage} {took:.0f}" for stage, took in stages.items()) or "nothing")
        for variant, stages in found.seconds.items()
    ]
    return "; ".join(parts)


def plain(text: str) -> str:
    """A name from elsewhere on one line that is no markup."""
    return " ".join("".join(" " if sign in MARKUP else sign for sign in printable(text)).split())


def here() -> str:
    """The machine's class: processors and memory, no name."""
    gigabytes = psutil.virtual_memory().total / 2**30
    return f"{joblib.cpu_count()} processors ({platform.machine()}) with {gigabytes:.0f} GB"


def today() -> date:
    """The day, UTC."""
    return datetime.now(UTC).date()


def write(text: str) -> None:
    """Write the page in the current project."""
    with replacing(PAGE) as temporary:
        temporary.write_text(text, encoding="utf-8")
