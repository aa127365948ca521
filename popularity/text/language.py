"""Is a text English? Only what is surely not counts as another language."""

from functools import cache
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LETTER = regex.compile(r"\p{L}")
MIN_LETTERS = 20
"""Fewer say little about the language."""
MAX_CHARACTERS = 1000
"""More are not needed, and the time grows with them."""
CREOLES = frozenset({"pcm", "jam", "sco"})
"""So near to English that a short English text may look like one."""


def is_english(text: str, confidence: float) -> bool:
    """Whether a text may be read as English.

    confidence: 0 to 1, how sure the detector must be that it is not English, whichever language it is: neighbours such
    as Danish and Norwegian share what is left. Of the 22,628 rated snippets of 20 letters or more, .99 takes seven for
    foreign, and six are.
    """
    start = text[:MAX_CHARACTERS]
    if len(LETTER.findall(start)) < MIN_LETTERS:
        return True
    english = dict(_identifier().rank(start))["en"]
    return bool(1 - english < confidence)


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(set(identifier.labels) - CREOLES)
    return identifier
