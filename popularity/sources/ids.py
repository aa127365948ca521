"""Ids that are no numbers, as numbers that are always the same."""

import hashlib


def stable_id(text: str) -> int:
    """The number that names what this text names, 0 to 2^63 - 1.

    Numeric text stays itself; of any other it is the first 63 bits of its SHA-256.
    """
    if text.isascii() and text.isdecimal() and int(text) < 2**63:
        return int(text)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
