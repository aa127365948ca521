"""The verdicts on record, a batch a night, with what drift and performance say of it.

monitoring/nights/<batch>.json; of a batch in quarantine data/quarantine/<batch>/record.json, all that is left of it.
"""

from dataclasses import dataclass

from pydantic import ConfigDict

from popularity import paths
from popularity.errors import UserError
from popularity.files import read_json, telling, write_json
from popularity.monitoring.drift import Drift
from popularity.monitoring.record import Performance, read_drift
from popularity.posts import read_table
from popularity.settings import Answer, Section


class BrokenRule(Section):
    """A gate's finding that did not pass: see `Finding`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rule: str
    column: str  # "" for a rule on the whole table
    severity: str  # critical or warning
    count: int  # rows that break it
    pids: tuple[int, ...]  # up to five of them
    reason: str
    told: str = ""  # the rule and what was measured, in plain words; "" in older records


class NightRecord(Section):
    """The verdict on one batch, and what it was given for."""

    batch: str
    verdict: Answer
    reasons: tuple[str, ...]  # a sentence each, the gravest first
    drifted: tuple[str, ...]  # columns
    critical: int  # broken rules of each severity
    warning: int
    findings: tuple[BrokenRule, ...]
    version: str | None  # of the champion that scored it; this and what follows is None for a batch in quarantine
    posts: int | None
    alive_share: float | None  # of posts whose photo is there
    crawled: str | None  # when the crawl was over, or where nobody says its latest post's date; ISO 8601, UTC
    labels: str | None  # SHA-256 of the labels that the verdict knew; None before any came
    expected_mae: float | None = None  # error to expect of the scores, told without labels; None: nobody can tell
    not_compared: str = ""  # a sentence on labels that were read at other ages than the champion knows
    seen_before: str = ""  # a sentence on posts that an earlier batch holds, which are not counted here


@dataclass(frozen=True)
class Night:
    """All that is on record of one batch."""

    record: NightRecord
    drift: tuple[Drift, ...]  # none for a batch in quarantine
    performance: Performance | None  # None until labels come

    @property
    def drifted(self) -> int:
        """How many of the compared columns drifted."""
        return sum(one.drifted for one in self.drift)

    @property
    def errors(self) -> str:
        """A sentence on how much the scores err, and how much was to be expected; "" where nothing is known of it."""
        came, expected = self.performance, self.record.expected_mae
        if came is None:
            return "" if expected is None else f"The scores are expected to err by {expected:.3g}."
        told = "" if expected is None else f"; {expected:.3g} was expected without their labels"
        return f"The scores err by {came.mae:.3g} on {came.n:,} posts, users' means by {came.user_mean_mae:.3g}{told}."

    @property
    def drifted_share(self) -> float | None:
        """The share of compared columns that drifted; None where none was compared."""
        return self.drifted / len(self.drift) if self.drift else None


def write_night(record: NightRecord) -> None:
    """Replace the batch's verdict on record."""
    write_json(paths.night_record(record.batch), record.model_dump(mode="json"))


def read_night(batch: str) -> NightRecord:
    """The verdict on a batch, also one in quarantine. Raises UserError where there is none."""
    for path in (paths.night_record(batch), paths.refused(batch)):
        if path.exists():
            with telling(path):
                return NightRecord.model_validate(read_json(path))
    raise UserError(f"there is no verdict on {batch!r}", next_step=f"python -m flows.recrawl --batch {batch}")


def find_night(batch: str) -> Night:
    """All that is on record of a batch. Raises UserError where there is no verdict on it."""
    record = read_night(batch)
    drift = tuple(read_drift(batch)) if paths.drift(batch).exists() else ()
    return Night(record, drift, _performance(batch))


def read_history() -> list[Night]:
    """Every batch on record, in the order in which they were crawled.

    A batch in quarantine has none: it comes after the last of those before it by name.
    """
    names = {path.stem for path in (paths.MONITORING / "nights").glob("[!.]*.json")}
    names |= {path.parent.name for path in paths.QUARANTINE.glob("[!.]*/record.json")}
    found = [find_night(name) for name in sorted(names)]
    dated = sorted((night for night in found if night.record.crawled), key=lambda night: night.record.crawled or "")
    for night in found:
        if night.record.crawled is None:
            dated.insert(_place(night, dated), night)
    return dated


def _place(night: Night, others: list[Night]) -> int:
    """Behind the last that comes before it by name."""
    return max((i + 1 for i, other in enumerate(others) if other.record.batch < night.record.batch), default=0)


def _performance(batch: str) -> Performance | None:
    path = paths.performance(batch)
    if not path.exists():
        return None
    with telling(path):
        (row,) = read_table(path).to_dict("records")
        return Performance(**{str(name): value for name, value in row.items()})
