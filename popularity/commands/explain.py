"""`popularity explain`: why the champion predicts what it does of a post."""

from math import isnan
from typing import TYPE_CHECKING, Annotated

import typer

from popularity import paths
from popularity.commands.names import batch_names
from popularity.errors import UserError
from popularity.printing import say

if TYPE_CHECKING:
    from popularity.settings import Settings


def explain(
    pid: Annotated[int, typer.Argument(help="The post.", show_default=False)],
    batch: Annotated[
        str | None,
        typer.Option(
            help="The batch that holds it; looked for unless named.", show_default=False, autocompletion=batch_names
        ),
    ] = None,
) -> None:
    """Say why the champion predicts what it does of a post of a batch whose stages have run.

    Each reason is a factor of the post's count + 1 (Shapley values of the model that scores it, over the posts that it
    learned from, or of other models than boosted trees over 50 of them): together they lead from what is predicted of
    these in the mean to what is predicted of this post.

    **Examples**

    popularity explain 200059

    popularity explain 200059 --batch demo
    """
    import numpy as np

    from popularity.commands.tables import print_table
    from popularity.registry.evidence import as_on_record
    from popularity.registry.explained import AVERAGE, factors, in_words
    from popularity.registry.history import champion_of
    from popularity.registry.own_posts import OwnPosts
    from popularity.registry.predictor import open_predictor
    from popularity.settings import batch_settings, load_settings
    from popularity.sources.labels import count_from_label

    settings = load_settings()
    named = batch or _batch_of(pid, settings)
    batch_settings(settings, named)
    bundle = champion_of(settings.label)
    with open_predictor(bundle.folder) as predictor:
        evidence = as_on_record(named, predictor.profile)
        found = (evidence.posts["pid"] == pid).to_numpy(bool)
        if not found.any():
            raise UserError(f"{named} has no post {pid} that is scored", next_step="name its batch with --batch")
        evidence = evidence.of(found)
        (score,) = predictor.score(evidence).to_dict("records")
        reasons = predictor.reasons(evidence)
    (post,) = evidence.asked_at(bundle.facts.horizon_days).posts.to_dict("records")
    of = bundle.facts.label_of or "views"
    sure = "" if isnan(score["low"]) else f" ({score['count_low']:,.0f} to {score['count_high']:,.0f})"
    by = f"{score['model']} of {bundle.version}"
    say(f"post {pid} by user {post['uid']}: {score['count']:,.0f} {of} predicted{sure}, {by}")
    own = OwnPosts.read()
    if known := own.count(uid := int(post["uid"])):
        (share,) = own.share_below(np.array([uid]), np.array([score["prediction"]]))
        say(f"more than {share:.0%} of this user's {known:,} posts that were learned from")
    average = count_from_label(bundle.facts.label_formula, reasons[[AVERAGE]].to_numpy()[0])[0]
    rows = [
        [in_words(str(name), post), f"x {factor:.2f}"]
        for name, factor in factors(reasons.drop(columns=AVERAGE).iloc[0]).items()
    ]
    print_table(f"from {average:,.0f}, what is predicted in the mean", ["reason", "factor"], rows, left=1)


def _batch_of(pid: int, settings: "Settings") -> str:
    """The first batch with that post. Raises UserError where none has it."""
    from popularity.posts import read_table

    for batch in settings.batches:
        if paths.posts(batch).exists() and (read_table(paths.posts(batch), ["pid"])["pid"] == pid).any():
            return batch
    raise UserError(f"no batch has a post {pid}", next_step="popularity batches list")
