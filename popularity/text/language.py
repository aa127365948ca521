"""Which texts may be read as English? Of longer ones only what is surely not is another language."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import regex

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

ENGLISH, OTHER, SHORT, WORDLESS, UNKNOWN = "english", "other", "short", "wordless", "unknown"
"""What a text is in. UNKNOWN: a short one, beside which there is no longer one. WORDLESS: it has no letter."""
READ = frozenset({ENGLISH, WORDLESS})
LanguageArray = npt.NDArray[np.str_]

LETTER = regex.compile(r"\p{L}")
NOT_ENGLISH = regex.compile(r"(?![\p{Latin}\p{Common}])\p{L}")
MIN_LETTERS = 20
"""Fewer say little about the language."""
MAX_CHARACTERS = 1000
"""More are not needed, and the time grows with them."""
CREOLES = frozenset({"pcm", "jam", "sco"})
"""So near to English that a short English text may look like one."""


def tell(text: str, confidence: float) -> str:
    """ENGLISH, OTHER, WORDLESS, or SHORT where a text of under MIN_LETTERS letters has most of them in Latin script.

    confidence: 0 to 1, how sure the detector must be that it is not English, whichever language it is: neighbours such
    as Danish and Norwegian share what is left. Of the 22,628 rated snippets of 20 letters or more, .99 takes seven for
    foreign, and six are.
    """
    start = text[:MAX_CHARACTERS]
    letters = len(LETTER.findall(start))
    if letters < MIN_LETTERS:
        if 2 * len(NOT_ENGLISH.findall(start)) > letters:
            return OTHER
        return SHORT if letters else WORDLESS
    english = dict(_identifier().rank(start))["en"]
    return OTHER if 1 - english >= confidence else ENGLISH


def settle(told: Sequence[str], users: Sequence[int] | None = None) -> LanguageArray:
    """What `tell` said of n texts, shape (n,), with a language for the short ones.

    A short text takes the language of most of its user's longer texts, or of most of all longer ones where the user has
    none: ENGLISH or OTHER, or UNKNOWN where there is no longer text at all. users: n ids; None: one user wrote all.
    """
    if SHORT not in told:
        return np.array(told, dtype=np.str_)
    language = pd.Series(told, dtype=object)
    english = language.map({ENGLISH: 1.0, OTHER: 0.0}).astype(np.float64)
    of_user = english.groupby(np.zeros(len(language)) if users is None else np.asarray(users)).transform("mean")
    taken = of_user.fillna(english.mean())
    short = np.select([taken.isna(), taken >= 0.5], [UNKNOWN, ENGLISH], OTHER)
    return np.where(language == SHORT, short, language).astype(np.str_)


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(set(identifier.labels) - CREOLES)
    return identifier
