"""`popularity champion`: bundles of the DAG's models, and which of them is the champion."""

from typing import TYPE_CHECKING, Annotated

import typer

from popularity.commands.names import champion_versions
from popularity.commands.tables import figure, print_scores, print_table
from popularity.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from popularity.registry.bundle import Bundle

champion = typer.Typer(no_args_is_help=True, help="The models that score new posts, each in a bundle of its own.")

Version = Annotated[str, typer.Argument(help="A version that `list` shows.", autocompletion=champion_versions)]

SHOWN_POPULATIONS = {"posts_with_photo": "with photo", "all_posts": "all posts"}
SHOWN_PARTS = (("val.", "validation"), ("test", "test"))


@champion.command()
def create(
    force: Annotated[bool, typer.Option("--force", help="Even if too few posts make it doubtful.")] = False,
) -> None:
    """Bundle the models that the DAG has fitted, in models/champions/VERSION.

    The first bundle becomes the champion. A later one stands beside it until `promote` or the flow `retrain`
    makes it the champion.

    **Example**

    popularity champion create
    """
    from popularity.dag.writer import one_writer
    from popularity.overviews import write_overviews
    from popularity.registry.create import create_bundle
    from popularity.registry.history import current_version, promote
    from popularity.settings import load_settings

    before = current_version()
    with one_writer():  # a flow that is at work changes what is bundled
        bundle = create_bundle(load_settings(), force=force)
    if bundle.version == before:
        raise UserError(
            f"the champion {before} holds these very models",
            next_step="run `dvc repro` after a change, then this again",
        )
    if "posts_with_photo" not in bundle.serves:
        typer.echo(f"too few posts with a photo to fit a model of them: {bundle.serves['all_posts']} scores every post")
    if before is None:
        promote(bundle.version)
        typer.echo(f"{bundle.version} is the champion, and scores from now on: {bundle.folder}")
    else:
        typer.echo(f"{bundle.version} is made, and {before} is still the champion: {bundle.folder}")
        typer.echo(
            f"`popularity champion diff` compares them, `popularity champion promote {bundle.version}` swaps them"
        )
    write_overviews()


@champion.command("list")
def list_() -> None:
    """Show every bundle: which one is the champion (*), what it was fitted on, and its mean absolute errors.

    Of the model that scores posts with a photo, and of the one of all posts, each on such posts; val.: on training
    posts, out-of-fold.

    **Example**

    popularity champion list
    """
    from popularity.registry.bundle import load_bundle
    from popularity.registry.history import current_version, versions

    current = current_version()
    rows = []
    for version in versions():
        bundle = load_bundle(version)
        facts = bundle.facts
        scores = [facts.metrics.get(one, {}).get(bundle.serves.get(one), {}) for one in SHOWN_POPULATIONS]
        maes = [mae for parts in scores for mae in _errors(parts)]
        rows.append(["*" if version == current else "", version, " ".join(facts.batches), *maes])
    if not rows:
        typer.echo("no bundle yet: run `dvc repro`, then `popularity champion create`")
        return
    figures = [f"{name} {part} mae" for name in SHOWN_POPULATIONS.values() for part, _ in SHOWN_PARTS]
    print_table("", ["", "version", "fitted on", *figures], rows, left=3)
    typer.echo("* the champion")


@champion.command()
def show(
    version: Annotated[
        str | None,
        typer.Argument(help="The champion unless named.", show_default=False, autocompletion=champion_versions),
    ] = None,
) -> None:
    """Show what a bundle is and its scores when it was made.

    **Examples**

    popularity champion show

    popularity champion show v0001
    """
    from popularity.registry.history import bundle_of
    from popularity.registry.history import champion as current_bundle

    bundle = bundle_of(version) if version else current_bundle()
    facts = bundle.facts
    lines = {
        "version": bundle.version,
        "folder": bundle.folder.as_posix(),
        "fitted on": f"{facts.training_posts:,} posts of {', '.join(facts.batches)}",
        "scored by": "; ".join(f"{one.replace('_', ' ')}: {model}" for one, model in bundle.serves.items()),
        "label": f"{facts.label_formula} of {facts.label_of or 'what is not told'}",
        "features": " ".join(facts.features),
        "backbone": f"{facts.backbone.name}, weights {facts.backbone.weights_sha256 or 'never needed'}, "
        f"on {facts.backbone.runtime}",
        "content": facts.content,
    }
    for name, value in lines.items():
        typer.echo(f"{name:10} {value}")
    print_scores(facts.metrics)


@champion.command()
def diff() -> None:
    """Hold the best models that the DAG has fitted against the champion.

    The table has the figures of each when it was made, on rows of its own. The difference below it is on the same
    test posts, which neither learned from, with its 95 % interval over whole users.

    **Example**

    popularity champion diff
    """
    from popularity import paths
    from popularity.evaluation.best import best_models
    from popularity.files import read_json
    from popularity.registry.compare import compare_with_dag
    from popularity.registry.history import champion as current_bundle
    from popularity.settings import load_settings

    settings, bundle = load_settings(), current_bundle()
    sides = {
        bundle.version: (bundle.serves, bundle.facts.metrics),
        "the DAG": (best_models(), read_json(paths.metrics("evaluate"))),
    }
    rows = [
        [shown, name, serves[one], *_errors(metrics.get(one, {}).get(serves[one], {}))]
        for one, shown in SHOWN_POPULATIONS.items()
        for name, (serves, metrics) in sides.items()
        if one in serves
    ]
    print_table("", ["posts", "", "model", *(f"{part} mae" for part, _ in SHOWN_PARTS)], rows, left=3)
    found = compare_with_dag(bundle, settings.base.seed, now=settings.dataset.split)
    said = (
        "the DAG's models err less" if found.high < 0 else "the champion errs less" if found.low > 0 else "no different"
    )
    typer.echo(
        f"{said}: MAE {figure(found.candidate_mae)} against the champion's {figure(found.champion_mae)}, difference "
        f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f}), {found.posts:,} test posts of "
        f"{found.users:,} users" + (f". {found.not_compared}" if found.not_compared else "")
    )


@champion.command()
def promote(version: Version) -> None:
    """Make another bundle the champion; the one that was stays in the list.

    **Example**

    popularity champion promote v0002
    """
    from popularity.registry.history import appoint

    _swap(version, appoint)


@champion.command()
def rollback(version: Version) -> None:
    """Go back to another bundle: the flow `retrain` promotes the one that was no more, unless a night calls for it.

    **Example**

    popularity champion rollback v0001
    """
    from popularity.registry.history import rollback as go_back

    _swap(version, go_back)


def _swap(version: str, make_champion: "Callable[[str], Bundle]") -> None:
    from popularity.overviews import write_overviews
    from popularity.registry.history import current_version

    before = current_version()
    make_champion(version)
    write_overviews()
    typer.echo(f"{version} is the champion; before it was {before or 'none'}")


def _errors(parts: dict[str, dict[str, float | None]]) -> list[str]:
    """A model's mean absolute errors, in the order of SHOWN_PARTS."""
    return [figure(parts.get(part, {}).get("mae")) for _, part in SHOWN_PARTS]
