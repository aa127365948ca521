"""Sentiment of a description, on Stanford CoreNLP's scale: 0 very negative, 2 neutral, 4 very positive."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from popularity import settings
from popularity.arrays import FloatArray
from popularity.text.backends import Backend, open_backend
from popularity.text.cleaning import clean
from popularity.text.language import READ, LanguageArray, settle, tell
from popularity.text.sentences import sentences

NEUTRAL = 2.0
REMEMBERED = 200_000
"""Texts of which language and score are kept, some 60 MB; the oldest goes first."""
CHUNK = 1000
SLOW_S = 5  # reading that takes longer shows how far it is

Said = TypeVar("Said")


@dataclass(frozen=True)
class Read:
    """What n texts say."""

    score: FloatArray  # (n,), 0 to 4; 2 where the language is not read
    language: LanguageArray  # (n,), as popularity.text.language names them


class Sentiment:
    """Cleans texts, splits them and scores their sentences with a backend; a text met before costs nothing."""

    def __init__(self, backend: Backend, confidence: float) -> None:
        self._backend, self._confidence = backend, confidence
        self._told: dict[bytes, str] = {}
        self._scores: dict[bytes, float] = {}

    def read(self, texts: Sequence[str], users: Sequence[int] | None = None) -> Read:
        """Mean over each text's sentences; 2 where there is nothing to read or the text is not English.

        texts, users: n texts and who wrote them; None: one user all. A text too short to tell its language has that of
        the others (see `settle`); nothing else of its score depends on them. Sentences are held for CHUNK texts.
        """
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        told = _recall(self._told, dict(zip(keys, texts, strict=True)), self._tell, "languages")
        language = settle([told[key] for key in keys], users)
        wanted = {key: text for key, text, one in zip(keys, texts, language, strict=True) if one in READ}
        scores = _recall(self._scores, wanted, self._score, "sentiment")
        of_text = [scores[key] if one in READ else NEUTRAL for key, one in zip(keys, language, strict=True)]
        return Read(np.array(of_text, dtype=np.float64), language)

    def _tell(self, texts: list[str]) -> list[str]:
        return [tell(clean(text), self._confidence) for text in texts]

    def _score(self, texts: list[str]) -> list[float]:
        parts = [sentences(clean(text)) for text in texts]
        distinct = list(dict.fromkeys(part for of_text in parts for part in of_text))
        score = dict(zip(distinct, self._backend.score(distinct).tolist(), strict=True))
        return [float(np.mean([score[part] for part in some])) if some else NEUTRAL for some in parts]


def _recall(
    known: dict[bytes, Said], texts: dict[bytes, str], read: Callable[[list[str]], list[Said]], name: str
) -> dict[bytes, Said]:
    """What is known of these texts, and of the others what `read` says, which is known from then on."""
    found = {key: known[key] for key in texts if key in known}
    new = [key for key in texts if key not in found]
    with tqdm(total=len(new), desc=name, unit="text", delay=SLOW_S, disable=len(new) <= CHUNK) as bar:
        for start in range(0, len(new), CHUNK):
            some = new[start : start + CHUNK]
            found |= dict(zip(some, read([texts[key] for key in some]), strict=True))
            bar.update(len(some))
    known |= found
    while len(known) > REMEMBERED:
        del known[next(iter(known))]
    return found


@contextmanager
def open_sentiment(options: settings.TextFeatures) -> Iterator[Sentiment]:
    """The sentiment that params name; a server that its backend needs runs inside the block.

    Raises UserError where there is no such backend, or what it needs is not there.
    """
    with open_backend(options.sentiment, options.backends.get(options.sentiment, {})) as backend:
        yield Sentiment(backend, options.language_confidence)
