"""reports/monitoring.html and a page a batch: the night shift in words, from the record and what is open.

Everything in them is escaped; they load nothing from a network, and the same record makes the same bytes.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from popularity import paths
from popularity.arrays import FloatArray
from popularity.files import replacing
from popularity.monitoring.drift import Drift
from popularity.monitoring.history import Night, find_night
from popularity.monitoring.label_files import read_judged
from popularity.monitoring.open_points import OpenPoint, release_of
from popularity.monitoring.record import Performance
from popularity.monitoring.reference import FOLDER, TABLE
from popularity.monitoring.requests import read_request
from popularity.monitoring.verdict import GRAVITY
from popularity.pages import sparks
from popularity.pages.column_lines import SCALE, column_lines, of_limit
from popularity.pages.digits import NO_BREAK, share, three
from popularity.pages.page import render_page
from popularity.pages.retrains import retrain_told
from popularity.pages.sides import all_shares, sides
from popularity.posts import read_table
from popularity.settings import load_settings

HEADLINES = {
    "ok": "Nothing unusual",
    "watch": "Worth a look",
    "retrain": "The models should learn from it",
    "stop": "Refused at the door",
}
MEANINGS = {
    "ok": "The batch looks like what the champion knows, and calls for nothing.",
    "watch": "Something is unlike other nights. The batch was scored as usual, and nothing else is done.",
    "retrain": "The batch was scored, but the champion does not know what it brings. A retrain is asked for.",
    "stop": "The batch broke a rule that nothing downstream survives. It was not scored, and lies in quarantine.",
}


@dataclass(frozen=True)
class Reason:
    """A sentence, and what it calls for."""

    answer: str
    sentence: str


def write_batch_page(batch: str, path: Path | None = None) -> None:
    """Write reports/batches/<batch>.html, or another file. Raises UserError where there is no verdict on the batch."""
    path = path or paths.batch_page(batch)
    night = find_night(batch)
    version = night.record.version
    request = read_request(batch)
    scored = paths.scores(batch).exists() and version is not None
    with replacing(path) as temporary:
        text = render_page(
            "batch.html",
            night=night,
            all_pages=_from(path, paths.INDEX),
            all_batches=_from(path, paths.MONITORING_REPORT),
            record=night.record,
            release=release_of(batch) if night.record.verdict == "stop" else None,
            retrain=retrain_told(request) if request else "",
            unit=load_settings().label.unit,
            performance=night.performance,
            beside_users=beside_users(night.performance) if night.performance else "",
            labels=[one for one in read_judged(batch) if one.answer in ("stop", "released")],
            headline=HEADLINES[night.record.verdict],
            meaning=MEANINGS[night.record.verdict],
            reasons=reasons(night),
            date=date(night),
            drift=[_bar(one) for one in sorted(night.drift, key=of_limit, reverse=True)],
            shares=all_shares(night.drift),
            three=three,
            share=share,
            earlier=alive_earlier(night),
            scores=sparks.distributions(_scores(batch), _reference(str(version))) if scored else None,
            chart=sparks,
            evidently=paths.drift_report(batch).exists(),
        )
        temporary.write_text(text, encoding="utf-8")


def write_monitoring_page(history: Sequence[Night], open_points: Sequence[OpenPoint], unit: str) -> None:
    """Write reports/monitoring.html: what is open, the latest batch, then all, with links to `write_batch_page`'s.

    history: as `read_history` gives it. unit: of labels.
    """
    with replacing(paths.MONITORING_REPORT) as temporary:
        text = render_page(
            "history.html",
            open_points=open_points,
            open_headline=open_headline(open_points),
            rows=list(reversed(_rows(history))),
            headlines=HEADLINES,
            unit=unit,
            meanings=MEANINGS,
            verdicts=GRAVITY,
            counts={answer: sum(night.record.verdict == answer for night in history) for answer in GRAVITY},
            columns=column_lines(history),
            limit=SCALE.pixel(1.0),
            chart=sparks,
            three=three,
            share=share,
        )
        temporary.write_text(text, encoding="utf-8")


def open_headline(open_points: Sequence[OpenPoint]) -> str:
    """How much is open, in words."""
    if not open_points:
        return "Nothing is open"
    return "One thing is open" if len(open_points) == 1 else f"{len(open_points):,} things are open"


def beside_users(performance: Performance) -> str:
    """A sentence on the scores beside the users' own means: which of them erred less, where users drawn say that."""
    low, high = performance.over_user_mean_low, performance.over_user_mean_high
    mae, others = three(performance.mae), three(performance.user_mean_mae)
    if np.isnan(low) or np.isnan(high):
        return (
            f"The scores err by {mae}, the users’ own means by {others}; nobody has noted how sure the difference is."
        )
    errors = f"an error of {mae} against {others}"
    bounds = f"95{NO_BREAK}% over users: {three(low, '+')} to {three(high, '+')}"
    difference = f"a difference of {three(performance.mae - performance.user_mean_mae, '+')} ({bounds})"
    if low <= 0 <= high:
        return (
            f"The scores are no different from the users’ own means as far as these posts tell: {errors}, {difference}."
        )
    closer = "closer than" if high < 0 else "less close than"
    return f"The scores came {closer} the users’ own means, beyond chance: {errors}, {difference}."


def reasons(night: Night) -> list[Reason]:
    """The record's reasons, apart from the answer that each begins with."""
    found = []
    for text in night.record.reasons:
        answer, _, sentence = text.replace(" %", f"{NO_BREAK}%").partition(": ")
        found.append(Reason(answer, sentence) if answer in GRAVITY else Reason(night.record.verdict, text))
    return found


def date(night: Night) -> str:
    """Day and minute of the crawl, UTC; "" where nothing tells."""
    if night.record.crawled is None:
        return ""
    return minute(datetime.fromisoformat(night.record.crawled))


def minute(at: datetime) -> str:
    """Day and minute, in UTC as it is given."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _from(page: Path, other: Path) -> str:
    """The address of another page, seen from this one."""
    return Path(os.path.relpath(other, page.parent)).as_posix()


def _rows(history: Sequence[Night]) -> list[dict[str, Any]]:
    """What the page says of each batch, in the history's order."""
    drifted = [night.drifted_share for night in history]
    alive = [night.record.alive_share for night in history]
    mae = [night.performance.mae if night.performance else None for night in history]
    baseline = [night.performance.user_mean_mae if night.performance else None for night in history]
    whole, errors = sparks.Scale(0.0, 1.0), sparks.Scale.over(mae, baseline)
    shares = sparks.Scale.over(drifted, low=0.0, high=0.2)
    rows = []
    for n, night in enumerate(history):
        line = partial(sparks.spark, last=n)
        rows.append(
            {
                "night": night,
                "record": night.record,
                "reasons": reasons(night),
                "date": date(night),
                "earlier": alive_earlier(night),
                "drifted": line(drifted, shares),
                "alive": line(alive, whole),
                "mae": line(mae, errors),
                "baseline": line(baseline, errors),
            }
        )
    return rows


def _bar(one: Drift) -> dict[str, Any]:
    """A row of the drift table; width: per cent of a bar on which the limit lies in the middle."""
    return {"drift": one, "width": min(50 * of_limit(one), 100.0), "sides": sides(one)}


def alive_earlier(night: Night) -> float | None:
    """The share of living photos among the earlier posts of the batch's users; None where the record lacks it."""
    return next((one.past for one in night.drift if one.past is not None), None)


def _scores(batch: str) -> FloatArray:
    return read_table(paths.scores(batch), ["prediction"])["prediction"].to_numpy(np.float64)


def _reference(version: str) -> FloatArray:
    """The scores that the champion's reference holds; none where its bundle is not on this machine."""
    path = paths.champion(version) / FOLDER / TABLE
    if not path.exists():
        return np.empty(0)
    values = read_table(path, ["prediction"])["prediction"].to_numpy()
    return np.asarray(values[~np.isnan(values)], dtype=np.float64)
