"""Words of a sentence as the word vectors spell them."""

from functools import cache
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from nltk.tokenize import TweetTokenizer

# GloVe's words were tokenised as in the Penn treebank: "do n't", "it 's".
CLITIC = regex.compile(r"^(\w+?)(n't|'(?:s|re|ve|ll|d|m))$")
SKIN = regex.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
READ_AS = {
    "👍": "good", "👎": "bad", "👏": "bravo", "👌": "perfect", "🙌": "hooray", "💯": "perfect", "💪": "strong",
    "🔥": "awesome", "✨": "lovely", "🎉": "yay", "🎊": "yay", "🥳": "yay", "🙏": "thanks", "😉": ";)", "😘": "love",
    "😀": ":d", "😃": ":d", "😗": "love", "😙": "love", "😚": "love", "😜": ";)", "🤪": "funny", "😂": "haha",
    "🤣": "haha", "😆": "haha", "😋": "yummy", "😎": "cool", "🤩": "amazing", "🥺": "please", "😔": "sad",
    "😟": "worried", "😥": "sad", "🙄": "annoyed", "😒": "annoyed", "😩": "tired", "😫": "tired", "🤧": "sick",
    "💔": "heartbroken",
}  # fmt: skip
"""Emoji whose names, "thumbs up" or "pensive face", say another thing than they do, and the words that say it."""
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

        sentence = emoji.replace_emoji(sentence, lambda found, about: f" {_read_emoji(found, about['en'])} ")
    return sentence


def _read_emoji(found: str, name: str) -> str:
    return READ_AS.get(SKIN.sub("", found)) or name.strip(":").replace("_", " ")


def _parts(token: str) -> list[str]:
    token = token.lstrip("#") or token
    if not token.isalnum() and token[0].isalnum():
        return [part for piece in INSIDE.split(token) for part in _clitics(piece)]
    return [token]


def _clitics(word: str) -> list[str]:
    found = CLITIC.match(word)
    return [found[1], found[2]] if found else [word]
