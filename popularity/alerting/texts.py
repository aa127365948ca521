"""An alert in words. Titles, tags and names in it are strangers': what they hold is shown, and nothing obeys it."""

import html
import re

from popularity.monitoring.alert_record import News
from popularity.printing import printable, shortened

LINES = 10
"""Of an alert; the page has the others."""
LINE = 400
"""Characters of each."""
SUBJECT = 150

INVISIBLE = re.compile("[\u200b-\u200d\u2060-\u2064\ufeff]")
BREAK = "\u200b"
"""What a name and an address are cut by, so that no chat calls that one or leads there."""


def subject(news: News) -> str:
    """One line, with the project's name before it."""
    return f"photo-popularity, {_line(news.subject, SUBJECT)}"


def lines(news: News) -> list[str]:
    """At most LINES lines, and one that counts the rest."""
    shown = [_line(text, LINE) for text in news.lines[:LINES]]
    rest = len(news.lines) - len(shown)
    return [*shown, *([f"... and {rest:,} more"] if rest else [])]


def plain(news: News) -> str:
    """The text of an e-mail."""
    return "\n".join([_line(news.subject, SUBJECT), "", *lines(news), ""])


def for_chat(news: News) -> str:
    """For Slack and what is compatible: no mention, link or HTML is made of what is in it.

    Slack asks for `&`, `<` and `>` to be escaped (api.slack.com/reference/surfaces/formatting); in others `@channel`
    calls everybody.
    """
    text = "\n".join([subject(news), *lines(news)])
    return html.escape(text, quote=False).replace("@", f"@{BREAK}").replace("://", f":{BREAK}//")


def _line(text: str, most: int) -> str:
    return shortened(printable(" ".join(INVISIBLE.sub("", text).split())), most)
