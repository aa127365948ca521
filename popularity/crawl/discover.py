"""New public posts, found by searches, with what is known of their users.

A search gives its first 4,000 results and no more, and its pages move when a post comes or goes. So the time that is
searched has an end, fixed when the crawl begins, and is halved until each part has fewer; what comes twice counts once.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError
from tqdm import tqdm

from popularity.crawl.answers import GroupsOf, Page, Photo
from popularity.crawl.api import Flickr, hours_of
from popularity.crawl.batch import refuse_taken, write_batch
from popularity.crawl.known import earlier_views, known_posts, means_before
from popularity.crawl.ledger import LEFT_OUT, Calls, Plan, plans, put_plan
from popularity.errors import UserError
from popularity.forgotten import REASON, Forgotten
from popularity.posts import DAY
from popularity.settings import Read, Search, Settings
from popularity.sources.ids import stable_id
from popularity.store.entries import Kind
from popularity.store.store import Store, Writer

SEARCH, PUBLIC_PHOTOS, PUBLIC_GROUPS = (
    "flickr.photos.search", "flickr.people.getPublicPhotos", "flickr.people.getPublicGroups",
)  # fmt: skip
EXTRAS = "description,date_upload,date_taken,owner_name,tags,views,media,url_m,url_z,url_n,url_c,url_l,url_s"

CAP = 4000
"""Results that one search gives at most, https://www.flickr.com/services/api/flickr.photos.search.html."""

PER_PAGE = 500
"""The most that a page has."""

SETTLES_S = 3600
"""How long before its beginning a crawl's time ends: a post is found by searches only some time after its upload."""

VERB = "discover"


@dataclass
class Found:
    """What searches found. seen: pid -> views and when they were read. strange: posts that could not be read.

    twice: results that had come before; missed: results that were told of and did not come; full: seconds with more
    posts than a search gives; no_photos: videos; forgotten: results of people who asked for that.
    """

    posts: dict[int, Photo] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)
    twice: int = 0
    missed: int = 0
    strange: int = 0
    no_photos: int = 0
    forgotten: int = 0
    full: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """A crawl's end. folder: of its batch, None where nothing new was found. made, known: calls, as `Calls`."""

    name: str
    folder: Path | None
    posts: int
    made: int
    known: int
    told: list[str]

    def lines(self) -> list[str]:
        """The same in words."""
        end = f"{self.posts:,} posts in {self.folder}" if self.folder else "no new post"
        calls = f"{self.made:,} calls made, {self.known:,} answered by the ledger"
        return [": ".join(filter(None, [self.name, f"{end}; {calls}"])), *self.told]


@dataclass(frozen=True)
class Estimate:
    """What a crawl would cost. least, most: calls. hours: for the most, as `hours_of`."""

    least: int
    most: int
    hours: float
    told: list[str]

    def lines(self) -> list[str]:
        """The same in words."""
        calls = f"{self.most:,}" if self.least == self.most else f"{self.least:,} to {self.most:,}"
        return [*self.told, f"{calls} calls, some {self.hours:.1f} hours"]


def discover(
    settings: Settings, flickr: Flickr, store: Writer, *, since: int | None = None, name: str | None = None
) -> Outcome:
    """Find posts uploaded from `since` on, and write them as a batch into the inbox.

    since: Unix seconds; None: where the last crawl ended, or crawl.flickr.first_days before. name: of the batch; None:
    after the day. A crawl that was interrupted goes on, as it had begun; one whose search is refused has not begun.
    Raises UserError where nothing is searched for, a search names what Flickr does not know, the name is taken, or a
    crawl goes on that had begun at another time than `since`.
    """
    plan = _interrupted(settings, store, since, name) or _begin(settings, flickr, store, since, name)
    if plan is None:
        return Outcome(
            "", None, 0, 0, 0, [f"nothing is looked for yet: the last {SETTLES_S // 60} minutes are left out"]
        )
    calls = Calls(flickr, store, plan.name)
    found, old = Found(), known_posts(settings)
    for number, given in enumerate(plan.choices["searches"]):
        search = Search.model_validate(given)
        if _is_for_forgotten(search, calls.forgotten):
            continue
        try:
            _look(calls, search, number, plan.choices["since"], plan.choices["until"], found)
        except RefusedSearchError:  # it would be refused again, whatever params say by then
            store.drop_temporary(Kind.CRAWL, [plan.name])
            raise
    new = {pid: photo for pid, photo in found.posts.items() if pid not in old}
    told = _told(found, len(found.posts) - len(new))
    if not new:
        put_plan(store, plan, is_done=True)
        return Outcome(plan.name, None, 0, calls.made, calls.known, told)
    posts = _table(new)
    posts, read = _with_users(posts, {stable_id(photo.owner): photo.owner for photo in new.values()}, calls, settings)
    views = [(pid, photo.views, found.seen[pid]) for pid, photo in new.items() if photo.views is not None]
    folder = write_batch(
        plan.name,
        posts,
        readings=pd.DataFrame(views, columns=["pid", "views", "seen"]),
        gone=pd.DataFrame(columns=["pid", "reason"]),
        about={"verb": VERB, **plan.choices, "told": told},
        read=read,
        over_at=calls.last_at,
    )
    put_plan(store, plan, is_done=True)
    return Outcome(plan.name, folder, len(posts), calls.made, calls.known, told)


def estimate(
    settings: Settings, flickr: Flickr, store: Store, *, since: int | None = None, name: str | None = None
) -> Estimate:
    """What `discover` would cost, by one question for each search, of which nothing is recorded.

    Raises UserError as `discover`.
    """
    plan = _interrupted(settings, store, since, name)
    if plan is None:
        _refuse_no_search(settings)
        until = flickr.now() - SETTLES_S
        start = _start(settings, store, until, since)
        searches, told, asked = settings.crawl.flickr.searches, [], []
    else:
        start, until = plan.choices["since"], plan.choices["until"]
        searches = tuple(Search.model_validate(given) for given in plan.choices["searches"])
        told = [f"{plan.name} goes on, from {_date(start)} to {_date(until)}"]
        asked = [key.split()[1] for key in store.keys(Kind.CALL) if key.startswith(f"{plan.name} ")]
    pages = posts = 0
    forgotten = Forgotten.read()
    for number, search in enumerate(searches):
        if _is_for_forgotten(search, forgotten):
            continue
        arguments = _arguments(search, start, until) | {"page": 1, "per_page": 1}
        came = flickr.ask(SEARCH, arguments, Page)
        if came.code:
            raise _unknown(number, came.code)
        total = Page.model_validate(json.loads(came.content)).photos.total
        windows = max(1, 2 ** int(np.ceil(np.log2(max(total, 1) / CAP)))) if total > CAP else 1
        pages += max(1, -(-total // PER_PAGE) + 2 * (windows - 1))
        posts += total
        told.append(f"search {number + 1}: {total:,} posts")
    looked = asked.count(SEARCH)
    least = max(0, pages - looked) + (plan is None)  # the question for the time
    most = least + max(0, 2 * posts - (len(asked) - looked))  # each post of another user
    return Estimate(least, most, hours_of(most, settings.crawl.flickr, settings.fetch), told)


def _refuse_no_search(settings: Settings) -> None:
    if not settings.crawl.flickr.searches:
        raise UserError(
            "crawl.flickr.searches in params.yaml names nothing to look for",
            next_step="add one, an item a line, as `- {tags: [sea, sky]}`; docs/crawling.md has others",
        )


def _is_for_forgotten(search: Search, forgotten: Forgotten) -> bool:
    """Whether a search is for the posts of somebody who asked to be forgotten."""
    return search.user is not None and forgotten.has_user(stable_id(search.user))


def _interrupted(settings: Settings, store: Store, since: int | None, name: str | None) -> Plan | None:
    """The crawl that is to go on. Raises UserError where it had begun at another time than `since`."""
    waiting = [
        plan
        for plan in plans(store, VERB, settings.crawl.flickr.endpoint)
        if not plan.is_done and name in (None, plan.name)
    ]
    if not waiting:
        return None
    plan = waiting[0]
    if since not in (None, plan.choices["since"]):
        raise UserError(
            f"the crawl {plan.name} was interrupted, and goes on from {_date(plan.choices['since'])} on",
            next_step="run it to its end without --since first, or begin another one beside it: --name NAME",
        )
    return plan


def _begin(settings: Settings, flickr: Flickr, store: Writer, since: int | None, name: str | None) -> Plan | None:
    """A new crawl, on record; None where no second has passed that could be searched."""
    _refuse_no_search(settings)
    until = flickr.now() - SETTLES_S
    start = _start(settings, store, until, since)
    if start > until:
        return None
    searches = [search.model_dump(exclude_defaults=True) for search in settings.crawl.flickr.searches]
    choices = {"endpoint": settings.crawl.flickr.endpoint, "since": start, "until": until, "searches": searches}
    plan = Plan(name or _name(store, until), VERB, choices)
    refuse_taken(plan.name)
    if plan.name in store.keys(Kind.CRAWL):
        raise UserError(f"a crawl had the name {plan.name} already", next_step="give another one: --name NAME")
    put_plan(store, plan)
    return plan


def _start(settings: Settings, store: Store, until: int, since: int | None) -> int:
    if since is not None:
        return since
    ends = [plan.choices["until"] + 1 for plan in plans(store, VERB, settings.crawl.flickr.endpoint) if plan.is_done]
    return max(ends, default=until - settings.crawl.flickr.first_days * DAY)


def _name(store: Store, until: int) -> str:
    """flickr- and the day, with a number where there was one already."""
    day = f"flickr-{datetime.fromtimestamp(until, UTC):%Y%m%d}"
    taken = set(store.keys(Kind.CRAWL))
    return next(name for n in range(1, len(taken) + 2) if (name := day if n == 1 else f"{day}-{n}") not in taken)


def _date(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _arguments(search: Search, start: int, end: int) -> dict[str, object]:
    """Of a search for what was uploaded from a second to another one, both included."""
    said: dict[str, object] = {}
    if search.tags:
        said |= {"tags": ",".join(search.tags), "tag_mode": search.tag_mode}
    named = {"text": search.text, "group_id": search.group, "user_id": search.user}
    said |= {name: value for name, value in named.items() if value is not None}
    window = {"min_upload_date": start, "max_upload_date": end, "sort": "date-posted-asc", "media": "photos"}
    return said | window | {"extras": EXTRAS}


def _look(calls: Calls, search: Search, number: int, start: int, end: int, found: Found) -> None:
    """Add what a search finds."""
    windows = [(start, end)]
    with tqdm(total=end - start + 1, desc=f"search {number + 1}", unit="s", unit_scale=True) as bar:
        while windows:
            first, last = windows.pop()
            pages = _pages(calls, search, number, first, last)
            page, at = next(pages)
            if page.photos.total > CAP and first < last:
                middle = (first + last) // 2
                windows += [(middle + 1, last), (first, middle)]
                continue
            if page.photos.total > CAP:
                found.full.append(first)
            ids = _take(page, at, found).union(*(_take(other, at, found) for other, at in pages))
            found.missed += max(0, min(page.photos.total, CAP) - len(ids))
            bar.update(last - first + 1)


def _pages(calls: Calls, search: Search, number: int, start: int, end: int) -> Iterator[tuple[Page, int]]:
    """The pages of a window and when each came, as many as it says, and no more than a search gives."""
    place, last = 1, 1
    while place <= last:
        arguments = _arguments(search, start, end) | {"page": place, "per_page": PER_PAGE}
        reading = calls.call(SEARCH, Page, **arguments)
        if reading.said is None:
            raise _unknown(number, reading.code)
        last = min(reading.said.photos.pages, CAP // PER_PAGE)
        yield reading.said, reading.at
        place += 1


class RefusedSearchError(UserError):
    """Flickr does not search for what an item of params.yaml names."""


def _unknown(number: int, code: int) -> RefusedSearchError:
    return RefusedSearchError(
        f"crawl.flickr.searches, item {number + 1}: Flickr refuses it with code {code}",
        next_step="correct it in params.yaml: a group or user that there is, a few tags; the codes stand at "
        "https://www.flickr.com/services/api/flickr.photos.search.html",
    )


def _take(page: Page, at: int, found: Found) -> set[str]:
    """Add a page's posts; returns their ids, of those that cannot be read, too."""
    ids = set()
    for result in page.photos.photo:
        if result == LEFT_OUT:
            found.forgotten += 1
            ids.add(f"forgotten {found.forgotten}")
            continue
        ids.add(str(result.get("id")))
        try:
            photo = Photo.model_validate(result)
        except ValidationError:
            found.strange += 1
            continue
        pid = int(photo.id)
        if photo.media != "photo":
            found.no_photos += 1
        elif pid in found.posts:
            found.twice += 1
        else:
            found.posts[pid], found.seen[pid] = photo, at
    return ids


def _told(found: Found, old: int) -> list[str]:
    """What is to be said of a crawl's results, a sentence each."""
    said = {
        "had come before: pages moved, or another search found them": found.twice,
        "were told of and did not come: pages moved, or posts went": found.missed,
        "could not be read": found.strange,
        "were no photos": found.no_photos,
        f"are left out: {REASON}": found.forgotten,
        "are in earlier batches": old,
    }
    lines = [f"{n:,} results {what}" for what, n in said.items() if n]
    if found.full:
        seconds = ", ".join(map(_date, found.full[:3]))
        lines.append(
            f"{len(found.full)} seconds have more than {CAP:,} posts, of which {CAP:,} were looked at: {seconds}"
        )
    return lines


def _table(photos: dict[int, Photo]) -> pd.DataFrame:
    """The columns of a crawl that the search gave, a row a post."""
    rows = [
        {
            "pid": pid,
            "uid": stable_id(photo.owner),
            "postdate": photo.dateupload,
            "alltags": photo.tags,
            "title": photo.title,
            "description": photo.description,
            "image_url": photo.link,
            "views": photo.views,
        }
        for pid, photo in sorted(photos.items())
    ]
    return pd.DataFrame(rows)


def _with_users(
    posts: pd.DataFrame, owners: dict[int, str], calls: Calls, settings: Settings
) -> tuple[pd.DataFrame, Read]:
    """Add groupcount, avgmembercount and avgview, and when the last was read.

    As of the post, from labels of earlier batches, as soon as these know one of the users before a post of its own;
    the means of others are then not known. On first contact they are those of the crawl's day, of each user's latest
    public posts.
    """
    means = means_before(posts, earlier_views(settings))
    read: Read = "as_of_post" if means.notna().any() else "at_crawl"
    groups: dict[int, tuple[float, float]] = {}
    views: dict[int, float] = {}
    for uid, owner in tqdm(sorted(owners.items(), key=lambda item: item[1]), desc="users", unit="user"):
        groups[uid] = _groups_of(calls, owner)
        if read == "at_crawl":
            views[uid] = _mean_views(calls, owner)
    uids: Any = posts["uid"]
    return posts.assign(
        groupcount=pd.array([groups[uid][0] for uid in uids], dtype="Float64").astype("Int64"),
        avgmembercount=[groups[uid][1] for uid in uids],
        avgview=means if read == "as_of_post" else [views[uid] for uid in uids],
    ), read


def _groups_of(calls: Calls, owner: str) -> tuple[float, float]:
    """How many public groups a user is in, and their mean size; NaN where Flickr does not say."""
    said = calls.call(PUBLIC_GROUPS, GroupsOf, user_id=owner).said
    if said is None:
        return np.nan, np.nan
    sizes = [group.members for group in said.groups.group if group.members is not None]
    return len(said.groups.group), round(float(np.mean(sizes)), 1) if sizes else np.nan


def _mean_views(calls: Calls, owner: str) -> float:
    """Of a user's latest public posts, at most PER_PAGE; NaN where Flickr does not say."""
    said = calls.call(PUBLIC_PHOTOS, Page, user_id=owner, extras="views", per_page=PER_PAGE, page=1).said
    views = pd.to_numeric(
        pd.Series([photo.get("views") for photo in said.photos.photo] if said else [], dtype=object), errors="coerce"
    )
    return round(float(views.mean()), 1) if views.notna().any() else np.nan
