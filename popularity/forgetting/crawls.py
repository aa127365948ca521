"""Crawls and visits without the people: the one exception to what came being left as it came."""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from popularity import paths
from popularity.batches.project import tracked
from popularity.crawl.revisit import GONE
from popularity.dag.stages import StageError, StageRefusedError, track
from popularity.errors import UserError
from popularity.files import sha256_of, write_json
from popularity.forgetting.crawl_folder import CrawlFolder, rows_that_go
from popularity.forgetting.csv_file import Row, drop_rows
from popularity.forgetting.files import json_steps
from popularity.forgetting.steps import Step
from popularity.forgetting.whom import Whom
from popularity.forgotten import Forgotten
from popularity.monitoring.label_files import read_judged
from popularity.settings import Settings
from popularity.sources.refused import read_refused, write_refused


def is_copy(batch: str, settings: Settings) -> bool:
    """Whether a batch's files are the project's own copy of a crawl: not drawn by a stage, and not added in place."""
    return batch not in settings.demo.batches and Path(settings.batches[batch].path) == paths.raw(batch)


def crawl_steps(whom: Whom, settings: Settings) -> Iterator[Step]:
    """Copies of crawls, which DVC tracks anew, and crawls that wait or were refused."""
    for name, folder in whom.batches.items():
        if not is_copy(name, settings):
            continue
        if folder:
            yield Step(str(folder.path), str(folder), partial(_rewrite_copy, name, folder))
        elif folder.path.is_dir() and not tracked(name).exists():  # left by a run that was killed
            yield Step(str(folder.path), "nothing more, and DVC does not track it", partial(_track, name))
    for folder in whom.others:
        if folder:
            yield Step(str(folder.path), str(folder), folder.rewrite)


def visit_steps(settings: Settings, forgotten: Forgotten) -> Iterator[Step]:
    """Labels that came later, and what is known to be gone."""
    yield from json_steps(
        [path for batch in settings.batches if (path := paths.visits(batch) / GONE).is_file()], forgotten
    )
    for batch in settings.batches:
        for path in sorted(paths.visits(batch).glob("*.csv")):
            try:
                rows = rows_that_go(path, forgotten)
            except csv.Error as error:
                raise UserError(
                    f"{path} cannot be read as CSV: {error}", next_step="mend it or delete it, then this again"
                ) from error
            if rows:
                yield Step(str(path), f"{len(rows):,} rows", partial(_rewrite_visit, batch, path, rows))


def _rewrite_copy(name: str, folder: CrawlFolder) -> None:
    tracked(name).unlink(missing_ok=True)  # first: a run that is killed leaves no file by which DVC knows the old copy
    folder.rewrite()
    _track(name)


def _track(name: str) -> None:
    try:
        track(paths.raw(name))
    except StageRefusedError:
        raise
    except StageError as error:
        raise UserError(f"dvc add {paths.raw(name)} failed: {error}", next_step="mend it, then this again") from error


def _rewrite_visit(batch: str, path: Path, rows: list[Row]) -> None:
    """A file that was refused, or judged, stays so: both are known by its bytes."""
    before = sha256_of(path)
    trial = path.with_name(f".{path.name}.trial.tmp")
    try:
        trial.write_bytes(path.read_bytes())
        drop_rows(trial, rows)
        after = sha256_of(trial)
    finally:
        trial.unlink(missing_ok=True)
    known = {one.sha256 for one in read_refused(path.parent)}
    refused = [one for one in read_refused(path.parent) if one.sha256 == before and after not in known]
    write_refused(
        path.parent, [*read_refused(path.parent), *(one.model_copy(update={"sha256": after}) for one in refused)]
    )
    judged = read_judged(batch)
    if any(one.sha256 == before for one in judged):
        same = [one.model_copy(update={"sha256": after}) if one.sha256 == before else one for one in judged]
        write_json(paths.judged_labels(batch), [one.model_dump() for one in same])
    drop_rows(path, rows)
    write_refused(path.parent, [one for one in read_refused(path.parent) if one.sha256 != before])
