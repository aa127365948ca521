"""What a link led to: the words of the answers table, of the links table and of the counts."""

from enum import StrEnum


class Reason(StrEnum):
    """Every reason but one: a server's refusal is `http status N`, see `http_status`."""

    NO_LINK = "no link"
    GONE_POST = "deleted, private, or never there"  # what the crawl was told of the post itself, see `links.gone`
    PRIVATE_POST = "private"
    BAD_ADDRESS = "not an address"
    BAD_SCHEME = "neither http nor https"
    OUTSIDE = "outside the batch's folder"
    MISSING_FILE = "missing file"
    NO_SCHEME = "host without http:// or https://"
    UNREADABLE_FILE = "unreadable file"
    PRIVATE_ADDRESS = "private address"
    UNKNOWN_HOST = "unknown host"
    REFUSED = "connection refused"
    TLS_FAILED = "TLS failed"  # no certificate for this host that anybody vouches for, or no TLS at all
    CONNECTION_FAILED = "connection failed"  # for another reason, or broken off before an answer came
    TIME_OUT = "time-out"
    KNOWN_PLACEHOLDER = "redirected to placeholder"
    PLACEHOLDER = "placeholder"  # that the batch itself tells, see `placeholders`, or whose SHA-256 is listed
    TOO_MANY_REDIRECTS = "too many redirects"
    ENCODED_BODY = "compressed though asked not to"
    TOO_LARGE = "too large"
    TRUNCATED = "truncated"
    NOT_AN_IMAGE = "not an image"
    HEIC = "format not read: HEIC"  # unless pillow-heif is installed
    TIFF = "format not read: TIFF"  # most cameras' raw formats, too
    JPEG_XL = "format not read: JPEG XL"
    JPEG_2000 = "format not read: JPEG 2000"
    BMP = "format not read: BMP"
    TOO_MANY_PIXELS = "too many pixels"
    TOO_SMALL = "too small"
    TOO_COSTLY = "too costly to decode"  # in processor time or memory
    UNDECODABLE = "cannot be decoded"  # for another reason than that it breaks off


GONE_POSTS = frozenset({Reason.GONE_POST, Reason.PRIVATE_POST})

UNREAD_FORMATS = frozenset({Reason.HEIC, Reason.TIFF, Reason.JPEG_XL, Reason.JPEG_2000, Reason.BMP})

OK = "ok"
"""The outcome where bytes came, whatever they are."""

KEPT = "kept"
"""The outcome where an earlier version of the project stored a photo, and let go of the bytes as they came."""


def http_status(code: int) -> str:
    """The reason of an answer's status other than 200."""
    return f"http status {code}"


WAYS = {
    "deleted": (404, 410),
    "not shown to everyone": (401, 403, 451),
    "too many requests, after all tries": (429,),
    "server error, after all tries": range(500, 600),
}
"""What statuses say of a photo that did not come."""

_WAY = {http_status(code): way for way, codes in WAYS.items() for code in codes}
_WAY |= dict.fromkeys((Reason.KNOWN_PLACEHOLDER, Reason.PLACEHOLDER), "another picture in its place")


def way_of(reason: str) -> str:
    """In which way a photo is gone: reasons that mean one thing are one, all others stand for themselves."""
    return str(_WAY.get(reason, reason))


FINAL = frozenset({OK, KEPT, *map(http_status, (403, 404, 410, 451))})
"""Outcomes that asking again would not change. All others are temporary: a host may come back, a limit be raised."""


class NoPhotoError(Exception):
    """A link that leads to no photo. reason: a `Reason` or `http_status(...)`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
