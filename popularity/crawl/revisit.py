"""Posts that have reached an age are looked at again: views with their date, and what has gone meanwhile.

A run leaves one file for each batch, data/visits/<batch>/revisit-*.csv, which `ingest` reads as any labels that come
later. Who is gone stands in gone.json beside it, which it does not read.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from popularity import paths
from popularity.crawl.api import Flickr, hours_of
from popularity.crawl.batch import GONE_BECAUSE, READINGS, flickr_batches
from popularity.crawl.discover import Estimate, Outcome
from popularity.crawl.infos import INFO, Infos
from popularity.crawl.ledger import FORGOTTEN, Calls, Plan, plans, put_plan, unanswered
from popularity.errors import UserError
from popularity.files import read_json, replacing, write_json
from popularity.forgotten import Forgotten
from popularity.posts import DAY, read_table
from popularity.settings import Settings, batch_settings
from popularity.store.store import Store, Writer

GONE = "gone.json"
"""In data/visits/<batch>/: pid, reason, noticed (Unix seconds), and the last views that are known, with their date."""

OURS = "revisit-*.csv"
VERB = "revisit"


def revisit(settings: Settings, flickr: Flickr, store: Writer, batches: list[str] | None = None) -> list[Outcome]:
    """Look again at the posts of these batches that are due; None: of all `flickr_batches`.

    A post is due once it is as old as one of crawl.revisit_days, unless it has a label of that age or a later one. Of
    posts that were older than that when they were crawled, the crawl's reading becomes the label, and nobody is asked.
    Runs that were interrupted go on first. Raises UserError where a batch is not there or has not been read.
    """
    named = flickr_batches(settings) if batches is None else batches
    for batch in batches or ():
        batch_settings(settings, batch)
    done = [_finish(settings, flickr, store, plan) for plan in _interrupted(settings, store, named)]
    with_posts = [batch for batch in named if batches is not None or paths.posts(batch).exists()]
    if not with_posts:
        return done
    now = flickr.now()
    for batch in with_posts:
        if len(due := _due(settings, batch, now)):
            choices = {
                "endpoint": settings.crawl.flickr.endpoint,
                "batch": batch,
                "pids": due.index.tolist(),
                "read": _read_by_the_crawl(batch, due),
            }
            plan = Plan(f"{VERB}-{batch}-{_second(now)}", VERB, choices)
            put_plan(store, plan)
            done.append(_finish(settings, flickr, store, plan))
    return done


def estimate(settings: Settings, flickr: Flickr, store: Store, batches: list[str] | None = None) -> Estimate:
    """What `revisit` would cost. Flickr is asked for the time alone."""
    named = flickr_batches(settings) if batches is None else batches
    now = flickr.now()
    waiting = _interrupted(settings, store, named)
    calls, told = 1, []
    for plan in waiting:
        asked: list[dict[str, object]] = [{"photo_id": pid} for pid in {*plan.choices["pids"]} - _read(plan)]
        calls += unanswered(store, plan.name, INFO, asked)
    for batch in (batch for batch in named if paths.posts(batch).exists()):
        due = _due(settings, batch, now)
        looked_at = {pid for plan in waiting if plan.choices["batch"] == batch for pid in plan.choices["pids"]}
        calls += len({*due.index} - looked_at - {*_read_by_the_crawl(batch, due)})
        if len(due):
            told.append(f"{batch}: {len(due):,} posts are due")
    return Estimate(calls, calls, hours_of(calls, settings.crawl.flickr, settings.fetch), told)


def due_posts(settings: Settings, batch: str, now: int) -> list[int]:
    """Pids of a batch's posts that lack a label at a time. Raises UserError where the batch has not been read."""
    return [int(pid) for pid in _due(settings, batch, now).index]


def _due(settings: Settings, batch: str, now: int) -> "pd.Series[float]":
    """Since when (Unix seconds) each post that is due is; index pid, ascending."""
    table = read_table(paths.posts(batch), ["pid", "uid", "postdate"])
    gone = Forgotten.read().rows(table["pid"], table["uid"])
    posts = table[~gone].set_index("pid")["postdate"]
    ages = np.array(sorted(settings.crawl.revisit_days))
    reached = np.searchsorted(ages * DAY, now - posts.to_numpy(), side="right") - 1
    due_since = posts + np.where(reached >= 0, ages[reached.clip(0)] * DAY, np.inf)
    looked = _labels(batch)["seen"].groupby(level="pid").max().reindex(posts.index).fillna(-np.inf)
    left = (due_since <= now) & (looked < due_since) & ~posts.index.isin([one["pid"] for one in read_gone(batch)])
    return due_since[left].sort_index()


def _read_by_the_crawl(batch: str, due: "pd.Series[float]") -> list[int]:
    """The pids of posts so old that the crawl itself read their views after they were due."""
    seen = _readings(batch)["seen"].reindex(due.index)
    return [int(pid) for pid in due.index[seen >= due]]


def read_gone(batch: str) -> list[dict[str, object]]:
    """Posts of a batch that were found to be gone, as gone.json has them."""
    path = paths.visits(batch) / GONE
    return list(read_json(path)) if path.exists() else []


def _interrupted(settings: Settings, store: Store, batches: list[str]) -> list[Plan]:
    begun = plans(store, VERB, settings.crawl.flickr.endpoint)
    return [plan for plan in begun if not plan.is_done and plan.choices["batch"] in batches]


def _read(plan: Plan) -> frozenset[int]:
    """The pids of a run that are not asked for, as `_read_by_the_crawl`; runs of an earlier version have none."""
    return frozenset(plan.choices.get("read", []))


def _finish(settings: Settings, flickr: Flickr, store: Writer, plan: Plan) -> Outcome:
    """Ask for the posts of a run and write what came: first who is gone, then the views."""
    batch = plan.choices["batch"]
    calls = Calls(flickr, store, plan.name)
    asking = Infos(calls)
    views: list[tuple[int, int, int]] = []
    gone: dict[int, tuple[str, int]] = {}
    read = _readings(batch)
    read = read[read.index.isin(_read(plan))]
    for pid in tqdm(plan.choices["pids"], desc=f"revisit {batch}", unit="post"):
        if calls.forgotten.has_post(pid):
            continue
        if pid in read.index:
            views.append((pid, int(read["views"][pid]), int(read["seen"][pid])))
            continue
        reading = asking.of(pid)
        if reading is None or reading.code == FORGOTTEN:
            continue
        if reading.said is None:
            gone[pid] = GONE_BECAUSE[reading.code], reading.at
        else:
            views.append((pid, reading.said.photo.views, reading.at))
    if gone:
        _add_gone(batch, gone)
    path = None
    if views:
        path = paths.visits(batch) / f"{plan.name.replace(f'{VERB}-{batch}', VERB, 1)}.csv"
        with replacing(path) as temporary:
            table = pd.DataFrame(views, columns=["pid", "views", "seen"])
            table.to_csv(temporary, index=False, lineterminator="\n")
    put_plan(store, plan, is_done=True)
    told = [f"{len(gone):,} posts are gone, see {paths.visits(batch) / GONE}"] if gone else []
    return Outcome(batch, path, len(views), calls.made, calls.known, [*told, *asking.told()])


def _add_gone(batch: str, gone: dict[int, tuple[str, int]]) -> None:
    """Record posts that are gone, with what was last read of each; those on record stay as they are."""
    looks = _looks(batch).sort_values("seen", kind="stable").groupby(level="pid").last()
    there = {one["pid"]: one for one in read_gone(batch)}
    for pid, (reason, noticed) in gone.items():
        one: dict[str, object] = {"pid": pid, "reason": reason, "noticed": noticed}
        if pid in looks.index:
            one |= {str(column): int(value) for column, value in looks.loc[[pid]].iloc[0].items()}
        there.setdefault(pid, one)
    write_json(paths.visits(batch) / GONE, sorted(there.values(), key=lambda one: str(one["pid"]).zfill(20)))


def _looks(batch: str) -> pd.DataFrame:
    """Each dated reading of views that is known of a batch's posts: views, seen; index pid."""
    return pd.concat([_readings(batch), _labels(batch)])


def _labels(batch: str) -> pd.DataFrame:
    """Those that `ingest` reads."""
    parts = [_own(file) for file in sorted(paths.visits(batch).glob(OURS))]
    if paths.labels(batch).exists():
        parts.append(read_table(paths.labels(batch), ["pid", "views", "seen"]))
    return _joined(parts)


def _readings(batch: str) -> pd.DataFrame:
    """Those that its crawl left, which are no labels; each pid once."""
    path = paths.raw(batch) / READINGS
    readings = _joined([_own(path)] if path.is_file() else [])
    return readings[~readings.index.duplicated(keep="last")]


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    parts = [part.dropna() for part in parts] or [pd.DataFrame({"pid": [], "views": [], "seen": []})]
    return pd.concat(parts).astype({"pid": np.int64}).set_index("pid")


def _own(path: Path) -> pd.DataFrame:
    """A file of this project's, though anybody may have changed it since."""
    try:
        return pd.read_csv(path, dtype={"pid": np.int64, "views": np.float64, "seen": np.float64})[
            ["pid", "views", "seen"]
        ]
    except (ValueError, KeyError) as error:
        raise UserError(
            f"{path} is not as a crawl wrote it: {error}", next_step="give labels of your own another name"
        ) from error


def _second(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%dt%H%M%Sz}"
