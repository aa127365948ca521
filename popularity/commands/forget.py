"""`popularity forget`: what is kept of a person's posts goes, on that person's request."""

from typing import TYPE_CHECKING, Annotated

import typer

from popularity.errors import UserError
from popularity.printing import say

if TYPE_CHECKING:
    from popularity.forgetting.forget import Plan


def forget(
    user: Annotated[
        list[str] | None,
        typer.Option(
            help="A user, by the uid of posts, in digits or as the site writes it; may be repeated.", show_default=False
        ),
    ] = None,
    pid: Annotated[
        list[str] | None, typer.Option(help="One post, in the same way; may be repeated.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Forget a user, or single posts, on a person's request: crawls, photos, tables, models' memory, records and pages.

    First data/forgotten.csv names them, as hashes, so that they are dropped when they come again. Lists what goes and
    asks; what only the next training removes, and where copies are left, is printed at the end. When it was killed, the
    same again finishes.

    **Examples**

    popularity forget --user 4711 --dry-run

    popularity forget --user 4711

    popularity forget --user 12345@N00

    popularity forget --pid 30001 --pid 30002 --yes
    """
    from functools import partial

    from popularity.dag.stages import refuse_without_git
    from popularity.dag.writer import one_writer
    from popularity.forgetting import remains
    from popularity.forgetting.forget import carry_out
    from popularity.forgetting.forget import plan as make_plan
    from popularity.settings import load_settings
    from popularity.sources.left_out import number_of

    if not user and not pid:
        raise UserError("nobody is named", next_step="popularity forget --user UID, or --pid PID")
    users, posts = ([number_of(one) for one in some or ()] for some in (user, pid))
    if -1 in (*users, *posts):
        raise UserError("an id is empty", next_step="popularity forget --user UID, or --pid PID")
    refuse_without_git()
    settings = load_settings()
    with one_writer():  # a flow that is at work writes what is to go
        if dry_run:
            _show(make_plan(users, posts, settings))
            return
        carry_out(users, posts, settings, agree=partial(_ask, yes=yes))
        left = [*make_plan(users, posts, settings).lines]
    _tell("left", left)
    _tell("only the next training removes", remains.training())
    _tell("copies are deleted by", list(remains.copies()))
    _tell("note", remains.NOTES)


def _ask(plan: "Plan", *, yes: bool) -> None:
    _show(plan)
    if not yes:
        typer.confirm("This cannot be undone. Forget them?", abort=True)


def _show(plan: "Plan") -> None:
    say(f"{plan.posts:,} posts")
    for line in plan.lines:
        say(line)
    if not plan.lines:
        say("nothing here holds them; what comes of them later will be dropped")


def _tell(what: str, lines: "list[str] | tuple[str, ...]") -> None:
    if lines:
        say("\n  ".join([f"{what}:", *lines]))
