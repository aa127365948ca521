"""Tables, CSV files and JSON that the project wrote, rid of the rows and ids of people to be forgotten."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from popularity.arrays import BoolArray
from popularity.files import delete, read_json, replacing, telling, write_json
from popularity.forgetting.crawl_folder import rows_that_go
from popularity.forgetting.csv_file import drop_rows
from popularity.forgetting.steps import Step
from popularity.forgotten import Forgotten

NAMED = re.compile(r"(?P<word>\b(?:pid|uid|user|post)s?\b[ :=]*)?(?P<id>\d+)")
"""A number, and the word before it that says what it is."""
LONG = 6
"""Digits from which on a number in a sentence is an id, whatever stands before it."""
GONE = "(forgotten)"


def rewrite_table(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Write a Parquet table anew, as `posts.write_table` does, with what a function makes of it."""
    with telling(path):
        table = change(pq.read_table(path))
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def without_rows(table: pa.Table, gone: BoolArray) -> pa.Table:
    """The table but those rows. gone: shape (n,)."""
    return table.filter(pa.array(~gone))


def table_steps(tables: Iterable[Path], forgotten: Forgotten) -> Iterator[Step]:
    """Of Parquet tables with a column pid: those with rows that go."""
    for path in tables:
        with telling(path):
            gone = forgotten.of_posts(pq.read_table(path, columns=["pid"])["pid"].to_numpy())
        if gone.any():
            yield Step(
                str(path), f"{gone.sum():,} rows", partial(rewrite_table, path, partial(without_rows, gone=gone))
            )


def answers_steps(tables: Iterable[Path], links: Iterable[str]) -> Iterator[Step]:
    """Of tables of answers: those that tell of these links."""
    wanted = pa.array(sorted(links), pa.string())
    for path in tables:
        with telling(path):
            gone = pc.is_in(pq.read_table(path, columns=["link"])["link"], wanted).to_numpy(zero_copy_only=False)
        if gone.any():
            yield Step(
                str(path), f"{gone.sum():,} answers", partial(rewrite_table, path, partial(without_rows, gone=gone))
            )


def csv_steps(files: Iterable[Path], forgotten: Forgotten) -> Iterator[Step]:
    """Of CSV files that the project wrote: those with rows that go. One that is not whole goes as a whole."""
    for path in files:
        try:
            rows = rows_that_go(path, forgotten)
        except csv.Error:
            yield Step(str(path), "a file that is not whole", partial(delete, path))
            continue
        if rows:
            yield Step(str(path), f"{len(rows):,} rows", partial(drop_rows, path, rows))


def json_steps(files: Iterable[Path], forgotten: Forgotten) -> Iterator[Step]:
    """Of JSON files: those that name posts or users that go, in lists of `pids` or in sentences."""
    for path in files:
        told = read_json(path)
        cleaned = scrubbed(told, forgotten)
        if cleaned != told:
            yield Step(str(path), "posts that it names", partial(write_json, path, cleaned))


def lines_steps(files: Iterable[Path], forgotten: Forgotten) -> Iterator[Step]:
    """The same of files with a JSON object a line."""
    for path in files:
        text = path.read_text(encoding="utf-8")
        cleaned = "".join(_scrubbed_line(line, forgotten) for line in text.splitlines(keepends=True))
        if cleaned != text:
            yield Step(str(path), "posts that it names", partial(_write_text, path, cleaned))


def scrubbed(told: Any, forgotten: Forgotten) -> Any:
    """The same JSON without ids that go: numbers and posts in lists leave, in sentences a word takes their place."""
    if isinstance(told, dict):
        return {name: scrubbed(one, forgotten) for name, one in told.items()}
    if isinstance(told, list):
        return [scrubbed(one, forgotten) for one in told if not _goes(one, forgotten)]
    return scrubbed_text(told, forgotten) if isinstance(told, str) else told


def scrubbed_text(text: str, forgotten: Forgotten) -> str:
    """A sentence with a word in place of each id that goes."""

    def put(found: re.Match[str]) -> str:
        told = int(found["id"])
        is_id = bool(found["word"]) or len(found["id"]) >= LONG
        goes = is_id and (forgotten.has_post(told) or forgotten.has_user(told))
        return f"{found['word'] or ''}{GONE}" if goes else found[0]

    return NAMED.sub(put, text)


def _scrubbed_line(line: str, forgotten: Forgotten) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        return scrubbed_text(line, forgotten)
    cleaned = scrubbed(told, forgotten)
    return line if cleaned == told else json.dumps(cleaned, ensure_ascii=False) + "\n"


def _goes(one: object, forgotten: Forgotten) -> bool:
    """Whether an entry of a list is the id of a post that goes, or tells of one."""
    pid = one.get("pid") if isinstance(one, dict) else one
    return isinstance(pid, int) and not isinstance(pid, bool) and forgotten.has_post(pid)


def _write_text(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
