"""CSV files of posts in the paper's layout, a few rows each."""

import csv
from pathlib import Path

from popularity.sources.smp import COLUMNS

GOOD = dict.fromkeys(COLUMNS, "") | {"uid": "7", "postdate": "1500000000", "titlelen": "3", "title": "cat"}


def write_csv(path: Path, rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> None:
    """Write these rows under a header of these columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def posts(*changes: dict[str, str]) -> list[dict[str, str]]:
    """Posts with pids 1, 2, ..., each with its changes."""
    return [GOOD | {"pid": str(number)} | change for number, change in enumerate(changes, start=1)]
