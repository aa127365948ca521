"""How often a JPEG goes over its pixels, read off its markers without decoding it."""

import re

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""Behind the data of a scan, in which FF is followed by 0 or by the number of a restart."""


def count_scans(content: bytes) -> int:
    """Scans of the first image in a JPEG file; 0 where it is none. Each one costs a pass over all of its pixels."""
    if not content.startswith(b"\xff\xd8"):
        return 0
    scans, at = 0, 2
    while (found := NEXT_MARKER.search(content, at)) is not None:
        marker, at = content[found.start() + 1], found.end()
        if marker == END_OF_IMAGE:
            break
        if marker in WITHOUT_LENGTH:
            continue
        scans += marker == START_OF_SCAN
        at += int.from_bytes(content[at : at + 2])
    return scans
