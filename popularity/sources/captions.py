"""Instagram's captions, in which title, description and tags are one text."""

import regex

HASHTAG = regex.compile(
    r"(?<![&/])[#\uff03]([\p{L}\p{N}_\p{Extended_Pictographic}][\p{L}\p{N}\p{M}_\p{Extended_Pictographic}\u200d]*+)"
)
"""Letters, digits, underscores and emoji behind a #; neither an HTML entity nor a place in a page."""


WORD = regex.compile(r"[\p{L}\p{N}\p{S}]")
"""A letter, digit or emoji: a line of dots alone is no title."""


def cells_of_caption(caption: str) -> dict[str, str]:
    """Title, description and alltags of a caption.

    Hashtags are tags, in lower case and each once, and are taken out of the text. The first line that still holds a
    word is the title, and all that follows the description.
    """
    tags = dict.fromkeys(tag.lower() for tag in HASHTAG.findall(caption))
    lines = [regex.sub(" {2,}", " ", HASHTAG.sub(" ", line)).strip() for line in caption.splitlines()]
    first = next((at for at, line in enumerate(lines) if WORD.search(line)), len(lines))
    return {
        "title": "".join(lines[first : first + 1]),
        "description": "\n".join(lines[first + 1 :]).strip(),
        "alltags": " ".join(tags),
    }
