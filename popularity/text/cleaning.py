"""Descriptions without what is no prose: HTML tags, entities and links."""

import html

import regex

from popularity.encoders.folding import UNSPACED

# A tag has no bracket inside, so that no text, however malformed, takes more than one pass; "<3" is none.
TAG = regex.compile(r"<!--|</?[a-zA-Z][^<>]*>|<[!?][^<>]*>")
# No character has so high a number, and Python refuses to read one of thousands of digits.
NO_CHARACTER = regex.compile(r"&#[0-9]{8,};?")
UNREAD = regex.compile(r"<(script|style)\b", regex.IGNORECASE)
BREAKS = regex.compile(r"</?(?:br|p|div|li|ul|ol|h[1-6]|tr|table|blockquote|hr)\b", regex.IGNORECASE)
# With a scheme or "www."; or a bare host of the usual endings, or of a country's with a path, as short links are.
# What ends a sentence after it is left, and so is an emoji; "good.Net result" lacks a space and is no host.
# Where no spaces are written, words may stand right before and behind a link, and marks of full width end it.
_NONE = rf"""\s<>"\u2026\p{{Extended_Pictographic}}\u3001-\u303f\uff00-\uffef{UNSPACED}"""
_REST = rf"""[^{_NONE}]*[^{_NONE}.,;:!?)\]']"""
APOSTROPHE = regex.compile("(?<=\\w)[\u2019\u02bc\u00b4`](?=\\w)")
UNSEEN = regex.compile("[\u200b\u00ad\ufeff]")  # spaces and hyphens of no width, and the mark of UTF-8
URL = regex.compile(
    rf"(?<![a-z0-9_])(?:(?:https?|ftp)://|www\.){_REST}"
    rf"|(?:(?<![\w.@-])|(?<=[{UNSPACED}]))(?:[a-z0-9-]++\.)++"
    rf"(?:(?-i:com|org|net|edu|gov|info)\b(?:/(?:{_REST})?)?|(?-i:[a-z]{{2}})/{_REST})",
    regex.IGNORECASE,
)


def clean(text: str) -> str:
    """The prose of a description: no tag, no script, no URL; entities as characters; emoji and "<3" as they are.

    Apostrophes are those of a typewriter, and what nobody sees is gone.
    HTML that was escaped once is stripped as well.
    """
    if "<" in text or "&" in text:
        unescaped = html.unescape(NO_CHARACTER.sub("\ufffd", _without_tags(text)))
        text = _without_tags(unescaped)
    return str(URL.sub(" ", APOSTROPHE.sub("'", UNSEEN.sub("", text))))


def _without_tags(text: str) -> str:
    """Text between tags; a tag that ends a line or a block counts as a line end, others join what they part."""
    parts, at, until = [], 0, ""
    for tag in TAG.finditer(text):
        if until and not tag[0].lower().startswith(until):
            continue
        if tag.start() < at:
            continue
        if not until:
            parts.append(text[at : tag.start()])
            if BREAKS.match(tag[0]):
                parts.append("\n")
        if tag[0] == "<!--":
            end = text.find("-->", tag.end())
            at = len(text) if end < 0 else end + 3
            continue
        opened = None if until else UNREAD.match(tag[0])
        until = f"</{opened[1].lower()}" if opened else ""
        at = tag.end()
    return "".join([*parts, "" if until else text[at:]])
