"""`popularity tune`: params under which a model errs less, looked for on training posts."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from popularity import paths
from popularity.commands.names import one_of

if TYPE_CHECKING:
    from popularity.tuning.search import Found


class Tunable(StrEnum):
    boosted = "boosted"
    rf = "rf"
    cnn = "cnn"


def tune(
    model: Annotated[
        Tunable, typer.Argument(help="The model whose params are looked for.", **one_of(Tunable))
    ] = Tunable.boosted,
    minutes: Annotated[float, typer.Option(min=0, help="Time for the search; its last trial may end it sooner.")] = 20,
    trials: Annotated[
        int | None, typer.Option(min=0, help="End after so many trials, if time is left.", show_default=False)
    ] = None,
) -> None:
    """Look for params under which a model errs less, and write them into params.yaml for you to review.

    Each trial (Optuna's TPE) is fitted and scored on training posts alone, by the protocol under which the best model
    is chosen, `protocols.best`; it is given up early where it errs more than half of the others did. The params that
    are there are the first trial. params.yaml changes only where another errs less beyond chance: the 95 % interval of
    the difference, over whole users and for all trials together, is below zero. Nothing is committed, and no stage is
    run. Ctrl-C ends the search and keeps what it found.

    **Examples**

    popularity tune

    popularity tune rf --minutes 5 --trials 30
    """
    from popularity.dataset.table import read_dataset
    from popularity.models.evidence import evidence_of
    from popularity.settings import load_settings
    from popularity.tuning.search import search
    from popularity.tuning.spaces import TUNED
    from popularity.tuning.winner import write_winner

    params, tuned = load_settings(), TUNED[model]
    dataset = read_dataset(paths.DATASET)
    found = search(tuned, params, dataset.of("all_posts"), evidence_of(dataset), minutes=minutes, trials=trials)
    typer.echo(_told(model, params.protocols.best, found))
    if not found.beyond_chance:
        why = "no other params err less beyond chance" if found.others else "no time was left to try others"
        typer.echo(f"{why}: {paths.PARAMS} stays as it is")
        return
    typer.echo(write_winner(paths.PARAMS, tuned, params, found.best.values))
    typer.echo(f"next: `git diff {paths.PARAMS}`, then `dvc repro`; `git checkout {paths.PARAMS}` takes it back")


def _told(model: str, protocol: str, found: "Found") -> str:
    lines = [
        f"{model}, protocol {protocol}, {len(found.now.errors):,} training posts, {found.seconds:,.0f} s: MAE "
        f"{found.now.mae:.4f} with the params that are there, {found.best.mae:.4f} with the best of these and "
        f"{found.others:,} others ({found.cut_short:,} given up early)",
        f"difference {found.best.mae - found.now.mae:+.4f} ({found.low:+.4f} to {found.high:+.4f}, 95 % over users)",
    ]
    return "\n".join(["stopped: what was found so far counts", *lines] if found.stopped else lines)
