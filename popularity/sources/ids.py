"""Ids that are no numbers, as numbers that are the same on every machine, in every batch, for ever."""

import hashlib
from collections import defaultdict

import pandas as pd

from popularity.arrays import IntArray
from popularity.errors import UserError
from popularity.forgotten import whole_number


def stable_id(text: str) -> int:
    """A number from 0 to 2^63 - 1 for an id: that of a whole number in digits is itself.

    Of any other text it is the first eight bytes of the SHA-256 of its UTF-8, most significant first, shifted right by
    one bit.
    """
    number = whole_number(text) if text.isdecimal() else None
    if number is not None:
        return number
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


class Ids:
    """The ids of a batch by column, over all of its files."""

    def __init__(self) -> None:
        self._texts: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def keep(self, column: str, texts: "pd.Series[str]", numbers: IntArray) -> None:
        """Remember which number stands for which text.

        Raises UserError where one number stands for two: their posts, or users, would be one in silence.
        """
        known = self._texts[column]
        for text, number in dict(zip(texts, numbers, strict=True)).items():
            if known.setdefault(int(number), text) != text:
                raise UserError(
                    f"{column}: the ids {known[number]!r} and {text!r} have one number, {number}",
                    next_step="give one of them another name in the crawl's files",
                )
