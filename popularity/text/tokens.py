"""Tokens of tags and titles: what the dictionaries count."""

import unicodedata
from collections.abc import Iterable

import pandas as pd
import regex

_WORD = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*+"
_EMOJI = r"\p{Extended_Pictographic}[\p{M}\p{Emoji_Modifier}]*+"
_FLAG = r"\p{Regional_Indicator}{2}"
# Letters and digits with their marks, apostrophes inside; or an emoji with all that is joined to it; or a flag.
TOKEN = regex.compile(rf"{_WORD}(?:['\u2019]{_WORD})*+|{_EMOJI}(?:\u200d{_EMOJI})*+|{_FLAG}")
CONTROL = regex.compile(r"\p{Cc}")


def tag_tokens(alltags: "pd.Series[str]") -> "pd.Series[list[str]]":
    """Tags, split on whitespace, without leading '#'; each once, in the order given."""
    return alltags.map(lambda text: _once(tag.lstrip("#") for tag in _fold(text).split()))


def title_tokens(title: "pd.Series[str]") -> "pd.Series[list[str]]":
    """Words and emoji of a title, in any script; each once, in the order given."""
    return title.map(lambda text: _once(TOKEN.findall(_fold(text))))


def _fold(text: str) -> str:
    """One spelling for what reads the same: NFKC, case folded, and NFKC again, for folding may undo it.

    Control characters are spaces: a dictionary's CSV file would lose a token behind NUL.
    """
    return str(CONTROL.sub(" ", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())))


def _once(tokens: Iterable[str]) -> list[str]:
    return [token for token in dict.fromkeys(tokens) if token]
