"""A project of its own for each set: this one's code and params, other batches, and the real stages through DVC.

It lies in .work/ and is gone afterwards. Its outputs are kept in this project's DVC cache, so that what was done once,
or before a kill, is brought back; `dvc gc --workspace` drops them there. What links answered is kept in this project's
store.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from popularity import paths
from popularity.batches.params_file import replace_value
from popularity.batches.project import add_batch
from popularity.dag.cache import cache_folder
from popularity.dag.stages import repro
from popularity.errors import UserError
from popularity.files import replacing, scratch
from popularity.images.weights import FOLDER as WEIGHTS
from popularity.marks import failed_stages, read_mark
from popularity.paper_tables.dense import NAME, STAGE
from popularity.settings import PAPER, PRE_PUBLICATION, Read, load_settings
from popularity.store.place import VARIABLE, store_folder

CODE = ("popularity", "stages", "expectations", "dvc.yaml", "params.yaml", ".dvcignore", "data/forgotten.csv")
DVC_YAML = Path("dvc.yaml")
BATCH = "set"
"""What the one batch of a set's project is called."""
NEWEST_SHARE = 0.2


@dataclass(frozen=True)
class Variant:
    """What a set's project is run with, and what is run. params: by their names in params.yaml."""

    name: str
    params: Mapping[str, Any]
    stages: tuple[str, ...]
    models: tuple[str, ...]


TABULAR = ("train_rf", "train_cnn")
WITHOUT_PHOTO = ("rf", "cnn")
PAPERS_OWN = Variant(
    "paper14",
    {"dataset.profile": PAPER},
    (*TABULAR, "train_image", "fuse", STAGE),
    ("rf", "rf_naive", "cnn", "image", "multimodal", NAME),
)
BEFORE_POSTING = Variant("pre_publication", {"dataset.profile": PRE_PUBLICATION}, TABULAR, WITHOUT_PHOTO)
NEWEST = Variant(
    "newest fifth",
    {"dataset.profile": PAPER, "dataset.split.mode": "time", "dataset.split.test_share": NEWEST_SHARE},
    TABULAR,
    WITHOUT_PHOTO,
)


@dataclass(frozen=True)
class Crawl:
    """A set in the paper's layout. as_of_post: whether avgview was read before each post went out."""

    folder: Path  # absolute
    as_of_post: bool

    @property
    def name(self) -> str:
        """On the page."""
        return self.folder.name


def crawls(folders: Sequence[Path], *, as_of_post: bool) -> list[Crawl]:
    """The sets in these folders. Raises UserError where two of them would have one name."""
    found = [Crawl(folder.resolve(), as_of_post) for folder in folders]
    names = [crawl.name for crawl in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(
            f"two folders are called {', '.join(twice)}, and a set is named by its folder", next_step="rename one"
        )
    return found


@dataclass(frozen=True)
class SetProject:
    """The current folder, a project of a set. params: what its params.yaml was laid out with."""

    name: str
    params: str

    def run(self, variant: Variant) -> dict[str, float]:
        """Bring the stages of a variant up to date; params.yaml stays as they read it.

        Returns the seconds of each stage that ran; one that DVC's cache brought back is not among them. Raises
        UserError where one fails.
        """
        _write_params(with_params(self.params, variant.params))
        if repro(variant.stages):
            failed = failed_stages()
            mark = read_mark(failed[0]) if failed else None
            raise UserError(
                f"{self.name}, {variant.name}: {', '.join(failed) or 'DVC'} failed, as printed above",
                next_step=(mark and mark.next_step) or "mend what it says; what was done is in DVC's cache",
            )
        marks = {file.stem: read_mark(file.stem) for file in sorted(paths.MARKS.glob("*.json"))}
        return {stage: _seconds(mark.started, mark.ended) for stage, mark in marks.items() if mark and mark.ended}


@contextmanager
def project_of(crawl: Crawl | None) -> Iterator[SetProject]:
    """A project of this set as the current folder while the block runs; None: of this project's own batches.

    Raises UserError as `add_batch`.
    """
    here, cache, batches = Path.cwd(), cache_folder(), load_settings().batches
    with scratch(paths.PAPER_TABLES) as folder, _environment(VARIABLE, store_folder().absolute()):
        _copy_code(folder, [] if crawl else [*batches])
        with chdir(folder):
            _dvc("init", "--quiet", "--no-scm")
            if cache is not None:
                _dvc("cache", "dir", "--quiet", str(cache))
            _add_dense_stage()
            _name_batches(here, crawl)
            name = crawl.name if crawl else ", ".join(batches)
            yield SetProject(name, paths.PARAMS.read_text(encoding="utf-8"))


def with_params(text: str, params: Mapping[str, Any]) -> str:
    """params.yaml with other values of these, and no protocol beside the paper's: others are of no use here."""
    models = yaml.safe_load(text)["protocols"]["of"]
    for key, value in {**params, "protocols.of": {model: [] for model in models}}.items():
        text = replace_value(text, key.split("."), value)
    return text


def _copy_code(folder: Path, batches: Sequence[str]) -> None:
    """What stages need beside crawls: code, params, downloaded weights. batches: those whose later labels count."""
    for place in (*map(Path, CODE), *map(paths.visits, batches)):
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir():
            shutil.copytree(place, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif place.exists():
            shutil.copy(place, target)
    if WEIGHTS.is_dir():
        (folder / WEIGHTS).symlink_to(WEIGHTS.absolute())


def _name_batches(here: Path, crawl: Crawl | None) -> None:
    text = paths.PARAMS.read_text(encoding="utf-8")
    if crawl is None:
        for name, batch in load_settings().batches.items():
            if batch.source != "demo":
                text = replace_value(text, ("batches", name, "path"), str(here / batch.path))
        _write_params(text)
        return
    _write_params(replace_value(replace_value(text, ("batches",), {}), ("demo", "batches"), []))
    read: Read = "as_of_post" if crawl.as_of_post else "at_crawl"
    add_batch(BATCH, source="smp", path=crawl.folder, in_place=True, read=read)


def _add_dense_stage() -> None:
    """Name the dense network's stage in dvc.yaml: train_cnn's, with another command and other outputs."""
    dag = yaml.safe_load(DVC_YAML.read_text(encoding="utf-8"))
    cnn = dag["stages"]["train_cnn"]
    dag["stages"][STAGE] = {
        "cmd": "python -m popularity.paper_tables.dense",
        "deps": [dep for dep in cnn["deps"] if dep.startswith(("popularity/", "data/"))]
        + ["popularity/paper_tables/dense.py"],
        "params": cnn["params"],
        "outs": [paths.predictions(NAME).as_posix()],
        "metrics": [{paths.metrics(STAGE).as_posix(): {"cache": False}}],
    }
    DVC_YAML.write_text(yaml.safe_dump(dag, sort_keys=False), encoding="utf-8")


def _write_params(text: str) -> None:
    with replacing(paths.PARAMS) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _dvc(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *arguments], check=True, stdout=sys.stderr)


def _seconds(started: str, ended: str) -> float:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


@contextmanager
def _environment(name: str, value: Path) -> Iterator[None]:
    """An environment variable with this value while the block runs."""
    before = os.environ.get(name)
    os.environ[name] = str(value)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
