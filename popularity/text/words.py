"""Words of a sentence as the word vectors spell them."""

from functools import cache
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from nltk.tokenize import TweetTokenizer

LONGEST = 50
"""Characters; what is longer is no word, and rules for tokens take long over it."""
# GloVe's words were tokenised as in the Penn treebank: "do n't", "it 's".
CLITIC = regex.compile(r"^(\w+?)(n't|'(?:s|re|ve|ll|d|m))$")
INSIDE = regex.compile(r"(?<=\w)[-/](?=\w)")


def words(sentence: str) -> list[str]:
    """Lower-case words, emoticons and marks of a sentence; an emoji is read by its name, a handle not at all."""
    return [word for token in _tokenizer().tokenize(_spelled(sentence)) for word in _parts(token)]


@cache
def _tokenizer() -> "TweetTokenizer":
    from nltk.tokenize import TweetTokenizer

    return TweetTokenizer(preserve_case=False, reduce_len=True, strip_handles=True)


def _spelled(sentence: str) -> str:
    if not sentence.isascii():
        import emoji

        sentence = emoji.replace_emoji(sentence, lambda _, about: f" {about['en'].strip(':').replace('_', ' ')} ")
        sentence = sentence.replace("\u2019", "'")
    return " ".join(part for part in sentence.split() if len(part) <= LONGEST)


def _parts(token: str) -> list[str]:
    token = token.lstrip("#") or token
    if not token.isalnum() and token[0].isalnum():
        return [part for piece in INSIDE.split(token) for part in _clitics(piece)]
    return [token]


def _clitics(word: str) -> list[str]:
    found = CLITIC.match(word)
    return [found[1], found[2]] if found else [word]
