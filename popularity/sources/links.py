"""Links as people's tools write them, to links as they are meant."""

import re
import unicodedata

from popularity.posts import NOT_SAID

NO_LINK = frozenset(map(str.casefold, NOT_SAID))
"""What programs write for a value that is not there, in any letter case: no link is called so."""

WEB = ("http:", "https:", "//")
OF_A_FILE = re.compile(r"file:(?://[^/\\]*)?", re.IGNORECASE)
"""What a path begins with where it is written as an address."""
JOINERS = "\u200c\u200d"
"""Invisible characters that a name can need: Persian words and many emoji hold them."""


def clean_link(text: str) -> str:
    """A link without white space, byte order marks and invisible characters around it, in a web address within it too.

    An address without its scheme (`//host/x.jpg`) is https, and one of a file (`file:///C:/x.jpg`) is its path. A word
    for nothing is "", no link.
    """
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while start < end and _is_blank(text[end - 1]):
        end -= 1
    link = text[start:end]
    if link.casefold() in NO_LINK:
        return ""
    if link.lower().startswith(WEB):
        link = "".join(c for c in link if c in JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp"))
    if link.startswith("//"):
        return f"https:{link}"
    return OF_A_FILE.sub("", link, count=1) if OF_A_FILE.match(link) else link


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Zs")
