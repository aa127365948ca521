"""What the posts of a crawl do or do not, post by post, and how often those of earlier crawls did it.

Damage shows as a habit that earlier crawls had not: markup in titles, one date on half of the posts. What is usual
differs from site to site, so it is asked of the earlier posts, in stretches as long as the batch: nights come by date,
and their posts are more alike than any others.
"""

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from popularity.checks.bands import LEAST_POSTS, most_in_parts
from popularity.checks.texts import has_markup
from popularity.posts import DAY, said

NUMBER = re.compile(r"\d+")

STRETCHES = 10
"""Of the latest earlier posts."""

LEAST = {
    "title_has_markup": 0.05,  # some users type tags; a crawler that does not strip them has them everywhere
    "description_has_markup": 0.05,
    "title_is_empty": 0.2,  # it hangs on who posts
    "titlelen_differs": 0.05,  # from the title's length: what a character is can be counted in several ways
    "deslen_differs": 0.05,
    "nothing_beyond_ascii": 0.5,  # it hangs on who posts
    "link_lacks_pid": 0.05,
    "at_midnight": 0.2,  # some dates name only a day
    "words_of_another": 0.05,  # a post can go out twice
    "of_commonest_uid": 0.5,  # an album can be half of a night
    "of_commonest_postdate": 0.5,  # and go out in one second
    "of_commonest_link": 0.2,
    "of_commonest_title_length": 0.2,  # the names that a camera gives are of one length
    "of_commonest_description_length": 0.2,
}
"""Habits, and the share of posts up to which they are no damage whatever earlier posts did."""

BURSTS = ("of_commonest_uid", "of_commonest_postdate", "words_of_another")
"""Of albums, which are few nights and then most of one."""

WORDS = ["uid", "postdate", "title", "description", "alltags"]
"""What two posts share by mistake alone, or where an album has no words; a photo's path may hold the pid."""


def habits(posts: pd.DataFrame) -> pd.DataFrame:
    """Which posts have which habit: columns of LEAST, 1 or 0, NaN of posts that cannot have it; row by row.

    posts: columns of POSTS. Those of one crawl or stretch: what comes twice or is commonest is so among them.
    """
    title, description, link = (posts[name] for name in ("title", "description", "image_url"))
    in_title, in_description = title.str.len(), description.str.len()
    texts = posts[["title", "description", "alltags"]]
    told = {
        "title_has_markup": title.map(has_markup).where(in_title > 0),
        "description_has_markup": description.map(has_markup).where(in_description > 0),
        "title_is_empty": in_title == 0,
        "titlelen_differs": (posts["titlelen"] != in_title).where(posts["titlelen"].notna()),
        "deslen_differs": (posts["deslen"] != in_description).where(posts["deslen"].notna()),
        "nothing_beyond_ascii": texts.map(str.isascii).all(axis=1),
        "link_lacks_pid": _lacks(link, posts["pid"]),
        "at_midnight": posts["postdate"] % DAY == 0,
        "words_of_another": posts.duplicated(WORDS, keep=False),
        "of_commonest_uid": _is_commonest(posts["uid"]),
        "of_commonest_postdate": _is_commonest(posts["postdate"]),
        "of_commonest_link": _is_commonest(link.where(link.map(said) != "")),
        "of_commonest_title_length": _is_commonest(in_title.where(in_title > 0)),
        "of_commonest_description_length": _is_commonest(in_description.where(in_description > 0)),
    }
    return pd.DataFrame({name: values.astype("float64") for name, values in told.items()}, index=posts.index)


def habit_bounds(posts: pd.DataFrame, earlier: pd.DataFrame) -> dict[str, float]:
    """`least_without_<habit>` for each: the least share of a batch's posts that must be without it.

    As `most_in_parts` of stretches of the earlier posts. posts: the batch's, with its habits. earlier: columns
    of POSTS, of all earlier posts.
    """
    seen = [habits(stretch) for stretch in _stretches(earlier, len(posts))] if len(posts) >= LEAST_POSTS else []
    return {
        f"least_without_{name}": 1
        - most_in_parts([one[name] for one in seen], posts[name].count(), least, bursts=name in BURSTS)
        for name, least in LEAST.items()
    }


def commonest_picture(links: pd.DataFrame) -> "pd.Series[float]":
    """Which living photos are the one that most posts show, 1 or 0; NaN of posts without one. links: alive, sha256."""
    return _is_commonest(links["sha256"].where(links["alive"].eq(True))).astype("float64")


def _stretches(earlier: pd.DataFrame, posts: int) -> Iterator[pd.DataFrame]:
    """The latest stretches of so many posts, by date; all of them where there are fewer."""
    dated = earlier.sort_values(["postdate", "pid"], kind="stable")
    for end in range(len(dated), 0, -posts)[: min(STRETCHES, max(len(dated) // posts, 1))]:
        yield dated.iloc[max(end - posts, 0) : end]


def _is_commonest(values: "pd.Series[Any]") -> "pd.Series[bool]":
    """Which of the values is the commonest one; NaN where it is null."""
    return values.isin(values.value_counts().index[:1]).where(values.notna())


def _lacks(link: "pd.Series[str]", pid: "pd.Series[int]") -> "pd.Series[bool]":
    """In which links no number is their post's pid; NaN where there is no link."""
    lacks = [str(number) not in NUMBER.findall(text) for text, number in zip(link, pid, strict=True)]
    return pd.Series(lacks, index=link.index).where(link.map(said) != "")
