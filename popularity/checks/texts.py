"""What can be told of a text alone: was it decoded wrongly, does it hold markup?"""

import html
from html.parser import HTMLParser

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray

LONG_ENOUGH = 300
"""Characters: what is wrong with a text shows in its beginning, and some descriptions are books."""

REPLACED = "\N{REPLACEMENT CHARACTER}"


def is_mojibake(text: str) -> bool:
    """Whether a text was decoded by another encoding than it was written in, or lost characters so.

    By ftfy: sequences of characters that no language writes, and that UTF-8 gives when it is read as Latin-1,
    Windows-1252 and the like. Text in ASCII never is.
    """
    from ftfy.badness import is_bad

    return not text.isascii() and (REPLACED in text or bool(is_bad(text)))


def has_markup(text: str) -> bool:
    """Whether HTML's parser finds a tag or a character reference: `<b>` and `&amp;`, and not `<3` or `AT&T`."""
    if "<" not in text and "&" not in text:
        return False
    parser = _Tags()
    parser.feed(text)
    return parser.found or html.unescape(text) != text


def mojibake(posts: pd.DataFrame, fewest: int) -> FloatArray:
    """Which posts have a title, description or tags that are mojibake, 0 or 1, shape (n,).

    NaN where all three are ASCII, which shows nothing; everywhere where fewer than `fewest` posts are not.
    """
    parts = zip(*(posts[name].str[:LONG_ENOUGH] for name in ("title", "description", "alltags")), strict=True)
    texts = ["\n".join(part for part in texts if isinstance(part, str)) for texts in parts]
    told = np.array([np.nan if text.isascii() else float(is_mojibake(text)) for text in texts], dtype=np.float64)
    return told if np.isfinite(told).sum() >= fewest else np.full(len(posts), np.nan)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found = True

    def handle_endtag(self, tag: str) -> None:
        self.found = True
