"""Values of JSON and Parquet as the text that a CSV file would hold."""

import json
import math
from datetime import UTC, date, datetime
from typing import Any


def text_of(value: Any) -> str:
    """A value as text: "" for none and NaN, 1 and 0 for true and false, words in a list parted by spaces.

    A word of a list that holds spaces is written without them, as Flickr does with tags of several words. Dates are
    ISO, UTC where they name no zone. Half of a surrogate pair, which a cut emoji leaves, becomes U+FFFD.
    """
    match value:
        case None:
            return ""
        case str():
            return value if value.isascii() else _without_halves(value)
        case bool():
            return str(int(value))
        case float():
            return "" if math.isnan(value) else repr(value)
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
        case date():
            return value.isoformat()
        case list() | tuple():
            return " ".join("".join(text_of(one).split()) for one in value)
        case dict():
            return json.dumps(value, default=str)
    return str(value)


def at(value: Any, *keys: str | int) -> Any:
    """What lies in nested JSON behind these keys and places; None where anything on the way is not there."""
    for key in keys:
        if isinstance(key, int):
            value = value[key] if isinstance(value, list) and len(value) > key else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def _without_halves(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
