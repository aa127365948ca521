"""Stanza's sentiment classifier with a score per sentence instead of its likeliest class.

A pipeline of Stanza's loads it; what the pipeline makes of each word on its way to the classifier costs as much as all
else together, and the classifier reads words alone.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import regex

from popularity.arrays import FloatArray
from popularity.text.spelling import respell
from popularity.text.words import words

if TYPE_CHECKING:
    from stanza import Pipeline

NEUTRAL = 2.0
NUMBER = regex.compile(r"[+-]?\d[\d.,:/%-]*")  # and not "<3" or ":3", which are emoticons
WORDS_A_BATCH = 1000
"""How many sentences are read at once changes the last bits of their scores. So it is always as many: a batch that has
fewer is filled up, which with Stanza's own 5,000 words a batch takes five times as long for a post alone."""
DECIMALS = 6
"""Kept of a score: the last bits of a float32 hang on the processor."""


class Graded:
    """Scores pre-tokenised sentences with a Stanza pipeline that has a sentiment processor of three classes."""

    def __init__(self, *, respelled: bool = False, **options: Any) -> None:
        """respelled: the model was trained on words as `respell` spells them. options: of stanza.Pipeline, whose
        processors are tokenize and sentiment.

        Raises what it raises, and ValueError where it has no model of that name.
        """
        processors = _quiet_pipeline(**options).processors
        if "sentiment" not in processors:
            raise ValueError("there is no sentiment model of this name")  # Stanza leaves it out and says nothing
        self._classifier = classifier_of(processors["sentiment"])
        self._respelled = respelled

    def score(self, sentences: Sequence[str]) -> FloatArray:
        """2 + 2 (p_positive - p_negative) of each sentence, shape (n,), 0 to 4; 2 where no word is known."""
        chances = self.chances(sentences)
        return np.round(NEUTRAL + 2 * (chances[:, 2] - chances[:, 0]).astype(np.float64), DECIMALS)

    def chances(self, sentences: Sequence[str]) -> npt.NDArray[np.float32]:
        """What each score is made of: probabilities of negative, neutral and positive, shape (n, 3)."""
        return said_chances(self._classifier, self._tokens(sentences))

    def _tokens(self, sentences: Sequence[str]) -> list[list[str]]:
        tokens = [words(sentence) for sentence in sentences]
        return [respell(some, self._classifier.emb_vocab) for some in tokens] if self._respelled else tokens


def classifier_of(processor: Any) -> Any:
    """The CNNClassifier in a sentiment processor, which Stanza keeps to itself."""
    return processor._model


def _quiet_pipeline(**options: Any) -> "Pipeline":
    import stanza

    # A warning per pipeline says that the language is not in resources.json, which is so on purpose.
    logging.getLogger("stanza").setLevel(logging.ERROR)
    return stanza.Pipeline(
        "en",
        tokenize_pretokenized=True,
        use_gpu=False,
        logging_level="ERROR",
        **options,
    )


def said_chances(model: Any, sentences: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
    """As `chances_of`, and neutral where no word says anything."""
    return chances_of(
        model, [words if any(says_something(model, word) for word in words) else [] for words in sentences]
    )


def chances_of(model: Any, sentences: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
    """Probabilities of the classes 0, 1, 2, shape (n, 3); a sentence without words is neutral.

    Only sentences of one length share a batch: padding, and so the other sentences, would change a probability. A
    sentence alone has to the last bit what it has among others. One thread: two on two busy cores have been many times
    slower.
    """
    import torch

    by_length: dict[int, list[int]] = defaultdict(list)
    for place, sentence in enumerate(sentences):
        if sentence:
            by_length[len(sentence)].append(place)
    chances = np.tile(np.array([0, 1, 0], np.float32), (len(sentences), 1))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    model.eval()
    try:
        for length, places in by_length.items():
            size = max(1, WORDS_A_BATCH // length)
            for start in range(0, len(places), size):
                batch = places[start : start + size]
                filled = [batch[place % len(batch)] for place in range(size)]
                with torch.inference_mode():
                    said = torch.softmax(model([list(sentences[place]) for place in filled]), dim=1).numpy()
                chances[batch] = said[: len(batch)]
    finally:
        torch.set_num_threads(threads)
    return chances


def says_something(model: Any, word: str) -> bool:
    """Whether the model has a vector for a word with letters, or for an emoticon: marks and numbers say nothing."""
    if not any(map(str.isalpha, word)) and (len(set(word)) < 2 or NUMBER.fullmatch(word)):
        return False
    vocabulary = model.emb_vocab
    unknown = vocabulary["<UNK>"]
    return bool(vocabulary[word] != unknown or vocabulary[word.lower()] != unknown)
