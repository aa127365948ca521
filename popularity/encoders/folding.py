"""One spelling for words that read the same."""

import html
import unicodedata

import regex

# With its semicolon: without one "rock&reggae" would hold a trade mark.
REFERENCE = regex.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\p{L}\w{1,31});")
# Joiners, marks of direction, fillers; but not what joins two emoji, nor the letters behind a flag that say whose.
UNSEEN = regex.compile(
    r"(?!(?<=\p{Extended_Pictographic}\p{Emoji_Modifier}?)\u200d\p{Extended_Pictographic})"
    r"(?!(?<=\U0001f3f4[\U000e0020-\U000e007e]*)[\U000e0020-\U000e007f])"
    r"\p{Default_Ignorable_Code_Point}"
)
SELECTOR = regex.compile(r"\p{Variation_Selector}")
# NFKC has made a space and an accent of the acute accent that stands by itself.
APOSTROPHE = regex.compile("(?<=\\w)(?:[\u2018\u2019\u02bc\u2032`]| \u0301)(?=\\w)")
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Letters of the scripts that write no spaces, for a set of characters in a pattern."""
NO_TEXT = regex.compile(r"[\p{Cc}\p{Cs}]")


def fold(text: str) -> str:
    """The text in NFKC and case folded, apostrophes those of a typewriter, entities as characters, nothing unseen.

    Control characters are spaces: a dictionary's CSV file would lose a token behind NUL. Folding leaves the capital I
    with a dot as two characters, of which the second is dropped.
    """
    text = unicodedata.normalize("NFKC", _without_references(unicodedata.normalize("NFKC", text)))
    text = APOSTROPHE.sub("'", UNSEEN.sub("", SELECTOR.sub("", NO_TEXT.sub(" ", text))))
    return unicodedata.normalize("NFKC", text.casefold().replace("i\u0307", "i"))


def _without_references(text: str) -> str:
    return str(REFERENCE.sub(lambda found: html.unescape(found[0]), text)) if "&" in text else text
