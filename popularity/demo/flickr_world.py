"""The demo's world as a Flickr on this machine would show it on a night: its posts so far, users, groups and photos."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from popularity.demo.flickr import Gone, LocalFlickr, LocalPost
from popularity.demo.night import DAYS, draw_night
from popularity.demo.posts import Draw, draw_posts, photo_behind, views_of
from popularity.demo.scenes import Shot
from popularity.demo.world import END, build_world

if TYPE_CHECKING:
    from popularity.settings import Demo

FIRST_ID = 50_000_000_000
"""Added to the demo's pids: the posts are its world's, and none of those that the demo itself brings."""

LASTS_S = 2 * 86_400
"""How long a post stays that will go."""

GONE: dict[int, Gone] = {0: "deleted", 1: "private"}
ONE_IN = 50
"""Of so many posts, one will be deleted, and one will be made private."""


def night_of(now: int) -> int:
    """Which night, from 1, a second of its last day belongs to, by the clock of `local_flickr`."""
    return (now - int(END.timestamp())) // 86_400 - DAYS + 2


def local_flickr(settings: "Demo", seed: int, night: int, port: int = 0) -> LocalFlickr:
    """The server on a night, from 1, whose end is what its clock says. Raises OSError where the port is taken."""
    world = build_world(settings, seed)
    base = draw_posts(world, settings)
    posts = _posts(base, None)
    groups = _groups(base.posts)
    for number in range(1, night + DAYS):  # a night's posts are of the week before it
        drawn = draw_night(world, base, settings, number, None)
        posts += _posts(drawn.draw, drawn.photos)
        groups |= _groups(drawn.draw.posts)
    now = int((END + timedelta(days=DAYS - 1 + night)).timestamp())
    return LocalFlickr(posts, groups, now, port)


def _posts(draw: Draw, photos: np.random.SeedSequence | None) -> list[LocalPost]:
    seeds = photos.spawn(len(draw.shots)) if photos else [None] * len(draw.shots)
    views = views_of(draw.posts["label"])
    rows = zip(draw.posts.reset_index().to_dict("records"), draw.shots, seeds, views, strict=True)
    return [
        LocalPost(
            id=FIRST_ID + row["pid"],
            owner=_owner(row["uid"]),
            uploaded=row["postdate"],
            title=row["title"],
            description=row["description"],
            tags=tuple(row["alltags"].split()),
            views=int(seen),
            photo=_photo(row["link"], shot, seed),
            gone=GONE.get(row["pid"] % ONE_IN),
            gone_at=row["postdate"] + LASTS_S,
            people=int(row["haspeople"] == 1),
        )
        for row, shot, seed, seen in rows
    ]


def _photo(link: str, shot: Shot, seed: np.random.SeedSequence | None) -> Callable[[], bytes | None]:
    """None of posts that are older than all that a crawl looks for."""
    return (lambda: None) if seed is None else partial(photo_behind, link, shot, seed)


def _owner(uid: int) -> str:
    return f"{uid}@N00"


def _groups(posts: pd.DataFrame) -> dict[str, tuple[int, ...]]:
    users = posts.drop_duplicates("uid")
    columns = (users[name] for name in ("uid", "groupcount", "avgmembercount"))
    return {_owner(uid): (int(size),) * int(number) for uid, number, size in zip(*columns, strict=True)}
