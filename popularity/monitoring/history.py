"""Records of nights."""

from typing import Any

from popularity import paths
from popularity.files import read_json, write_json
from popularity.settings import Answer, Section


class NightRecord(Section):
    """Temporary."""

    batch: str
    verdict: Answer
    reasons: tuple[str, ...]
    drifted: tuple[str, ...]
    critical: int
    warning: int
    findings: tuple[dict[str, Any], ...]
    version: str | None
    posts: int | None
    alive_share: float | None
    crawled: str | None
    labels: str | None


def write_night(record: NightRecord) -> None:
    """Write."""
    write_json(paths.night_record(record.batch), record.model_dump(mode="json"))


def read_night(batch: str) -> NightRecord:
    """Read."""
    return NightRecord.model_validate(read_json(paths.night_record(batch)))
