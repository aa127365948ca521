"""Each night's verdict and what was found of its labels: the latest nights a line each, earlier ones counted."""

from collections import Counter
from collections.abc import Mapping, Sequence

from popularity.monitoring.history import NightRecord
from popularity.monitoring.label_files import read_judged
from popularity.monitoring.verdict import GRAVITY

LATEST = 10
LABELS = ("ok", "stop", "released", "not judged", "of the crawl", "none yet")


def verdict_lines(nights: Sequence[NightRecord], not_compared: Mapping[str, str]) -> list[str]:
    """nights: those that were scored, in any order. not_compared: why a night's labels are not, by batch."""
    ordered = sorted(nights, key=lambda night: (night.crawled or "", night.batch))
    earlier, latest = ordered[:-LATEST], ordered[-LATEST:]
    lines = [_line(night, not_compared.get(night.batch, "")) for night in latest]
    return [_count(earlier, not_compared), *lines] if earlier else lines


def _line(night: NightRecord, why: str) -> str:
    judged = read_judged(night.batch)
    found = ", ".join(f"{one.file} {one.answer}" for one in judged) or _answers(night)[0]
    return f"{night.batch}: {night.verdict}; labels: {found}" + (f"; not compared: {why}" if why else "")


def _count(nights: Sequence[NightRecord], not_compared: Mapping[str, str]) -> str:
    verdicts = _counted(GRAVITY, [night.verdict for night in nights])
    labels = _counted(LABELS, [answer for night in nights for answer in _answers(night)])
    lacking = sum(night.batch in not_compared for night in nights)
    told = f"; {lacking:,} not compared" if lacking else ""
    return f"{len(nights):,} earlier night{'s' if len(nights) > 1 else ''}: {verdicts}; labels: {labels}{told}"


def _counted(order: Sequence[str], answers: Sequence[str]) -> str:
    found = Counter(answers)
    return ", ".join(f"{found[one]:,} {one}" for one in order if found[one])


def _answers(night: NightRecord) -> list[str]:
    """What was found of each of its files of labels; where none came, whether its crawl had labels."""
    answers: list[str] = [one.answer for one in read_judged(night.batch)]
    return answers or ["of the crawl" if night.labels else "none yet"]
