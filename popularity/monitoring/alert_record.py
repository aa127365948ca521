"""Alerts on record: written before what they tell of is, and kept with who has them already.

monitoring/alerts/<name>.json, one an alert. The same news has the same name, so that it is told once, whatever runs
again; what nobody has sent yet is sent by the next run.
"""

from collections.abc import Iterable
from typing import Literal

from popularity import paths
from popularity.files import read_json, telling, write_json
from popularity.settings import Alerts, Answer, Section

Kind = Literal["verdict", "failed run", "late run", "labels overdue", "labels refused"]


class News(Section):
    """What an alert says. name: a file's; subject: a line; lines: sentences, which may hold text from elsewhere."""

    name: str
    kind: Kind
    subject: str
    lines: tuple[str, ...]
    batch: str | None = None
    verdict: Answer | None = None


class Alert(News):
    """News on record. waiting, sent: names of channels."""

    waiting: tuple[str, ...]
    sent: tuple[str, ...] = ()


def put_on_record(news: News, options: Alerts) -> None:
    """Have news be told to the channels that are to have it; what is on record already changes nothing."""
    waiting = tuple(
        name for name, channel in options.to.items() if news.kind != "verdict" or news.verdict in channel.verdicts
    )
    if waiting and not paths.alert(news.name).exists():
        write_json(paths.alert(news.name), Alert(**news.model_dump(), waiting=waiting).model_dump(mode="json"))


def waiting_for(channel: str) -> Iterable[Alert]:
    """Alerts that a channel has not got yet, the oldest first."""
    files = sorted(paths.ALERTS.glob("[!.]*.json"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    for file in files:
        with telling(file):
            alert = Alert.model_validate(read_json(file))
        if channel in alert.waiting:
            yield alert


def mark_sent(name: str, channel: str) -> None:
    """Put on record that a channel has an alert."""
    alert = Alert.model_validate(read_json(paths.alert(name)))
    waiting = tuple(one for one in alert.waiting if one != channel)
    marked = alert.model_copy(update={"waiting": waiting, "sent": (*alert.sent, channel)})
    write_json(paths.alert(name), marked.model_dump(mode="json"))
