"""dvc.yaml names the code that each stage uses, and the paths that popularity.paths names."""

import re
from typing import get_args

import pytest
import yaml
from dvc.repo import Repo

from kit.code_deps import CHOSEN, CODE, Code, with_code_deps
from kit.project import ROOT
from popularity import catalogue, paths
from popularity.settings import Batch

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


@pytest.fixture(scope="module")
def code() -> Code:
    return Code.of()


def body(stage: str) -> dict[str, list[object]]:
    return STAGES[stage].get("do", STAGES[stage])


def test_stages_depend_on_the_code_that_they_import(code: Code) -> None:
    dvc_yaml = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    assert dvc_yaml == with_code_deps(dvc_yaml, code), "run `make deps`"


def test_writing_them_touches_no_other_line(code: Code) -> None:
    dvc_yaml = (ROOT / "dvc.yaml").read_text(encoding="utf-8").replace("  fuse:\n", "  # the paper's\n  fuse:\n")
    wrong = dvc_yaml.replace("- popularity/posts.py\n", "- popularity/nosuch.py\n")
    assert wrong != dvc_yaml
    assert with_code_deps(wrong, code) == dvc_yaml
    none = "".join(line for line in dvc_yaml.splitlines(keepends=True) if not line.strip().startswith("- popularity/"))
    assert with_code_deps(none, code) == dvc_yaml


def test_a_file_that_bears_a_module_s_name_is_its_own(code: Code) -> None:
    assert {"popularity/pages/report.html", "popularity/pages/page.css"} <= set(code.deps("evaluate"))


@pytest.mark.parametrize("package", CHOSEN)
def test_what_one_choice_alone_uses_lies_in_its_folder(code: Code, package: str) -> None:
    """So that another choice, with all that it needs, adds no dep to a stage."""
    uses = {choice: code.beyond(choice) for choice in code.choices(package)}
    stages = code.graph.find_descendants("stages")
    opened = {stage for stage in stages if package in code.graph.find_upstream_modules(stage)}
    for stage in opened:
        common = code.graph.find_upstream_modules(stage)
        for choice, modules in uses.items():
            assert not modules & uses.keys(), "a choice imports no other one"
            others = set().union(*(uses[other] for other in uses if other != choice))
            assert modules - common - others == set(), f"move what only {choice} uses into its folder"
    assert opened


@pytest.mark.parametrize("package", CHOSEN)
def test_every_choice_has_a_folder(code: Code, package: str) -> None:
    folder = ROOT / package.replace(".", "/")
    assert code.choices(package) == {f"{package}.{file.parent.name}" for file in folder.glob("*/__init__.py")}
    assert {file.name for file in folder.glob("*.py")} == {"__init__.py"}


def test_every_source_of_a_batch_has_a_reader() -> None:
    readers = {file.parent.name for file in (ROOT / "popularity/sources/readers").glob("*/__init__.py")}
    assert set(get_args(Batch.model_fields["source"].annotation)) == readers


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
    with_stage = [model.name for model in catalogue.MODELS if model.has_stage]
    per_batch = ("ingest", "fetch", "filter_links", "text_features", "image_embeddings")
    expected = {
        *(f(batch) for f in (paths.posts, paths.labels, paths.answers, paths.links, paths.photos, paths.text)),
        paths.embeddings(batch),
        *(paths.quality(suite, batch) for suite in ("posts", "labels", "links", "text")),
        *(paths.quality("predictions", name) for name in with_stage),
        paths.quality("dataset"), paths.rejected(batch),
        paths.raw("${item}"),
        *(paths.metrics(stage, batch) for stage in per_batch),
        *(paths.metrics(stage) for stage in STAGES if stage not in (*per_batch, "demo")),
        *(paths.model(model.name) for model in catalogue.MODELS if model.may_be_best),
        *(paths.predictions(name) for name in with_stage),
        *(paths.protocols(model.name) for model in catalogue.MODELS if model.may_be_best),
        *(paths.plot(name) for name in ("importances", "predictions", "residuals")),
        *(paths.curves(name) for name in ("cnn", "image", "multimodal")),
        paths.DATASET, paths.TEST_LABELS, paths.DICTIONARIES, paths.EVALUATION_REPORT, paths.MODEL_CARD,
    }  # fmt: skip
    assert named == {path.as_posix() for path in expected}


def test_evaluate_reads_what_each_model_that_may_be_best_and_its_stage_tell() -> None:
    models = [model.name for model in catalogue.MODELS if model.may_be_best]
    assert {catalogue.stage_of(name) for name in models} <= set(STAGES)
    told = {path.as_posix() for name in models for path in (
        paths.predictions(name), paths.protocols(name), paths.metrics(catalogue.stage_of(name)),
    )}  # fmt: skip
    assert told <= set(body("evaluate")["deps"])


def test_only_evaluate_reads_test_labels() -> None:
    readers = {stage for stage in STAGES if paths.TEST_LABELS.as_posix() in body(stage)["deps"]}
    assert readers == {"evaluate"}


@pytest.mark.parametrize("stage", ["fetch", "filter_links", "text_features", "image_embeddings"])
def test_stages_before_dataset_see_no_label(stage: str) -> None:
    assert not [dep for dep in body(stage)["deps"] if str(dep).startswith((str(paths.LABELS), str(paths.VISITS)))]


def test_filter_links_imports_nothing_that_opens_a_socket(code: Code) -> None:
    used = code.graph.find_upstream_modules("stages.filter_links")
    assert used & code.graph.find_descendants("popularity.links") == {
        f"popularity.links.{name}"
        for name in (
            "check", "decoders", "folder", "formats", "gone", "kept", "photos", "placeholders", "recorded", "scans",
            "spellings", "telling",
        )
    }  # fmt: skip
    assert used & code.graph.find_descendants("popularity.web") == {"popularity.web.reasons"}


def test_the_lock_was_written_by_the_code_that_is_here() -> None:
    """Otherwise a fresh clone's `dvc repro` would change dvc.lock."""
    with Repo(str(ROOT)) as repo:
        deps = [dep for stage in repo.index.stages for dep in stage.deps]
        in_git = [dep for dep in deps if dep.def_path.startswith((*CODE, "expectations/"))]
        assert len(in_git) > 50
        stale = {dep.def_path for dep in in_git if dep.status()}
    assert not stale, "run `dvc repro` and commit dvc.lock"
