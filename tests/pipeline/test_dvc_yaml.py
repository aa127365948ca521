"""dvc.yaml names the code that each stage uses, and the paths that popularity.paths names."""

import hashlib
import re
from pathlib import Path

import grimp
import pytest
import yaml

from popularity import paths

ROOT = Path(__file__).parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
BACKENDS = "popularity.text.backends"
ALWAYS_APART = {"popularity.settings", "popularity.errors", "popularity.paths"}
"""An edit of these shows where it counts: in params, in messages, in dvc.yaml."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("popularity", "stages", cache_dir=None)


def body(stage: str) -> dict[str, list[object]]:
    return STAGES[stage].get("do", STAGES[stage])


def code_files(graph: grimp.ImportGraph, stage: str) -> set[str]:
    """Files of popularity that a stage imports, itself or through others, inside functions too."""
    modules = graph.find_upstream_modules(f"stages.{stage}")
    if BACKENDS in modules:  # it imports the one that params name
        some = graph.find_descendants(BACKENDS)
        modules |= some.union(*(graph.find_upstream_modules(module) for module in some))
    modules -= ALWAYS_APART
    places = [module.replace(".", "/") for module in modules]
    files = {f"{place}.py" for place in places} | {f"{place}/__init__.py" for place in places}
    return {file for file in files if (ROOT / file).is_file() and (ROOT / file).stat().st_size}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_code_that_it_imports(graph: grimp.ImportGraph, stage: str) -> None:
    named = {dep for dep in body(stage)["deps"] if str(dep).endswith(".py")}
    assert named == {f"stages/{stage}.py"} | code_files(graph, stage)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_the_module_of_its_name(stage: str) -> None:
    assert re.fullmatch(rf"python -m stages\.{stage}( \$\{{(key|item)\}})?", str(body(stage)["cmd"]))


def test_every_file_in_stages_is_a_stage() -> None:
    files = {file.stem for file in (ROOT / "stages").glob("*.py")} - {"__init__"}
    assert files == set(STAGES)


def test_outputs_lie_where_the_code_writes_them() -> None:
    named = set()
    for stage in STAGES:
        for kind in ("outs", "metrics", "plots"):
            named |= {next(iter(out)) if isinstance(out, dict) else str(out) for out in body(stage).get(kind, [])}
    batch = "${key}"
    per_batch = ("ingest", "fetch", "filter_links", "text_features", "image_embeddings")
    expected = {
        *(f(batch) for f in (paths.posts, paths.labels, paths.answers, paths.links, paths.photos, paths.text)),
        paths.embeddings(batch),
        *(paths.quality(suite, batch) for suite in ("posts", "labels", "links", "text")),
        *(paths.quality("predictions", name) for name in ("rf", "rf_naive", "cnn", "image", "multimodal")),
        paths.quality("dataset"), paths.rejected(batch),
        paths.raw("${item}"),
        *(paths.metrics(stage, batch) for stage in per_batch),
        *(paths.metrics(stage) for stage in STAGES if stage not in (*per_batch, "demo")),
        *(paths.model(name) for name in ("rf", "cnn", "image", "multimodal")),
        *(paths.predictions(name) for name in ("rf", "rf_naive", "cnn", "image", "multimodal")),
        paths.predictions_without("image"),
        *(paths.plot(name) for name in ("importances", "predictions", "residuals")),
        paths.DATASET, paths.TEST_LABELS, paths.DICTIONARIES, paths.EVALUATION_REPORT,
    }  # fmt: skip
    assert named == {path.as_posix() for path in expected}


def test_only_evaluate_reads_test_labels() -> None:
    readers = {stage for stage in STAGES if paths.TEST_LABELS.as_posix() in body(stage)["deps"]}
    assert readers == {"evaluate"}


@pytest.mark.parametrize("stage", ["fetch", "filter_links", "text_features", "image_embeddings"])
def test_stages_before_dataset_see_no_label(stage: str) -> None:
    assert not [dep for dep in body(stage)["deps"] if str(dep).startswith((str(paths.LABELS), str(paths.VISITS)))]


def test_filter_links_imports_nothing_that_opens_a_socket(graph: grimp.ImportGraph) -> None:
    used = graph.find_upstream_modules("stages.filter_links")
    assert used & graph.find_descendants("popularity.links") == {
        f"popularity.links.{name}" for name in ("check", "folder", "kept", "photos", "reasons", "recorded")
    }


def test_the_lock_was_written_by_the_code_that_is_here() -> None:
    """Otherwise a fresh clone's `dvc repro` would change dvc.lock."""
    locked = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"].values()
    files = {dep["path"]: dep["md5"] for stage in locked for dep in stage["deps"]}
    in_git = {path: md5 for path, md5 in files.items() if path.startswith(("stages/", "popularity/", "expectations/"))}
    assert len(in_git) > 50
    stale = [path for path, md5 in in_git.items() if hashlib.md5((ROOT / path).read_bytes()).hexdigest() != md5]
    assert not stale, "run `dvc repro` and commit dvc.lock"
