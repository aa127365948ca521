"""Which nights lack a row of the record: scores, drift, or how right the scores were."""

from dataclasses import dataclass
from pathlib import Path

from popularity import paths
from popularity.dataset.overlap import Overlap
from popularity.dataset.whole import whole_batches
from popularity.monitoring.ages import Ages
from popularity.monitoring.reference import FOLDER, Reference
from popularity.posts import read_table
from popularity.registry.history import champion_then
from popularity.settings import Settings, batch_settings


@dataclass(frozen=True)
class Backlog:
    """A batch and what it lacks of the champion of its night. crawled: Unix seconds."""

    batch: str
    crawled: int
    version: str
    scores: bool
    drift: bool  # or the verdict, which is given with it
    performance: bool

    def __str__(self) -> str:
        lacks = [name for name in ("scores", "drift", "performance") if getattr(self, name)]
        return f"{self.batch} lacks {', '.join(lacks)} by {self.version}"


def crawl_date(batch: str, settings: Settings) -> int:
    """When the batch's crawl was over, or where nobody says the date of its latest post; Unix seconds.

    Raises UserError where its posts are not there.
    """
    said = batch_settings(settings, batch).crawled
    return int(read_table(paths.posts(batch), ["postdate"])["postdate"].max()) if said is None else said


def backlog(settings: Settings) -> list[Backlog]:
    """The nights that lack something, the oldest first; with a whole record none.

    A night is a batch that came by the inbox, or that has scores. Scores that were given keep the version that gave
    them.
    Raises UserError where a champion that is needed cannot be read.
    """
    overlap = Overlap.of(settings.batches, settings.label.horizon_days)
    found = []
    for batch in whole_batches(settings.batches):
        scored = paths.scores(batch).exists()
        if not scored and batch_settings(settings, batch).crawled is None:
            continue
        crawled = crawl_date(batch, settings)
        if scored:
            version = _version(paths.scores(batch))
            if not Reference.is_in(paths.champion(version)):
                continue  # scored by an older champion, with which nobody can compare it now
        else:
            bundle = champion_then(settings.label, crawled)
            if batch in bundle.facts.batches:
                continue  # that one has seen its labels
            version = bundle.version
        labels = overlap.labels(batch)
        age = labels.loc[labels["label"].notna(), "age_days"]
        comes = bool(Ages.load(paths.champion(version) / FOLDER).comparable(age).any())
        one = Backlog(
            batch=batch,
            crawled=crawled,
            version=version,
            scores=not scored,
            drift=not _is_by(paths.drift(batch), version) or not paths.night_record(batch).exists(),
            performance=comes and not _is_by(paths.performance(batch), version),
        )
        if one.scores or one.drift or one.performance:
            found.append(one)
    return sorted(found, key=lambda one: (one.crawled, one.batch))


def _is_by(path: Path, version: str) -> bool:
    return path.exists() and bool((read_table(path, ["version"])["version"] == version).all())


def _version(path: Path) -> str:
    return str(read_table(path, ["version"])["version"].iloc[0])
