"""`popularity predict`: scores by the champion."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from popularity import paths
from popularity.commands.names import batch_names
from popularity.errors import UserError
from popularity.files import temporary_files_in
from popularity.printing import decimal, listed, say

if TYPE_CHECKING:
    import pandas as pd

    from popularity.dataset.missing import Lacking
    from popularity.dataset.strange import Strange
    from popularity.models.evidence import Evidence
    from popularity.monitoring.drift import Drift
    from popularity.registry.bundle import Bundle
    from popularity.registry.evidence import FreshEvidence
    from popularity.registry.predictor import Predictor

SHOWN = 5
"""Rows set aside that are printed; the file lists all."""


def predict(
    batch: Annotated[
        str | None,
        typer.Option(help="A batch whose stages have run.", show_default=False, autocompletion=batch_names),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A CSV file of posts in the paper's layout; no labels.", show_default=False)
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(help="With --data: the folder that image_url is relative to; links are followed as well.",
                     show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write: .parquet or .csv. For a batch monitoring/scores/NAME.parquet unless named.",
                     show_default=False),
    ] = None,
    reasons: Annotated[
        bool,
        typer.Option(
            "--reasons",
            help="Add why, in factors of each post's count, and how many of the user's own posts it is above.",
        ),
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Score also where most posts lack a feature that the models lean on.")
    ] = False,
) -> None:  # fmt: skip
    """Predict how popular posts will be, with the champion, a bundle that needs nothing beside it.

    Writes a row for each post: pid, prediction (in the label's unit), model (the bundle's for posts with a photo where
    there is one, else that for all posts) and version. Without --photos no photo is looked for. With --data, rows with
    errors are listed in OUT-rejected.csv beside the predictions, the rules of ingest are run (more rows with errors
    than ingest.max_rejected_share are refused), and columns unlike what the champion knows are told. A project's labels
    must be in the champion's unit, which is told on stderr.

    --reasons adds the columns reasons, see `popularity explain`, and above_own: the share of the user's own posts, of
    those that this project learned from, whose labels are below the prediction. Boosted trees tell reasons at once;
    other models try each post in thousands of mixtures with others, which takes part of a second.

    **Examples**

    popularity predict --batch demo

    popularity predict --data posts.csv --photos crawl/ --out predictions.parquet

    popularity predict --data posts.csv --out predictions.csv --reasons

    popularity predict --data no-avgview.csv --out predictions.csv --anyway
    """
    import numpy as np

    from popularity.registry.door import unlike
    from popularity.registry.evidence import SetAside, as_on_record, of_file
    from popularity.registry.history import champion, champion_of
    from popularity.registry.own_posts import OwnPosts
    from popularity.registry.predictor import open_predictor
    from popularity.registry.scoring import refuse_other_endings, write_scores
    from popularity.settings import batch_settings, load_settings

    _refuse_mixture(batch, data, photos, out)
    target = out or paths.scores(str(batch))
    refuse_other_endings(target)
    project = load_settings() if data is None or paths.PARAMS.exists() else None  # a file needs none
    bundle = champion_of(project.label) if project else champion()
    _tell_of_a_newer(bundle)
    if data is None and project:
        batch_settings(project, str(batch))
        _refuse_to_rewrite_a_night(str(batch), bundle, out)
    with temporary_files_in(_scratch(target)) as scratch, open_predictor(bundle.folder) as predictor:
        if data is not None:
            limit = (project or bundle).ingest.max_rejected_share
            fresh = of_file(data, photos, predictor, scratch, SetAside(_rejected(target), limit))
            _tell_what_was_left_out(fresh, target)
            evidence = fresh.evidence
        else:
            evidence = as_on_record(str(batch), predictor.profile)
        _refuse_what_is_lacking(predictor.lacking(evidence), anyway=anyway)
        _tell_what_is_not_read(evidence, predictor.strange(evidence))
        scores = predictor.score(evidence)
        if reasons:
            scores["reasons"] = _reasons(predictor, evidence)
            uid, prediction = evidence.posts["uid"].to_numpy(np.int64), scores["prediction"].to_numpy(np.float64)
            scores["above_own"] = OwnPosts.read().share_below(uid, prediction)
    write_scores(target, scores)
    _tell_what_came_out(scores["model"], bundle, target)
    if data is not None:
        _tell_what_is_unlike(unlike(evidence, scores, bundle, photos=photos is not None), bundle)


def _tell_of_a_newer(bundle: "Bundle") -> None:
    from popularity.registry.history import newer_version

    if newer := newer_version():
        say(
            f"warning: {newer} is newer than {bundle.version}, which is the champion and scores these posts; "
            f"`popularity champion diff` compares them, `popularity champion promote {newer}` swaps them",
            err=True,
        )


def _reasons(predictor: "Predictor", evidence: "Evidence") -> list[str]:
    from popularity.registry.explained import AVERAGE, told

    worth = predictor.reasons(evidence).drop(columns=AVERAGE)
    posts = evidence.asked_at(predictor.bundle.facts.horizon_days).posts.to_dict("records")
    return [told(row[row != 0], post) for (_, row), post in zip(worth.iterrows(), posts, strict=True)]


def _refuse_mixture(batch: str | None, data: Path | None, photos: Path | None, out: Path | None) -> None:
    if (batch is None) == (data is None):
        raise UserError("one of --batch and --data is needed", next_step="popularity predict --help")
    if data is None and photos is not None:
        raise UserError("--photos goes with --data; a batch has its photos", next_step="leave out --photos")
    if data is not None and out is None:
        raise UserError("no file to write to", next_step="add --out predictions.parquet, or .csv")
    if data is not None and out is not None and data.resolve() in (out.resolve(), _rejected(out).resolve()):
        raise UserError(f"{data} would be written over", next_step="name another file with --out")


def _refuse_to_rewrite_a_night(batch: str, bundle: "Bundle", out: Path | None) -> None:
    """What a night's performance is measured by are the scores given at the time."""
    from popularity.monitoring.history import read_night

    if out is not None or not paths.night_record(batch).exists():
        return
    version = read_night(batch).version
    if version != bundle.version:
        raise UserError(
            f"{paths.scores(batch)} holds what {version} said of {batch} on its night",
            next_step=f"--out {batch}-{bundle.version}.parquet",
        )


def _scratch(target: Path) -> Path:
    """Where scratch lies: in the project, or where there is none beside what is written."""
    return paths.WORK if paths.PARAMS.exists() and os.access(".", os.W_OK) else target.parent


def _rejected(target: Path) -> Path:
    """Where rows set aside are listed."""
    return target.with_name(f"{target.stem}-rejected.csv")


def _tell_what_was_left_out(fresh: "FreshEvidence", target: Path) -> None:
    """On stderr: columns not read or not there, rows set aside (listed in a file), posts without a photo."""
    if fresh.ignored:
        say(f"note: columns not read: {listed(fresh.ignored)}", err=True)
    if fresh.lacking:
        say(f"note: columns not there: {fresh.lacking}", err=True)
    if len(fresh.rejected):
        say(f"{len(fresh.rejected)} rows have errors and no prediction, see {_rejected(target)}:", err=True)
        for row in fresh.rejected.head(SHOWN).to_dict("records"):
            say(
                f"  {row['file']}, row {row['row']}, column {row['column'] or '-'}, pid {row['pid'] or '-'}: "
                f"{row['reason']} ({row['value']!r})",
                err=True,
            )
    if fresh.forgotten:
        say(f"{fresh.forgotten:,} posts of people who asked to be forgotten are not scored", err=True)
    for reason, posts in fresh.without_photo.items():
        say(f"{posts:,} posts without a photo: {reason}", err=True)
    for line in fresh.told:
        say(line, err=True)


def _refuse_what_is_lacking(features: "list[Lacking]", *, anyway: bool) -> None:
    """Raises UserError where the models would lean on what is not there, or only says so."""
    if not features:
        return
    told = "; ".join(map(str, features))
    if anyway:
        say(f"warning: {told}", err=True)
        return
    raise UserError(
        told,
        next_step="fill it in where it was known when the posts went out (a batch that was read so says --as-of-post), "
        "or add --anyway: the models then take what is usual in its place",
    )


def _tell_what_is_not_read(evidence: "Evidence", unread: "list[Strange]") -> None:
    """On stderr: words that no dictionary holds, and descriptions whose sentiment is neutral for their language."""
    from popularity.text.language import OTHER, UNKNOWN

    for one in unread:
        typer.echo(f"warning: {one}", err=True)
    if unread:
        typer.echo("  next: see that the words are split, and in the language of the training posts", err=True)
    if "language" in evidence.posts.columns:  # of a file; a batch's are counted by its stage
        other, unknown = ((evidence.posts["language"] == name).sum() for name in (OTHER, UNKNOWN))
        if other or unknown:
            typer.echo(
                f"note: descriptions not English: {other:,}, too short to tell and no longer one there: {unknown:,}; "
                "their sentiment is 2, neutral",
                err=True,
            )


def _tell_what_is_unlike(drifted: "list[Drift]", bundle: "Bundle") -> None:
    """On stderr: columns that lie further from what the champion knows than chance lets them."""
    for one in drifted:
        say(
            f"warning: {one.column} is unlike the posts that {bundle.version} was fitted on: mean {one.current:.3g}, "
            f"there {one.reference:.3g} ({one.method} {decimal(one.value)}, limit {decimal(one.threshold)})",
            err=True,
        )
    if drifted:
        say("  next: see that each column holds what its name says, in the unit of the training data", err=True)


def _tell_what_came_out(models: "pd.Series", bundle: "Bundle", target: Path) -> None:
    if "posts_with_photo" not in bundle.serves:
        model = bundle.serves["all_posts"]
        say(f"{bundle.version} has no model of posts with a photo (too few had one): {model} scores every post")
    counts = ", ".join(f"{n:,} by {model}" for model, n in models.value_counts().sort_index().items())
    days = bundle.facts.horizon_days
    after = "" if days is None else f", {days:,.3g} days after posting"
    say(f"note: predictions are {bundle.unit}{after}", err=True)
    say(f"{len(models):,} posts scored by {bundle.version} ({counts}): {target}")
