"""Words as the shipped model's vocabulary spells them: long-drawn ones short, idioms by what they mean, those that a
negation reaches apart."""

from collections.abc import Container, Sequence
from functools import cache

import regex

REACH = 3  # words after the negation, as VADER reads them
PREFIX = "not_"
DRAWN = regex.compile(r"(\p{L})\1{2,}")
WITHIN = "\"'`*#&"  # marks that a negation reaches across; any other, and an emoticon, ends its reach

CANNOT = ("ca n't", "could n't", "can not", "could not", "cannot", "cant", "couldnt")
IDIOMS = {
    **{f"{cannot} wait": "excited" for cannot in CANNOT},
    **{f"{cannot} help but": "must" for cannot in CANNOT},
    "not only": "also",
    "not just": "also",
}
"""Where a negation negates nothing, and the word that says so: each was common in the snippets and often misread."""
IDIOM = regex.compile(rf"(?<!\S)(?:{'|'.join(IDIOMS)})(?!\S)")


@cache
def negations() -> frozenset[str]:
    """VADER's, and those that its list has only inside longer words, or as feelings."""
    from vaderSentiment.vaderSentiment import NEGATE

    return frozenset({*NEGATE, "n't", "no"})


def respell(words: Sequence[str], vocabulary: Container[str]) -> list[str]:
    """The words, each spelled so that the vocabulary has it where it has it in some spelling.

    A letter that comes three times or more comes twice or once. An idiom is one word. A word gets the prefix up to
    REACH words behind a negation in its clause, if the vocabulary has it so.
    """
    spelled, reach = [], 0
    for word in _without_idioms([_short(word, vocabulary) for word in words]):
        negated = PREFIX + word
        spelled.append(negated if reach and negated in vocabulary else word)
        if word in negations():
            reach = REACH
        elif word == "but" or not (word[0].isalnum() or word[0] in WITHIN):
            reach = 0
        else:
            reach = max(0, reach - 1)
    return spelled


def _short(word: str, vocabulary: Container[str]) -> str:
    if not DRAWN.search(word) or word in vocabulary:
        return word
    shorter = (DRAWN.sub(letters, word) for letters in (r"\1\1", r"\1"))
    return next((short for short in shorter if short in vocabulary), word)


def _without_idioms(words: list[str]) -> list[str]:
    return str(IDIOM.sub(lambda found: IDIOMS[found[0]], " ".join(words))).split()
