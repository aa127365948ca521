"""Sentiment of a description, on Stanford CoreNLP's scale: 0 very negative, 2 neutral, 4 very positive."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import regex

FloatArray = npt.NDArray[np.float64]

NEUTRAL = 2.0
# Between a mark that ends a sentence (Latin, Arabic, Devanagari) and what follows a space; after a full-width
# mark (Chinese, Japanese), which no space follows; and at line ends.
SENTENCE_END = regex.compile(r"(?<=[.!?\u2026\u061f\u0964])\s+|(?<=[\u3002\uff01\uff1f])|[\r\n]+")
EMOJI = regex.compile(r"\p{Extended_Pictographic}")
MAX_WORDS = 60
"""Words and emoji. VADER's time grows with the square of a sentence's length: longer ones are read in pieces."""


class Sentiment(Protocol):
    """What scores texts."""

    def score(self, texts: Sequence[str]) -> FloatArray:
        """Mean over each text's sentences, 0 to 4, shape (n,); 2 where there is nothing to read."""


class Vader:
    """VADER (Hutto and Gilbert, 2014): a lexicon with rules, made for short social texts in English."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self._analyzer = SentimentIntensityAnalyzer()

    def score(self, texts: Sequence[str]) -> FloatArray:
        """As `Sentiment.score`; a sentence's compound score c in [-1, 1] counts as 2 + 2c."""
        return np.array([self._score(text) for text in texts], dtype=np.float64)

    def _score(self, text: str) -> float:
        compounds = [self._analyzer.polarity_scores(sentence)["compound"] for sentence in sentences(text)]
        return NEUTRAL + 2 * float(np.mean(compounds)) if compounds else NEUTRAL


def sentiment_backend(name: str) -> Sentiment:
    """The backend that params name. Raises ValueError for a name that there is none of."""
    if name == "vader":
        return Vader()
    raise ValueError(f"no sentiment backend {name!r}")


def sentences(text: str) -> list[str]:
    """Split by punctuation and line ends, with no model; none is empty or longer than MAX_WORDS."""
    parts = (EMOJI.sub(r" \g<0> ", part).split() for part in SENTENCE_END.split(text))
    return [" ".join(words[at : at + MAX_WORDS]) for words in parts for at in range(0, len(words), MAX_WORDS)]
