"""Sentences, by rules alone: no model, no data."""

import regex

EMOJI = regex.compile(
    r"\p{Extended_Pictographic}[\p{M}\p{Emoji_Modifier}]*+(?:\u200d\p{Extended_Pictographic}[\p{M}\p{Emoji_Modifier}]*+)*+"
)
ABBREVIATIONS = "Mr|Mrs|Ms|Dr|Prof|St|Mt|Jr|Sr|vs|approx|e\\.g|i\\.e"
# Between a mark that ends a sentence (Latin, Arabic, Devanagari) and what follows a space, but not after an
# abbreviation or an initial; between small letters and a capital that a full stop parts, whose space was forgotten;
# after a full-width mark (Chinese, Japanese), which no space follows; and at line ends.
SENTENCE_END = regex.compile(
    rf"(?<=[.!?\u2026\u061f\u0964])(?<!\b(?:{ABBREVIATIONS})\.)(?<!\b\p{{Lu}}\.)\s+|(?<=\p{{Ll}}{{2}}[.!?])(?=\p{{Lu}}\p{{Ll}})|(?<=[\u3002\uff01\uff1f])|[\r\n]+"
)
LONGEST = 50
"""Characters; what is longer is no word, rules for tokens take long over it, and CoreNLP refuses texts of 100,000."""
VISIBLE = regex.compile(r"[^\p{C}\p{Z}]")
MAX_WORDS = 60
"""Words and emoji. VADER's time grows with the square of a sentence's length: longer ones are read in pieces."""


def sentences(text: str) -> list[str]:
    """Split by punctuation and line ends; none is invisible, longer than MAX_WORDS, or has a word beyond LONGEST."""
    seen = (part for part in SENTENCE_END.split(text) if VISIBLE.search(part))
    parts = ([word for word in EMOJI.sub(r" \g<0> ", part).split() if len(word) <= LONGEST] for part in seen)
    return [" ".join(words[at : at + MAX_WORDS]) for words in parts for at in range(0, len(words), MAX_WORDS)]
