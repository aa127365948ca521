"""What batches need of the store, and how a batch's temporary answers are asked for again."""

from popularity import paths
from popularity.dag.stages import StageError, run_stage
from popularity.errors import UserError
from popularity.posts import read_table
from popularity.settings import batch_settings, load_settings
from popularity.store.entries import Kind
from popularity.store.place import store_folder
from popularity.store.store import Writer

DAY_S = 86_400


def links_of(batch: str) -> set[str]:
    """The links of a batch's posts. Raises UserError where `ingest` has not run."""
    return set(read_table(paths.posts(batch), ["image_url"])["image_url"])


def needed_links() -> set[str]:
    """The links of all batches that params name. Raises UserError as `links_of`: what one needs is not known then."""
    return {link for batch in load_settings().batches for link in links_of(batch)}


def recent_temporary(now: float) -> list[str]:
    """The batches with temporary answers that were crawled less than `fetch.retry_days` before, in their order.

    now: Unix seconds. Where nobody says when a crawl was over, its latest post's date stands for that.
    """
    settings = load_settings()
    since = now - settings.fetch.retry_days * DAY_S
    return [
        batch
        for batch, of in settings.batches.items()
        if paths.answers(batch).exists()
        and (of.crawled or int(read_table(paths.posts(batch), ["postdate"])["postdate"].max())) >= since
        and not read_table(paths.answers(batch), ["final"])["final"].all()
    ]


def retry_links(batch: str) -> int:
    """Forget a batch's temporary answers and run its stage `fetch`, which asks for them again; returns how many.

    Killed in between, the next call asks for them. Raises UserError where there is no such batch, or the stage fails.
    """
    batch_settings(load_settings(), batch)
    links = links_of(batch)
    with Writer(store_folder()) as store:
        dropped = store.drop_temporary(Kind.PHOTO, links)
    try:
        run_stage(f"fetch@{batch}", force=True)
    except StageError as failure:
        raise UserError(f"fetch@{batch} failed, as it says above", next_step="mend it, then this again") from failure
    return dropped
