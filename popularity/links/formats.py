"""Pictures of formats that are not read, told from what is none by their first bytes."""

from popularity.web.reasons import Reason

BEGINNINGS = {
    b"II*\0": Reason.TIFF,
    b"MM\0*": Reason.TIFF,
    b"II+\0": Reason.TIFF,  # of more than 4 GB
    b"MM\0+": Reason.TIFF,
    b"\xff\x0a": Reason.JPEG_XL,
    b"\0\0\0\x0cJXL \r\n\x87\n": Reason.JPEG_XL,
    b"\0\0\0\x0cjP  \r\n\x87\n": Reason.JPEG_2000,
    b"\xff\x4f\xff\x51": Reason.JPEG_2000,
    b"BM": Reason.BMP,
}
BMP_HEADER = 26
"""Bytes of the shortest BMP's, whose lengths are checked: two letters begin many a text."""
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
"""ISO/IEC 23008-12, annex B."""


def unread_format(content: bytes) -> Reason | None:
    """The reason of a picture whose format is known and not read; None of anything else."""
    if content[4:8] == b"ftyp":
        end = int.from_bytes(content[:4])
        brands = {content[8:12], *(content[at : at + 4] for at in range(16, min(end, 256), 4))}
        return Reason.HEIC if brands & HEIC_BRANDS else None
    found = next((reason for start, reason in BEGINNINGS.items() if content.startswith(start)), None)
    if found == Reason.BMP and (len(content) < BMP_HEADER or content[6:10] != bytes(4)):
        return None
    return found
