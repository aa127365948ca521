"""Words that a negation reaches, spelled apart from the same words without one."""

from collections.abc import Container, Sequence
from functools import cache

REACH = 3  # words after the negation, as VADER reads them
PREFIX = "not_"


@cache
def negations() -> frozenset[str]:
    """VADER's, and those that its list has only inside longer words, or as feelings."""
    from vaderSentiment.vaderSentiment import NEGATE

    return frozenset({*NEGATE, "n't", "no"})


def mark_negated(words: Sequence[str], vocabulary: Container[str]) -> list[str]:
    """The words, with the prefix where a negation is among the REACH words before and the vocabulary knows it so."""
    negates = [word in negations() for word in words]
    return [
        PREFIX + word if any(negates[max(0, place - REACH) : place]) and PREFIX + word in vocabulary else word
        for place, word in enumerate(words)
    ]
