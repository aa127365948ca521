"""The list of batches in params.yaml, and the files of each."""

import io
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from popularity import paths
from popularity.batches.params_file import add_entry, drop_entries, replace_value
from popularity.dag.stages import StageError, StageRefusedError, track
from popularity.errors import UserError
from popularity.files import drop_leftovers, read_json, replacing
from popularity.settings import BATCH_NAME, Batch, FilePair, Read, Settings, batch_settings, load_settings
from popularity.sources.file_dates import write_file_dates
from popularity.sources.gathered import refuse_other_unit
from popularity.sources.mapping import refuse_unknown
from popularity.sources.recognise import TABLES, missing, reader
from popularity.sources.smp import find_pairs
from popularity.sources.strange import refuse_strange_files

LOCK = Path("dvc.lock")
PER_BATCH_STAGES = ("ingest", "fetch", "filter_links", "text_features", "image_embeddings")
PER_BATCH_PLACES = (
    paths.posts, paths.labels, paths.answers, paths.links, paths.photos, paths.text, paths.embeddings,
)  # fmt: skip
PER_BATCH_SUITES = ("posts", "labels", "links", "text")

VISITS_README = """\
Labels of this batch that came later: CSV files with the columns `pid` and `label`, or `pid`, `views` and `seen`
(when the views were read: Unix seconds or an ISO date, UTC). `ingest` takes the latest row of a post.
"""


@dataclass(frozen=True)
class Summary:
    """One batch as `popularity batches list` shows it; None where the DAG has not run yet."""

    name: str
    source: str
    path: str
    posts: int | None
    labelled: int | None
    pending: int | None
    photos: int | None


def add_batch(
    name: str,
    *,
    source: str,
    path: Path | None = None,
    in_place: bool = False,
    pairs: Sequence[FilePair] = (),
    columns: Mapping[str, str] | None = None,
    read: Read = "at_crawl",
    crawled: int | None = None,
) -> None:
    """Add a crawl to the project in the current folder.

    The folder `path` is copied to data/raw/NAME and tracked with DVC, or with in_place left where it is. Of the demo
    nothing is copied, the demo stage draws it. pairs: files of posts and labels; none: the paper's names, and of other
    sources all files. columns: our column -> theirs, of tables with names of their own. read: when its user columns
    were read; the demo's are always as of the post. What its labels count is label.of.
    crawled: when it was over, Unix seconds; where nobody says, a tool's counts were read when their file was written.
    Raises UserError, with nothing changed, when the name is taken or bad, when files or columns are missing, or when
    the source counts something else than label.of.
    """
    settings = load_settings()
    if name in settings.batches:
        raise UserError(f"there is a batch {name!r} already", next_step=f"popularity batches remove {name}")
    refuse_bad_name(name)
    _refuse_options(source, path, in_place, pairs, columns)
    if source == "demo" and settings.demo.batches:
        raise UserError(
            "the demo is a batch already, and has but one set of posts", next_step="popularity batches list"
        )
    entry: dict[str, Any] = {"source": source, "path": paths.raw(name).as_posix()}
    if path is not None:
        refuse_unreadable(_as_batch(source, path, pairs, columns), settings.label.of)
        refuse_strange_files(path)
        if in_place:
            _refuse_copies_place(path)
            entry["path"] = _from_project(path)
        else:
            _refuse_overlap(path, paths.raw(name))
    if pairs:
        entry["files"] = [pair.model_dump(exclude_none=True) for pair in pairs]
    if columns:
        entry["columns"] = dict(columns)
    entry["read"] = "as_of_post" if source == "demo" else read
    entry["of"] = settings.label.of
    if crawled is not None:
        entry["crawled"] = crawled
    text = add_entry(_params(), "batches", name, entry)
    if source == "demo":
        text = replace_value(text, ("demo", "batches"), [name])
    _validate(text)
    try:
        if path is not None and not in_place:
            with replacing(paths.raw(name)) as temporary:
                shutil.copytree(path, temporary)
                if source != "smp" and crawled is None:
                    write_file_dates(temporary, reader(source).files(temporary, _as_batch(source, temporary, pairs)))
            _dvc_add(paths.raw(name))
        with replacing(paths.visits(name) / "README.md") as temporary:
            temporary.write_text(VISITS_README, encoding="utf-8")
        _write(paths.PARAMS, text)
    except BaseException:
        if path is not None and not in_place:
            _delete(paths.raw(name), tracked(name))
        raise


def refuse_unreadable(batch: Batch, of: str) -> None:
    """Raises UserError where a folder holds no crawl of its source, lacks a column, or counts something else than `of`.

    What is wrong inside the files is told by `ingest`.
    """
    if batch.source == "smp":
        find_pairs(Path(batch.path), batch.files)
        return
    refuse_unknown(batch.columns or {})
    module = reader(batch.source)
    module.files(Path(batch.path), batch)
    if batch.source in TABLES and (lacks := missing(batch)):
        raise UserError(
            f"{batch.path} has no column for {', '.join(lacks)}",
            next_step=f"say which it is: --columns {','.join(f'{name}=THEIRS' for name in lacks)}; "
            f"popularity batches inspect {batch.path} makes a guess",
        )
    refuse_other_unit(batch.source, module.counts(batch), of)


def names_test_rows(settings: Settings) -> bool:
    """Whether any batch names test rows, which split mode `given` needs."""
    return any(_names_test_rows(batch) for batch in settings.batches.values())


def refuse_bad_name(name: str) -> None:
    """Raises UserError for a name that no batch can have."""
    if not re.fullmatch(BATCH_NAME, name):
        raise UserError(
            f"{name!r} cannot name a batch", next_step="use at most 100 lower-case letters, digits, - and _"
        )


def remove_batch(name: str) -> None:
    """Delete a batch: its copied files, what the DAG made of it, its stages in dvc.lock, its entry in params.yaml.

    Files of an --in-place batch are left alone. params.yaml changes last, so that after an
    interruption a second call finishes.
    """
    settings = load_settings()
    batch = batch_settings(settings, name)
    if name in settings.dataset.split.newest:
        raise UserError(
            f"dataset.split.newest names {name!r}", next_step="take it out of that list in params.yaml first"
        )
    text = drop_entries(_params(), "batches", {name})
    if name in settings.demo.batches:
        text = replace_value(text, ("demo", "batches"), [other for other in settings.demo.batches if other != name])
    _validate(text)
    drop_from_lock(lambda stage: stage.endswith(f"@{name}"))
    _delete_files(name, copied=Path(batch.path) == paths.raw(name))
    _write(paths.PARAMS, text)


def discard_copy(name: str) -> None:
    """Delete what an interrupted `add_batch` copied to data/raw. Raises UserError where params name the batch."""
    if name in load_settings().batches:
        raise UserError(f"{name!r} is a batch", next_step=f"popularity batches remove {name}")
    readme = paths.visits(name) / "README.md"
    alone = readme.is_file() and list(paths.visits(name).iterdir()) == [readme]
    left = [*paths.RAW.glob(f".{name}.*.tmp"), paths.raw(name), tracked(name)]
    _delete(*left, *([paths.visits(name)] if alone else []))


def set_newest(names: Sequence[str]) -> None:
    """Choose split mode `newest` with these batches in params.yaml. Raises UserError where one is not there."""
    for name in names:
        batch_settings(load_settings(), name)
    text = replace_value(_params(), ("dataset", "split", "mode"), "newest")
    text = replace_value(text, ("dataset", "split", "newest"), list(names))
    _validate(text)
    _write(paths.PARAMS, text)


def choose_split(name: str) -> None:
    """Choose in params.yaml how a batch that stands alone is split: as its source says, else by time.

    Mode `time` stays where it was chosen.
    """
    settings = load_settings()
    named = _names_test_rows(batch_settings(settings, name))
    mode = "given" if named and settings.dataset.split.mode != "time" else "time"
    text = replace_value(_params(), ("dataset", "split", "newest"), [])
    text = replace_value(text, ("dataset", "split", "mode"), mode)
    _validate(text)
    _write(paths.PARAMS, text)


def list_batches() -> list[Summary]:
    """Every batch of params.yaml, in its order."""
    found = []
    for name, batch in load_settings().batches.items():
        ingest, links = (_metrics(stage, name) for stage in ("ingest", "filter_links"))
        found.append(
            Summary(
                name=name,
                source=batch.source,
                path=batch.path,
                posts=ingest.get("rows_out"),
                labelled=sum(ingest["labelled"].values()) if ingest else None,
                pending=ingest.get("pending"),
                photos=links.get("rows_out"),
            )
        )
    return found


def _as_batch(source: str, path: Path, pairs: Sequence[FilePair], columns: Mapping[str, str] | None = None) -> Batch:
    fields = {
        "source": source,
        "path": str(path),
        "files": tuple(pairs) or None,
        "columns": dict(columns or {}) or None,
    }
    return Batch.model_validate(fields)


def _names_test_rows(batch: Batch) -> bool:
    if batch.source == "demo":
        return True
    try:
        pairs = find_pairs(Path(batch.path), batch.files) if batch.source == "smp" else batch.files or ()
    except UserError:  # its files are gone: what is wrong with them is told where they are read
        return True
    return any(pair.split == "test" for pair in pairs)


def _refuse_options(
    source: str, path: Path | None, in_place: bool, pairs: Sequence[FilePair], columns: Mapping[str, str] | None
) -> None:
    if source == "demo" and (path is not None or in_place or pairs):
        raise UserError("the demo is drawn, not read", next_step="leave out --path, --in-place, --data and --label")
    if source != "demo" and path is None:
        raise UserError("no folder named", next_step="add --path DIR, the folder with the crawl's files")
    if columns and source not in TABLES:
        raise UserError(
            f"the columns of {source} have names of their own", next_step=f"--columns is of {', '.join(TABLES)} alone"
        )
    if pairs and source not in ("smp", *TABLES):
        raise UserError(f"all files of {source} are read", next_step="leave out --data and --label")


def _refuse_overlap(path: Path, target: Path) -> None:
    source, copy = path.resolve(), target.resolve()
    if target.exists() or copy.is_relative_to(source):
        problem = (
            f"{target} is there already" if target.exists() else f"{path} holds {target}, where it would be copied"
        )
        raise UserError(problem, next_step=f"move the crawl out of data/raw; delete {target} if an add was killed")


def _refuse_copies_place(path: Path) -> None:
    if path.resolve().is_relative_to(paths.RAW.resolve()):
        problem = f"{path} lies in {paths.RAW}, the place of copies, which `batches remove` deletes"
        raise UserError(problem, next_step="move the crawl elsewhere, then add it with --in-place")


def _from_project(path: Path) -> str:
    """A path as params keep it: relative to the project where it lies inside, else absolute."""
    resolved, project = path.resolve(), Path.cwd()
    return (resolved.relative_to(project) if resolved.is_relative_to(project) else resolved).as_posix()


def _dvc_add(folder: Path) -> None:
    try:
        track(folder)
    except StageRefusedError:
        raise
    except StageError as error:
        raise UserError(f"dvc add {folder} failed: {error}", next_step="run this in the project's folder") from error


def drop_from_lock(goes: Callable[[str], bool]) -> None:
    """Take stages out of dvc.lock by their names; it is written as DVC writes it: no other line changes."""
    lock = YAML(typ="safe").load(LOCK) if LOCK.exists() else {}
    stages = lock.get("stages", {})
    if mine := [stage for stage in stages if goes(stage)]:
        for stage in mine:
            del stages[stage]
        text = io.StringIO()
        plain = YAML()
        plain.default_flow_style = False
        plain.dump(lock, text)
        _write(LOCK, text.getvalue())


def _delete_files(name: str, *, copied: bool) -> None:
    made = [place(name) for place in PER_BATCH_PLACES]
    made += [*(paths.quality(suite, name) for suite in (*PER_BATCH_SUITES, "predictions")), paths.rejected(name)]
    made += [paths.metrics(stage, name) for stage in PER_BATCH_STAGES]
    made += [paths.mark(f"{stage}@{name}") for stage in PER_BATCH_STAGES]
    if copied:
        made += [paths.raw(name), tracked(name)]
    made += [paths.failures(name)]
    _delete(*made, paths.visits(name))


def tracked(name: str) -> Path:
    """The file by which DVC tracks a copied crawl."""
    return paths.RAW / f"{name}.dvc"


def _delete(*gone: Path) -> None:
    """Each file goes at once, and each folder too: half a crawl would look like a crawl with fewer photos."""
    for path in gone:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path.replace(path.with_name(f".{path.name.strip('.')}.{os.getpid()}.tmp")))
        else:
            path.unlink(missing_ok=True)
        drop_leftovers(path)


def _metrics(stage: str, name: str) -> dict[str, Any]:
    path = paths.metrics(stage, name)
    return dict(read_json(path)) if path.exists() else {}


def _params() -> str:
    return paths.PARAMS.read_text(encoding="utf-8")


def _validate(text: str) -> None:
    """Raises UserError where the edited params.yaml would be refused; the file itself is untouched."""
    paths.WORK.mkdir(exist_ok=True)
    trial = paths.WORK / paths.PARAMS.name
    try:
        trial.write_text(text, encoding="utf-8")
        load_settings(trial)
    finally:
        trial.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
