"""A table of posts that lacks their words or photos, filled in from Flickr post by post, as SMP-T1 was.

What the table says is kept; what it does not is asked for. A post that is gone keeps its row, as far as it goes.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from popularity.crawl.answers import Info, SizesOf
from popularity.crawl.api import Flickr, StrangeError, hours_of
from popularity.crawl.batch import COLUMNS, GONE_BECAUSE, refuse_taken, write_batch
from popularity.crawl.discover import Estimate, Outcome
from popularity.crawl.infos import INFO, Infos
from popularity.crawl.ledger import FORGOTTEN, Calls, Plan, plans, put_plan, unanswered
from popularity.errors import UserError
from popularity.files import sha256_of
from popularity.forgotten import REASON, Forgotten
from popularity.printing import listed
from popularity.settings import Settings
from popularity.sources.ids import stable_id
from popularity.sources.left_out import number_of
from popularity.sources.rows import join_rejected
from popularity.sources.tables import Table
from popularity.store.entries import Kind
from popularity.store.store import Store, Writer

SIZES = "flickr.photos.getSizes"
VERB = "complete"

WORDS = ("alltags", "title", "description")
"""Columns that are asked for where the table lacks them: an empty cell may be what somebody wrote."""

NEEDED = ("uid", "postdate", "image_url")
"""Cells that are asked for where they are empty."""

LEAST_SIDE, BEST_SIDE = 320, 500
"""Pixels on the longer side: what is stored of a photo, and which of its sizes is taken, the nearest."""


def complete(settings: Settings, flickr: Flickr, store: Writer, table: Path, *, name: str | None = None) -> Outcome:
    """Fill a table in and write it as a batch into the inbox, with the posts that are gone in a file of their own.

    table: CSV with pid, and any columns of a crawl. name: of the batch; None: after the table.
    Raises UserError where the table cannot be read, a row of it has an error, it has changed since a crawl that goes on
    began, or the name is taken.
    """
    every = _read(table)
    plan = _begin(settings, store, name or name_of(table), table)
    calls = Calls(flickr, store, plan.name)
    posts = _without(every, calls.forgotten)
    theirs: set[int] = set()
    asked = set(_lacking(posts))
    asking = Infos(calls)
    infos: dict[int, Info] = {}
    links: dict[int, str] = {}
    gone: list[tuple[int, str]] = []
    seen: list[tuple[int, int, int]] = []
    for pid in tqdm(sorted(asked), desc="complete", unit="post"):
        reading = asking.of(pid)
        if reading is None:
            continue
        if reading.code == FORGOTTEN:
            theirs.add(pid)
            continue
        if reading.said is None:
            gone.append((pid, GONE_BECAUSE[reading.code]))
            continue
        infos[pid] = info = reading.said.photo
        seen.append((pid, info.views, reading.at))
        links[pid] = _link(info, settings) or _of_sizes(calls, pid)
    filled = _filled(posts[~posts["pid"].isin(theirs)], infos, links)
    kept = filled[(filled["uid"] != "") & (filled["postdate"] != "")]
    told = [*([f"{len(gone):,} posts are gone"] if gone else []), *asking.told()]
    if left_out := len(every) - len(filled):
        told.append(f"{left_out:,} posts are left out: {REASON}")
    if lost := len(filled) - len(kept):
        told.append(f"{lost:,} posts have no row: the table says neither whose they are nor of when")
    if kept.empty:
        put_plan(store, plan, is_done=True)
        return Outcome(plan.name, None, 0, calls.made, calls.known, told)
    folder = write_batch(
        plan.name,
        kept,
        readings=pd.DataFrame(seen, columns=["pid", "views", "seen"]),
        gone=pd.DataFrame(gone, columns=["pid", "reason"]),
        about={"verb": VERB, **plan.choices, "told": told},
        read="at_crawl",
        over_at=calls.last_at,
    )
    put_plan(store, plan, is_done=True)
    return Outcome(plan.name, folder, len(kept), calls.made, calls.known, told)


def estimate(settings: Settings, store: Store, table: Path, *, name: str | None = None) -> Estimate:
    """What `complete` would cost; nobody is asked. Raises UserError where the table cannot be read."""
    posts = _without(_read(table), Forgotten.read())
    every: list[dict[str, object]] = [{"photo_id": pid} for pid in _lacking(posts)]
    left = unanswered(store, name or name_of(table), INFO, every)
    told = [f"{len(every):,} of {len(posts):,} posts lack something, {left:,} have not been asked for"]
    return Estimate(left, 2 * left, hours_of(2 * left, settings.crawl.flickr, settings.fetch), told)


def name_of(table: Path) -> str:
    """What the batch of a table is called: lower-case letters, digits and - of the file's name."""
    return re.sub(r"[^a-z0-9]+", "-", table.stem.lower()).strip("-")[:100] or "completed"


def _begin(settings: Settings, store: Writer, name: str, table: Path) -> Plan:
    """The crawl of that name, which may have been interrupted, or a new one."""
    endpoint = settings.crawl.flickr.endpoint
    there = {plan.name: plan for plan in plans(store, VERB, endpoint)}
    choices = {"endpoint": endpoint, "table": table.name, "sha256": sha256_of(table)}
    plan = there.get(name, Plan(name, VERB, choices))
    if plan.is_done or (name not in there and name in store.keys(Kind.CRAWL)):
        raise UserError(f"a crawl had the name {name} already", next_step="give another one: --name NAME")
    if plan.choices["sha256"] != choices["sha256"]:
        raise UserError(
            f"{table} is not as it was when the crawl {name} began",
            next_step="bring it back as it was, or give the crawl another name: --name NAME",
        )
    refuse_taken(name)
    put_plan(store, plan)
    return plan


def _read(path: Path) -> pd.DataFrame:
    """The table as text, but pid int64."""
    table = Table(path, ("pid",), [column for column in COLUMNS if column != "pid"])
    table.require_ids("pid")
    table.reject(table.frame["pid"].duplicated().to_numpy(bool), "pid", "duplicate pid")
    if len(wrong := join_rejected(table.rejected)):
        first = wrong.iloc[0]
        raise UserError(
            f"{path}, row {first['row']}, column {first['column']}: {first['reason']} ({first['value']!r}); "
            f"{len(wrong)} rows have errors",
            next_step="mend or delete these rows, for nobody can be asked for them",
        )
    if table.ignored:
        print(f"note: {path.name}: columns not read: {listed(table.ignored)}")
    return table.frame.reset_index(drop=True)


def _without(posts: pd.DataFrame, forgotten: Forgotten) -> pd.DataFrame:
    """The table without posts of people who asked to be forgotten, as far as it says whose they are."""
    uids = posts["uid"] if "uid" in posts else [""] * len(posts)
    gone = forgotten.rows(posts["pid"], [number_of(uid) for uid in uids])
    return posts[~gone].reset_index(drop=True)


def _lacking(posts: pd.DataFrame) -> list[int]:
    """Pids of the posts that something is to be asked of."""
    if not {*WORDS, *NEEDED} <= set(posts.columns):
        return [int(pid) for pid in posts["pid"]]
    empty = (posts[list(NEEDED)].map(str.strip) == "").any(axis=1)
    return [int(pid) for pid in posts.loc[empty, "pid"]]


def _link(info: Info, settings: Settings) -> str:
    """To the photo of 500 px, as https://www.flickr.com/services/api/misc.urls.html makes it; "" where that fails."""
    if not (re.fullmatch(r"[0-9]+", info.server) and re.fullmatch(r"[0-9a-z]+", info.secret)):
        return ""
    return f"{settings.crawl.flickr.photos}/{info.server}/{info.id}_{info.secret}.jpg"


def _of_sizes(calls: Calls, pid: int) -> str:
    """The link to the size nearest to BEST_SIDE, of those that lose nothing; "" where Flickr names none."""
    try:
        said = calls.call(SIZES, SizesOf, photo_id=pid).said
    except StrangeError:
        return ""
    sizes = [(max(size.width, size.height), size.source) for size in said.sizes.size] if said else []
    order = sorted(sizes, key=lambda size: (size[0] < LEAST_SIDE, abs(size[0] - BEST_SIDE)))
    return order[0][1] if order else ""


@dataclass(frozen=True)
class _Cells:
    """What a post's answer says of each column, as text."""

    info: Info
    link: str

    def of(self, column: str) -> str:
        info = self.info
        match column:
            case "uid":
                return str(stable_id(info.owner.nsid))
            case "postdate":
                return str(info.dates.posted)
            case "commentcount":
                return "" if info.comments is None else str(info.comments.content)
            case "haspeople":
                return "" if info.people is None else str(info.people.haspeople)
            case "alltags":
                return " ".join(tag.content for tag in info.tags.tag)
            case "image_url":
                return self.link
        return str(getattr(info, column))


ASKED = ("uid", "postdate", "commentcount", "haspeople", *WORDS, "image_url")
"""Columns that an answer can fill."""


def _filled(posts: pd.DataFrame, infos: dict[int, Info], links: dict[int, str]) -> pd.DataFrame:
    """The table with what it lacked; avgview, which a crawl must have, is empty where nobody says it."""
    filled = posts.copy()
    if "avgview" not in filled:
        filled["avgview"] = ""
    for column in ASKED:
        is_new = column not in posts
        cells = pd.Series("", index=posts.index, dtype=object) if is_new else posts[column].astype(object)
        empty = (cells.map(str.strip) == "").to_numpy(bool) & (is_new or column in NEEDED)
        said = [
            _Cells(infos[pid], links[pid]).of(column) if wanted and pid in infos else cell
            for pid, cell, wanted in zip(posts["pid"], cells, empty, strict=True)
        ]
        filled[column] = np.array(said, dtype=object)
    return filled
