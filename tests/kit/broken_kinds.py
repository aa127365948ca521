"""What can be wrong with a crawl: good posts made bad, one function a kind."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from kit.good_batches import GONE
from popularity.posts import DAY

Break = Callable[[pd.DataFrame], pd.DataFrame]
"""From columns of POSTS, LABELS and LINKS to the same, whose text, photos and scores are then made anew."""

HOUR = 3600
YEAR = 365 * DAY
DEAD = {"alive": False, "sha256": "", "phash": "", "width": 0, "height": 0}
RNG_SEED = 7


def _set(**values: object) -> Break:
    return lambda posts: posts.assign(**values)


def _in_share(share: float, **values: object) -> Break:
    """Evenly over the posts, give a share of them these values."""

    def change(posts: pd.DataFrame) -> pd.DataFrame:
        those = np.arange(len(posts)) * share % 1 < share
        return posts.assign(**{name: posts[name].mask(those, value) for name, value in values.items()})

    return change


def _times(column: str, factor: float) -> Break:
    return lambda posts: posts.assign(**{column: posts[column] * factor})


def later(seconds: int) -> Break:
    """All dates moved by so many seconds."""
    return lambda posts: posts.assign(postdate=posts["postdate"] + seconds)


def _permuted(*columns: str) -> Break:
    """These columns, together, are those of other posts."""

    def change(posts: pd.DataFrame) -> pd.DataFrame:
        order = np.random.default_rng(RNG_SEED).permutation(len(posts))
        return posts.assign(**{name: posts[name].to_numpy()[order] for name in columns})

    return change


def _texts(change: Callable[[str], str], *columns: str, measured: bool = False) -> Break:
    """measured: titlelen and deslen are those of the texts as they then are."""

    def broken(posts: pd.DataFrame) -> pd.DataFrame:
        posts = posts.assign(**{name: posts[name].map(change) for name in columns})
        if not measured:
            return posts
        lengths = {"titlelen": "title", "deslen": "description"}
        return posts.assign(**{length: posts[of].str.len().astype(float) for length, of in lengths.items()})

    return broken


def _read_as(encoding: str) -> Callable[[str], str]:
    return lambda text: text.encode("utf-8").decode(encoding, errors="replace")


def _swapped(posts: pd.DataFrame) -> pd.DataFrame:
    return posts.assign(title=posts["description"], description=posts["title"])


def _swapped_and_measured(posts: pd.DataFrame) -> pd.DataFrame:
    return _swapped(posts).assign(titlelen=posts["deslen"], deslen=posts["titlelen"])


def _doubled(posts: pd.DataFrame) -> pd.DataFrame:
    again = posts.assign(pid=posts["pid"] + 5_000_000_000)
    return pd.concat([posts, again], ignore_index=True)


def _first_one(column: str, share: float = 1.0) -> Break:
    return lambda posts: _in_share(share, **{column: posts[column].iloc[0]})(posts)


def _one_picture(posts: pd.DataFrame) -> pd.DataFrame:
    """Every link leads to the first living photo."""
    shown = posts[posts["alive"]].head(1)
    return posts.assign(
        **{name: posts[name].where(~posts["alive"], shown[name].item()) for name in ("sha256", "phash")}
    )


def _all_dead(reason: str, share: float = 1.0) -> Break:
    return lambda posts: _in_share(share, **DEAD, reason=reason)(posts)


def _a_clock_in_thirty(posts: pd.DataFrame) -> pd.DataFrame:
    those = np.arange(len(posts)) % 30 == 0
    return posts.assign(postdate=posts["postdate"] + np.where(those, 30 * YEAR, 0))


SILENT: dict[str, tuple[Break, str]] = {
    "dates three years ahead": (later(3 * YEAR), "years ahead"),
    "dates beyond today": (later(40 * YEAR), "years ahead"),
    "one uid for all": (_first_one("uid"), "uid may hold one value"),
    "one user has 90 %": (_first_one("uid", 0.9), "one user has most of the posts"),
    "every post doubled": (_doubled, "doubled under new pids"),
    "avgview x 10": (_times("avgview", 10), "another unit"),
    "avgview / 10": (_times("avgview", 0.1), "another unit"),
    "avgview permuted": (_permuted("avgview"), "rows permuted or shifted"),
    "uid permuted": (_permuted("uid"), "rows permuted or shifted"),
    "photos permuted": (
        _permuted("image_url", "alive", "reason", "sha256", "phash", "width", "height"),
        "rows permuted",
    ),
    "one picture for all": (_one_picture, "one picture"),
    "one link for all": (_first_one("image_url"), "one image_url"),
    "mojibake, Windows-1252": (_texts(_read_as("cp1252"), "title", "description", "alltags"), "mojibake"),
    "mojibake, Latin-1, lengths anew": (
        _texts(_read_as("latin-1"), "title", "description", "alltags", measured=True),
        "mojibake",
    ),
    "mojibake, read as ASCII": (
        _texts(_read_as("ascii"), "title", "description", "alltags", measured=True),
        "mojibake",
    ),
    "? for each letter beyond ASCII": (
        _texts(lambda text: text.encode("ascii", "replace").decode(), "title", "description", "alltags"),
        "beyond ASCII",
    ),
    "HTML in titles": (_texts(lambda text: f'<a href="/p/1"><b>{text}</b></a>', "title"), "markup"),
    "HTML in titles, lengths anew": (
        _texts(lambda text: f"<div class='caption'>{text}<br/></div>", "title", measured=True),
        "markup",
    ),
    "HTML in descriptions": (_texts(lambda text: f"<p>{text}</p>", "description", measured=True), "markup"),
    "entities in titles": (_texts(lambda text: f"{text}&nbsp;&#8230;", "title", measured=True), "markup"),
    "titles cut to 10": (_texts(lambda text: text[:10], "title"), "cut"),
    "titles cut to 10, lengths anew": (_texts(lambda text: text[:10], "title", measured=True), "cut to it"),
    "descriptions cut to 15, lengths anew": (_texts(lambda text: text[:15], "description", measured=True), "cut to it"),
    "titles and descriptions swapped": (_swapped, "swapped"),
    "titles and descriptions swapped, lengths anew": (_swapped_and_measured, "swapped"),
    "one date for all": (_first_one("postdate"), "one date for all"),
    "times of day lost": (lambda posts: posts.assign(postdate=posts["postdate"] // DAY * DAY), "time of day is lost"),
}
"""No gate spoke of them, or a retrain was asked for; and words of the cause that must be named first."""

STOPPED: dict[str, tuple[Break, str]] = {
    "dates in milliseconds": (_times("postdate", 1000), "milliseconds"),
    "dates of another calendar": (_set(postdate=3600), "another calendar"),
    "a few clocks decades ahead": (_a_clock_in_thirty, "clock"),
    "negative avgview": (_in_share(0.02, avgview=-1.0), "a mean of counts"),
    "negative groupcount": (_in_share(0.02, groupcount=-1.0), "a count"),
    "negative avgmembercount": (_in_share(0.02, avgmembercount=-1.0), "a mean of counts"),
    "negative commentcount": (_in_share(0.02, commentcount=-1.0), "a count"),
    "negative tagcount": (_in_share(0.02, tagcount=-1.0), "a count"),
    "negative lengths": (_in_share(0.02, titlelen=-1.0, deslen=-1.0), "a length in characters"),
    "haspeople neither": (_in_share(0.02, haspeople=2.0), "a yes or no"),
    "titlelen of ten thousand": (_in_share(0.02, titlelen=20_000.0), "columns may have shifted"),
    "deslen of a hundred thousand": (_in_share(0.02, deslen=200_000.0), "columns may have shifted"),
    "no post": (lambda posts: posts.iloc[:0], "a crawl that failed"),
    "titles lost": (_set(title=""), "most titles are empty"),
    "descriptions lost": (_set(description=""), "nearly all descriptions are empty"),
    "tags lost": (_set(alltags="", tagcount=0.0), "nearly all tags are empty"),
    "links lost": (_set(image_url=""), "without an address"),
    "tags cut": (_texts(lambda tags: " ".join(tags.split()[:1]), "alltags"), "were cut"),
    "avgview in thousands": (_times("avgview", 0.001), "another unit"),
    "avgview lost": (_set(avgview=np.nan), "avgview is filled on less"),
    "groupcount lost": (_set(groupcount=np.nan), "groupcount is filled on less"),
    "avgmembercount lost": (_set(avgmembercount=np.nan), "avgmembercount is filled on less"),
    "raw counts for labels": (_times("label", 1000), "plain counts"),
    "negative views": (_set(views=-1.0), "a count"),
    "views read before the post": (lambda posts: posts.assign(seen=posts["postdate"] - 10.0 * DAY), "after the post"),
    "a label of no side": (_set(given_split="validation"), "sides that a source can name"),
    "hashes cut": (lambda posts: posts.assign(phash=posts["phash"].str[:4]), "64-bit"),
    "photos of no size": (_set(width=0), "pixels of a photo"),
    "most photos gone": (_all_dead(GONE, 0.95), "fewer photos are there"),
    "a network that was down": (_all_dead("time-out"), "our network may be at fault"),
    "a placeholder for all": (_all_dead("placeholder"), "one picture in place of many"),
    "paths that lead nowhere": (_all_dead("missing file"), "no path leads to a photo"),
    "a format that is not read": (_all_dead("format not read: HEIC"), "format that is not read"),
    "a dead link without a reason": (lambda posts: posts.assign(alive=False), "a dead link"),
}
"""Rules spoke of these before: they still do, and name the same cause first."""

LABELS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "permuted": lambda label: np.random.default_rng(RNG_SEED).permutation(label),
    "in thousands": lambda label: np.log2(np.maximum(np.exp2(label) - 1, 0) / 1000 + 1),
    "a thousand times too high": lambda label: label + 10,
    "natural logarithms": lambda label: label * np.log(2),
    "rows shifted": lambda label: np.roll(label, 1),
}
"""Labels, which the guard judges."""
