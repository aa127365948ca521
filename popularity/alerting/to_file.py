"""Alerts as lines of JSON at the end of a file."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from popularity.alerting.sending import NotSentError
from popularity.alerting.texts import lines, subject
from popularity.monitoring.alert_record import Alert


def append(path: Path, alert: Alert) -> None:
    """Append an alert, once: one that a killed run has written already is not written again.

    A line that was cut off by a kill goes first. Raises NotSentError where the file cannot be written.
    """
    line = {
        "id": alert.name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "kind": alert.kind,
        "batch": alert.batch,
        "verdict": alert.verdict,
        "subject": subject(alert),
        "lines": lines(alert),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.seek(0)
            there = file.read()
            if any(_is(alert, each) for each in there.splitlines()):
                return
            file.truncate(there.rfind(b"\n") + 1)
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise NotSentError(f"{path}: {error.strerror}", passing=False) from error


def _is(alert: Alert, line: bytes) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("id") == alert.name
