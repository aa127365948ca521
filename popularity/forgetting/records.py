"""What is on record of nights, and reports: rows and ids that name the people; pages are drawn from there anew."""

from collections.abc import Iterator
from pathlib import Path

from popularity import paths
from popularity.forgetting.files import csv_steps, json_steps, lines_steps, table_steps
from popularity.forgetting.steps import Step
from popularity.forgotten import Forgotten
from popularity.monitoring.history import read_history
from popularity.overviews import write_overviews
from popularity.pages.nights import write_batch_page


def record_steps(forgotten: Forgotten) -> Iterator[Step]:
    """Scores, verdicts and alerts of nights, and records of crawls that were refused."""
    monitoring, refused = paths.MONITORING, paths.QUARANTINE
    yield from table_steps(_files(monitoring / "scores", "*.parquet"), forgotten)
    yield from json_steps([*_files(monitoring, "**/*.json"), *_files(refused, "*/record.json")], forgotten)
    yield from lines_steps(_files(monitoring, "**/*.jsonl"), forgotten)
    yield from csv_steps(_files(refused, "*/*.csv"), forgotten)


def report_steps(forgotten: Forgotten) -> Iterator[Step]:
    """What rules found in tables of batches, and rows set aside."""
    suites = [folder for folder in sorted(paths.QUALITY.glob("*")) if folder.name != "predictions"]
    yield from json_steps(
        [*_files(paths.QUALITY, "*.json"), *(f for s in suites for f in _files(s, "*.json"))], forgotten
    )
    yield from csv_steps(_files(paths.QUALITY / "rejected", "*.csv"), forgotten)


def draw_pages() -> None:
    """Draw the pages of all nights anew, those in quarantine too."""
    history = read_history()
    for night in history:
        batch = night.record.batch
        write_batch_page(batch)
        if (there := paths.quarantine(batch) / paths.batch_page(batch).name).exists():
            write_batch_page(batch, there)
    if history or paths.INDEX.exists():
        write_overviews()


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(file for file in folder.glob(pattern) if not file.name.startswith("."))
