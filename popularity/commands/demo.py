"""`popularity demo`: later nights of the demo world, as its crawler would bring them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from popularity.commands.names import one_of
from popularity.demo.events import Event
from popularity.errors import UserError

if TYPE_CHECKING:
    from popularity.demo.night import Night

demo = typer.Typer(no_args_is_help=True, help="Later nights of the demo world, and the labels that come after them.")

NightNumber = Annotated[int, typer.Option("--night", min=1, help="Which night; the first is 1.")]
WhatHappens = Annotated[
    Event | None,
    typer.Option(help="What happens in that night; nothing unless named.", show_default=False, **one_of(Event)),
]


@demo.command()
def night(
    night: NightNumber,
    out: Annotated[Path, typer.Option(help="The folder to write; there must be none yet.")],
    event: WhatHappens = None,
) -> None:
    """Write the crawl of a night: posts.csv, images/, and a file COMPLETE, which comes last.

    The posts have no labels yet. The same night gives the same bytes.

    **Examples**

    popularity demo night --night 1 --out data/inbox/night-1

    popularity demo night --night 2 --event tag_fashion --out data/inbox/night-2
    """
    from popularity.demo.night import write_night

    if out.exists():
        raise UserError(f"{out} is there already", next_step="name another folder, or delete this one")
    write_night(out, _drawn(night, event))
    typer.echo(f"wrote {out}")


@demo.command()
def labels(
    night: NightNumber,
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    event: WhatHappens = None,
) -> None:
    """Write the views that a second look at a night's posts finds: pid, views and the second they were read.

    They are read label.min_age_days after posting, as those of the demo's own posts were.

    **Example**

    popularity demo labels --night 1 --out data/visits/night-1/labels.csv
    """
    from popularity.demo.night import labels_seen_later, write_labels
    from popularity.settings import load_settings

    write_labels(out, labels_seen_later(_drawn(night, event), load_settings().label.min_age_days))
    typer.echo(f"wrote {out}")


def _drawn(night: int, event: Event | None) -> "Night":
    from popularity.demo.night import draw_night
    from popularity.demo.posts import draw_posts
    from popularity.demo.world import build_world
    from popularity.settings import load_settings

    settings = load_settings()
    world = build_world(settings.demo, settings.base.seed)
    return draw_night(world, draw_posts(world, settings.demo), settings.demo, night, event)
