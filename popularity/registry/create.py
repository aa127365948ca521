"""Make a bundle of what the DAG wrote."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from popularity import catalogue, paths
from popularity.dag.stages import StageError, StageRefusedError, status
from popularity.dataset.table import Dataset, read_dataset
from popularity.dataset.whole import whole_batches
from popularity.embeddings import read_embeddings
from popularity.errors import UserError
from popularity.evaluation import best
from popularity.files import read_json, replacing, write_json
from popularity.models.evidence import Backbone, backbone_of, evidence_with_embeddings
from popularity.monitoring.make_reference import AtHorizon, write_reference
from popularity.monitoring.reference import Reference
from popularity.registry.bundle import FACTS, FEATURES, MODELS, SUITES, Bundle, Facts, digests, load_bundle
from popularity.registry.history import next_version, versions
from popularity.registry.predictor import Predictor
from popularity.settings import Settings

SCORING_PARAMS = ("fetch", "filter_links", "text_features", "image_embeddings")


def create_bundle(settings: Settings, *, force: bool = False) -> Bundle:
    """Bundle the DAG's outputs in the current project, or find the bundle that holds these very outputs already.

    settings: those of the project's params.yaml. force: whatever makes their figures doubtful, see `dataset.doubts`;
    without it the model of posts with a photo stays out where it is that one's figures alone.
    The champion stays what it is: see `history.promote`.
    Raises UserError, with nothing written, where outputs are missing, out of date or doubtful, no model was fitted, or
    the image model is a fine-tuned one.
    """
    refuse_finetuned(settings)
    _refuse_stale()
    if (told := doubts_of_figures()) and not force:
        raise UserError(
            "; ".join(told),
            next_step="add labelled posts and run `dvc repro`, or `popularity champion create --force`",
        )
    facts = _facts(settings, _serves(force=force))
    for version in versions():
        with suppress(UserError):  # one that cannot be opened holds other outputs
            there = load_bundle(version)
            if there.facts.content == facts.content and Reference.is_in(there.folder):
                return there  # an older one with the same models lacks what nights are compared with today
    with replacing(paths.champion(facts.version)) as temporary:
        temporary.mkdir()
        for place, source in _sources(facts.serves or {}).items():
            shutil.copytree(source, temporary / place)
        (temporary / SUITES).mkdir()
        shutil.copy(paths.suite("posts"), temporary / SUITES)
        write_reference(temporary, settings, _at_horizon(Bundle(temporary, facts), settings))
        whole = facts.model_copy(update={"files": digests(temporary)})
        write_json(temporary / FACTS, whole.model_dump(mode="json"))
    return load_bundle(facts.version)


def doubts_of_figures() -> list[str]:
    """What the dataset stage has said against all figures of the DAG's models, see `dataset.doubts`; mostly nothing."""
    told: list[str] = read_json(paths.metrics("dataset"))["doubts"]
    return told


def refuse_finetuned(settings: Settings) -> None:
    """Raises UserError unless the image model reads what a bundle has of a photo, which is its embedding."""
    if settings.train_image.mode == "finetune":
        raise UserError(
            "train_image.mode is finetune, and a bundle scores photos by embeddings, which that model does not read",
            next_step="set train_image.mode to head in params.yaml, run `dvc repro`, then this again",
        )


def _refuse_stale() -> None:
    """Raises UserError unless DVC finds every output as its stage wrote it, from what is there now.

    But for the stages of batches that the dataset stage has left out: nothing was made of theirs.
    """
    try:
        changes = status(["evaluate"], with_deps=True)
    except StageRefusedError:
        raise
    except StageError as error:
        raise UserError(f"DVC cannot tell: {error}", next_step="run `dvc repro` in the project's folder") from error
    left_out = read_json(paths.metrics("dataset"))["left_out"] if paths.metrics("dataset").exists() else []
    counted = {stage: found for stage, found in changes.items() if stage.partition("@")[2] not in left_out}
    stale = sorted(stage for stage, found in counted.items() if any(map(_counts, found)))
    if stale:
        raise UserError(f"missing or out of date: {', '.join(stale)}", next_step="run `dvc repro`, then this again")


def _counts(change: Any) -> bool:
    """Whether a change makes outputs stale; that the cache has no copy of them does not."""
    outs = change.get("changed outs") if isinstance(change, dict) else None
    return outs is None or any(state != "not in cache" for state in outs.values())


def _serves(*, force: bool) -> dict[str, str]:
    """Population -> its best model: without that of posts with a photo where those it was fitted on make it doubtful.

    A post with a photo is then scored as one without.
    """
    fitted = {one: model for one, model in best.best_models().items() if (paths.model(model) / one).is_dir()}
    if read_json(paths.metrics("dataset"))["doubts_with_photo"] and not force:
        fitted.pop("posts_with_photo", None)
    return fitted


def _facts(settings: Settings, serves: dict[str, str]) -> Facts:
    if "all_posts" not in serves:
        raise UserError(
            "the DAG fitted no model: too few training posts",
            next_step="add a batch with more labelled posts, then run `dvc repro`",
        )
    dataset = read_dataset(paths.DATASET)
    train = dataset.of("all_posts").train
    params = settings.model_dump(mode="json")
    scoring, backbone = {name: params[name] for name in SCORING_PARAMS}, _backbone(settings)
    horizon = _horizon(settings, dataset.usual_age_days, serves)
    return Facts(
        version=next_version(),
        content=_content(
            scoring | {"backbone": backbone.model_dump(), "horizon_days": horizon, "judges_labels": True}, serves
        ),
        features=settings.dataset.features,
        label_formula=settings.label.formula,
        label_of=settings.label.of,
        horizon_days=horizon,
        backbone=backbone,
        batches=tuple(sorted(set(dataset.frame.loc[train, "batch"]))),
        training_posts=int(train.sum()),
        params=params,
        metrics=read_json(paths.metrics("evaluate")),
        serves=serves,
    )


def _horizon(settings: Settings, usual: float, serves: Mapping[str, str]) -> float | None:
    """The age that params name, else the usual one; None where no label says its own, or no model reads it."""
    if isnan(usual) or not any(map(catalogue.reads_age, serves.values())):
        return None
    return settings.label.horizon_days or usual


def _at_horizon(bundle: Bundle, settings: Settings) -> AtHorizon | None:
    """What the bundle says of the test posts at its horizon; None where it asks of no age."""
    if bundle.facts.horizon_days is None:
        return None
    posts = read_dataset(paths.DATASET).frame
    asked = Dataset(posts[posts["split"] == "test"].assign(age_days=np.nan).reset_index(drop=True))
    evidence = evidence_with_embeddings(asked, whole_batches(settings.batches))
    with ExitStack() as opened:
        scores = Predictor(bundle, opened).score(replace(evidence, backbone=bundle.facts.backbone))
    return AtHorizon(bundle.facts.horizon_days, scores.set_index("pid")["prediction"])


def _sources(serves: Mapping[str, str]) -> dict[str, Path]:
    """Folder in the bundle -> folder that the DAG wrote. serves: population -> model."""
    models = {f"{MODELS}/{model}/{population}": paths.model(model) / population for population, model in serves.items()}
    return {FEATURES: paths.DICTIONARIES, **models}


def _backbone(settings: Settings) -> Backbone:
    """What made the embeddings of all batches. Raises UserError where it was not the same for each."""
    folders = [paths.embeddings(batch) for batch in whole_batches(settings.batches)]
    made = {backbone_of(folder) for folder in folders if len(read_embeddings(folder)[0])}
    if len(made) > 1:
        raise UserError(
            "batches hold embeddings by unlike weights or runtimes: " + "; ".join(sorted(map(str, made))),
            next_step="run `dvc repro --force --single-item image_embeddings`, then `dvc repro`",
        )
    return made.pop() if made else Backbone(name=settings.image_embeddings.backbone, weights_sha256=None, runtime=None)


def _content(params: dict[str, Any], serves: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(params | {"serves": serves}, sort_keys=True).encode())
    for place, source in _sources(serves).items():
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{_place(place, file, source)} {content}\n".encode())
    digest.update(paths.suite("posts").read_bytes())
    return digest.hexdigest()


def _place(folder: str, file: Path, source: Path) -> str:
    return f"{folder}/{file.relative_to(source).as_posix()}"
