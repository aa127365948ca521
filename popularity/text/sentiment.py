"""Sentiment of a description, on Stanford CoreNLP's scale: 0 very negative, 2 neutral, 4 very positive."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from popularity import settings
from popularity.arrays import BoolArray, FloatArray
from popularity.text.backends import Backend, open_backend
from popularity.text.cleaning import clean
from popularity.text.language import is_english
from popularity.text.sentences import sentences

NEUTRAL = 2.0
REMEMBERED = 200_000
"""Texts whose score is kept, some 40 MB; the oldest goes first."""


@dataclass(frozen=True)
class Read:
    """What n texts say."""

    score: FloatArray  # (n,), 0 to 4
    foreign: BoolArray  # (n,), not English, so 2


class Sentiment:
    """Cleans texts, splits them and scores their sentences with a backend; a text met before costs nothing."""

    def __init__(self, backend: Backend, confidence: float) -> None:
        self._backend, self._confidence = backend, confidence
        self._known: dict[bytes, tuple[float, bool]] = {}

    def read(self, texts: Sequence[str]) -> Read:
        """Mean over each text's sentences; 2 where there is nothing to read or the text is not English.

        A text's score does not depend on the other texts. Memory grows with those given at once, not with all.
        """
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        found = {key: self._known[key] for key in keys if key in self._known}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        found |= dict(zip(new, self._read_new(list(new.values())), strict=True))
        self._known |= found
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return Read(
            np.array([found[key][0] for key in keys], dtype=np.float64),
            np.array([found[key][1] for key in keys], dtype=bool),
        )

    def _read_new(self, texts: list[str]) -> list[tuple[float, bool]]:
        cleaned = [clean(text) for text in texts]
        foreign = [not is_english(text, self._confidence) for text in cleaned]
        parts = [[] if off else sentences(text) for text, off in zip(cleaned, foreign, strict=True)]
        distinct = list(dict.fromkeys(part for of_text in parts for part in of_text))
        score = dict(zip(distinct, self._backend.score(distinct).tolist(), strict=True))
        means = [float(np.mean([score[part] for part in some])) if some else NEUTRAL for some in parts]
        return list(zip(means, foreign, strict=True))


@contextmanager
def open_sentiment(options: settings.TextFeatures) -> Iterator[Sentiment]:
    """The sentiment that params name; a server that its backend needs runs inside the block.

    Raises UserError where there is no such backend, or what it needs is not there.
    """
    with open_backend(options.sentiment, options.backends.get(options.sentiment, {})) as backend:
        yield Sentiment(backend, options.language_confidence)
