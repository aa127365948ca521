"""Stages that write anew what they wrote, without the people, and those whose outputs wait for the next training."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from popularity import paths
from popularity.batches.project import PER_BATCH_STAGES, drop_from_lock
from popularity.dag.stages import StageError, StageRefusedError, accept, run_stage, status
from popularity.embeddings import PIDS
from popularity.errors import UserError
from popularity.files import delete, telling
from popularity.forgetting.files import csv_steps, json_steps, table_steps
from popularity.forgetting.models import model_steps
from popularity.forgetting.steps import Step
from popularity.forgetting.whom import Whom
from popularity.forgotten import Forgotten
from popularity.posts import photo_shards
from popularity.settings import Settings


def is_trained(stage: str) -> bool:
    """Whether a stage's outputs are of the posts as `dataset` gave them, and so the next training's."""
    return stage.startswith("train_") or stage in ("fuse", "evaluate")


def trained_steps(whom: Whom) -> Iterator[Step]:
    """What the trained stages wrote, as far as it names posts; first what dvc.lock knows of it."""
    forgotten = whom.forgotten
    rows = [
        *table_steps(sorted(paths.PREDICTIONS.rglob("*.parquet")), forgotten),
        *csv_steps(sorted(paths.PLOTS.glob("*.csv")), forgotten),
        *(step for model in _models() for step in model_steps(model, whom)),
    ]
    if not rows and not _names_posts(paths.DATASET, ("pid", "group"), forgotten):
        return
    yield Step("dvc.lock", "the stages that train, whose outputs `dvc checkout` would bring back", _drop_trained)
    yield from rows
    yield from json_steps(sorted((paths.QUALITY / "predictions").glob("*.json")), forgotten)
    if paths.EVALUATION_REPORT.exists():
        holds = "photos, titles and figures of the posts as they were"
        yield Step(str(paths.EVALUATION_REPORT), holds, partial(delete, paths.EVALUATION_REPORT))


def held_by_tables(batch: str, forgotten: Forgotten) -> bool:
    """Whether anything that the batch's stages wrote holds one of the posts."""
    tables = [table(batch) for table in (paths.posts, paths.labels, paths.links, paths.text)]
    shards = photo_shards(paths.photos(batch))
    if any(_names_posts(table, ("pid",), forgotten) for table in (*tables, *shards)):
        return True
    pids = paths.embeddings(batch) / PIDS
    return pids.exists() and bool(forgotten.of_posts(np.load(pids, allow_pickle=False)).any())


def run_stages(settings: Settings, forgotten: Forgotten) -> list[str]:
    """Run the stages of the batches that hold one of the posts, then `dataset`; returns what ran.

    Of the other batches, where nothing else has changed, DVC is told that a new data/forgotten.csv changes nothing.
    Raises UserError where a stage fails: after that is mended, forgetting goes on from there.
    """
    ran, same = [], []
    there = [name for name in settings.batches if paths.posts(name).exists()]
    changes = status([f"ingest@{batch}" for batch in there]) if there else {}
    for batch in there:
        changed = _changed_deps(changes.get(f"ingest@{batch}", []))
        own = {Path(settings.batches[batch].path).as_posix(), paths.visits(batch).as_posix()}
        if held_by_tables(batch, forgotten) or changed & own:
            ran += [_run(f"{stage}@{batch}") for stage in PER_BATCH_STAGES]
        elif changed == {paths.FORGOTTEN.as_posix()}:
            same.append(f"ingest@{batch}")
    if same:
        accept(same)
    if _names_posts(paths.DATASET, ("pid", "group"), forgotten):
        ran.append(_run("dataset"))
    return ran


def _models() -> list[Path]:
    """Folders of the models that the DAG has fitted."""
    own = (paths.CHAMPIONS, paths.DICTIONARIES)  # bundles, and what `dataset` writes
    return [folder for folder in sorted(paths.MODELS.glob("*")) if folder.is_dir() and folder not in own]


def _drop_trained() -> None:
    drop_from_lock(is_trained)


def _names_posts(table: Path, columns: tuple[str, ...], forgotten: Forgotten) -> bool:
    if not table.exists():
        return False
    with telling(table):
        found = pq.read_table(table, columns=list(columns))
    return any(forgotten.of_posts(found[name].to_numpy()).any() for name in columns)


def _changed_deps(changes: list[Any]) -> set[str]:
    """Paths that a stage reads and that changed since it ran; other changes stand there by what DVC calls them."""
    of_deps = [one["changed deps"] for one in changes if isinstance(one, dict) and set(one) == {"changed deps"}]
    others = {str(one) for one in changes if not isinstance(one, dict) or set(one) != {"changed deps"}}
    return others.union(*of_deps)


def _run(stage: str) -> str:
    try:
        run_stage(stage)
    except StageRefusedError:
        raise
    except StageError as failure:
        raise UserError(
            f"{stage} failed: {failure}", next_step="mend it, then this again, which goes on from here"
        ) from failure
    return stage
