"""Who was champion when: monitoring/champions.json, in the order of the promotions.

A crawl that is taken in late is scored by the champion of its own night. Nights of a world that is played, or of old
crawls, have dates of their own: a promotion is dated by the clock and by the latest crawl that was on record then.
"""

import time
from collections.abc import Sequence

import pandas as pd
from pydantic import TypeAdapter

from popularity import paths
from popularity.files import read_json, telling, write_json
from popularity.monitoring.history import read_night
from popularity.settings import Section


class Reign(Section):
    """From when on a version was the champion. Dates are Unix seconds.

    at: by the clock; None where nobody has noted it. after: date of the latest crawl that others had answered; None: of
    none.
    """

    version: str
    at: int | None
    after: int | None


def note_reign(version: str, before: str | None, on: int | None) -> None:
    """Put on record that a version becomes the champion.

    before: the champion until now; None: none. on: date of the crawl on whose night this is; None: today.
    """
    reigns = read_reigns(before)
    if reigns and reigns[-1].version == version:
        return
    at, after = (int(time.time()), _latest_crawl()) if on is None else (on, on)
    reigns = [*reigns, Reign(version=version, at=at, after=after)]
    write_json(paths.REIGNS, [reign.model_dump() for reign in reigns])


def read_reigns(current: str | None) -> list[Reign]:
    """All that is known, the first one first. current: the champion, also where nobody noted when it became that."""
    reigns: list[Reign] = []
    if paths.REIGNS.exists():
        with telling(paths.REIGNS):
            reigns = TypeAdapter(list[Reign]).validate_python(read_json(paths.REIGNS))
    if current is not None and (not reigns or reigns[-1].version != current):
        reigns.append(Reign(version=current, at=None, after=None))
    return reigns


def version_then(crawled: int, reigns: Sequence[Reign], undone: Sequence[str]) -> str | None:
    """The version that was the champion when a crawl was over; None where there never was one.

    crawled: Unix seconds. undone: versions that a person took the place from; they count only where they have it now.
    One was not yet champion where later crawls had been answered before it was, or where the clock says so; that counts
    for crawls that are no older than the first champion alone, for a played world's dates are older.
    """
    if not reigns:
        return None
    first = reigns[0]
    held = [reign for reign in reigns if reign.version not in undone or reign is reigns[-1]]
    for reign in reversed(held[1:]):
        by_crawls = reign.after is not None and crawled <= reign.after
        by_clock = first.at is not None and reign.at is not None and first.at <= crawled < reign.at
        if not by_crawls and not by_clock:
            return reign.version
    return held[0].version


def _latest_crawl() -> int | None:
    """Date of the latest crawl on record, in Unix seconds."""
    nights = (paths.MONITORING / "nights").glob("[!.]*.json")
    dates = [date for path in nights if (date := read_night(path.stem).crawled)]
    return int(max(map(pd.Timestamp, dates)).timestamp()) if dates else None
