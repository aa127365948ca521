"""VADER (Hutto and Gilbert, 2014): a lexicon with rules, made for short social texts in English."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from popularity.arrays import FloatArray
from popularity.settings import Section


class Options(Section):
    """VADER has none."""


@contextmanager
def open_with(options: Options) -> Iterator["Vader"]:
    """VADER, with the word list of its package."""
    yield Vader()


class Vader:
    """A sentence's compound score c in [-1, 1] counts as 2 + 2c."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self._analyzer = SentimentIntensityAnalyzer()

    def score(self, sentences: Sequence[str]) -> FloatArray:
        """As `Backend.score`."""
        compound = [self._analyzer.polarity_scores(sentence)["compound"] for sentence in sentences]
        return 2 + 2 * np.array(compound, dtype=np.float64)
