"""Batches of whose words a dictionary holds none: its score says the same of every post there."""

from typing import NamedTuple

import pandas as pd

from popularity.dataset.features import TOKENS, FeatureMaker

SHOWN = 3
CHARACTERS = 20
"""Shown of a word."""


class Strange(NamedTuple):
    """A score, how many different words the posts have for it, and the first of them."""

    feature: str
    words: int
    first: tuple[str, ...]

    def __str__(self) -> str:
        shown = ", ".join(word[:CHARACTERS] for word in self.first)
        return (
            f"{self.feature} is the same for every post: the dictionary holds none of the {self.words:,} words "
            f"({shown}{', ...' if self.words > len(self.first) else ''})"
        )


def strange(posts: pd.DataFrame, maker: FeatureMaker) -> list[Strange]:
    """The scores among the features whose dictionary holds no word of these posts, though they have some.

    posts: token lists in `tags` and `title`.
    """
    found = []
    for name, column in TOKENS.items():
        words = pd.Index(posts[column].explode().dropna().unique(), dtype=object)
        unknown = maker.dictionaries[name].tokens.get_indexer(words) < 0
        if name in maker.names and len(words) and unknown.all():
            found.append(Strange(name, len(words), tuple(words[:SHOWN])))
    return found
