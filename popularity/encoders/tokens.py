"""Tokens of tags and titles: what the dictionaries count."""

import ast
import json
from collections.abc import Iterable
from contextlib import suppress
from warnings import catch_warnings

import pandas as pd
import regex
from icu4py.breakers import WordBreaker

from popularity.encoders.folding import UNSPACED, fold
from popularity.posts import said

_WORD = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*+"
_EMOJI = r"\p{Extended_Pictographic}[\p{M}\p{Emoji_Modifier}\U000e0020-\U000e007f]*+"
_FLAG = r"\p{Regional_Indicator}{2}"
# Letters and digits with their marks, apostrophes inside; or an emoji with all that is joined to it; or a flag.
TOKEN = regex.compile(rf"{_WORD}(?:'{_WORD})*+|{_EMOJI}(?:\u200d{_EMOJI})*+|{_FLAG}")
IN_NO_WORDS = regex.compile(f"[{UNSPACED}]")
"""What writes no spaces, and whose words ICU knows."""
BETWEEN_TAGS = regex.compile("[\\s#,;|\u060c\u061b\u3001]+")  # with the comma and semicolon of Arabic, and Chinese's
_STRING = r"""[uU]?(?:'(?:[^'\\\n]|\\.)*+'|"(?:[^"\\\n]|\\.)*+")"""
PYTHON_LIST = regex.compile(rf"\s*+\[\s*+{_STRING}(?:\s*+,\s*+{_STRING})*+\s*+\]\s*+")
"""Flat, so that reading it costs no depth. Python 2 wrote u before each string."""
MARKS = r"[\p{P}`^|<>=~]+"
AROUND_A_TAG = regex.compile(rf"^{MARKS}|{MARKS}$")


def tag_tokens(alltags: "pd.Series[str]") -> "pd.Series[list[str]]":
    """Tags; each once, in the order given. A tag in a script without spaces stays whole, as its writer made it."""
    return alltags.map(lambda text: _once(split_tags(text)))


def title_tokens(title: "pd.Series[str]") -> "pd.Series[list[str]]":
    """Words and emoji of a title, in any script; each once, in the order given."""
    return title.map(lambda text: _once(word for token in TOKEN.findall(fold(said(text))) for word in _words(token)))


def split_tags(alltags: str) -> list[str]:
    """Tags as they were counted, folded; those that come twice, twice.

    White space, commas, semicolons and bars part them, a '#' begins the next; punctuation at a tag's ends is none of
    it, and so text of a Python list is read as well as that of a JSON list.
    """
    parts = BETWEEN_TAGS.split(fold(_of_list(said(alltags))))
    return [tag for tag in (AROUND_A_TAG.sub("", part) for part in parts) if tag]


def _of_list(text: str) -> str:
    """The strings of a JSON or Python list, whose letters may be written as numbers; any other text as it is."""
    if not text.lstrip().startswith("["):
        return text
    with suppress(ValueError, RecursionError):
        listed = json.loads(text)
        return " ".join(listed) if all(isinstance(item, str) for item in listed) else text
    if PYTHON_LIST.fullmatch(text):
        with suppress(ValueError, SyntaxError), catch_warnings(action="ignore"):  # of escapes that are none
            return " ".join(ast.literal_eval(text.strip()))
    return text


def _words(token: str) -> list[str]:
    """A token, or the words of one that writes no spaces, as ICU finds them in its dictionaries."""
    if not IN_NO_WORDS.search(token):
        return [token]
    return [word for word in WordBreaker(token, "en") if TOKEN.match(word)]


def _once(tokens: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(tokens))
