"""Labels that came later are judged, and those that pass are read by ingest."""

from collections.abc import Sequence

from flows.stages import run_stages
from popularity import paths
from popularity.dag.stages import StageRefusedError, changed, restore
from popularity.dataset.overlap import Overlap
from popularity.errors import UserError
from popularity.monitoring.alert_record import put_on_record
from popularity.monitoring.alerts import of_refused_labels
from popularity.monitoring.label_files import JudgedFile, judge_files, read_judged
from popularity.monitoring.label_judge import FileOfLabels
from popularity.monitoring.labels_guard import LabelsVerdict
from popularity.printing import say
from popularity.settings import Settings, load_settings
from popularity.sources.strange import refuse_strange_files


def read_labels() -> list[UserError]:
    """Judge the files of labels that have come, tell what was found, and run ingest of batches that have new ones.

    Returns the refusals: a file that is stopped or that ingest refuses leaves the labels known so far.
    """
    refusals: list[UserError] = []
    fit = []
    for batch in load_settings().batches:
        if any(paths.visits(batch).glob("*.csv")):
            try:
                refuse_strange_files(paths.visits(batch))
                for told in judge(batch):
                    say(f"labels of {batch}, {told}")
                    if told.answer == "stop":
                        put_on_record(of_refused_labels(batch, told), load_settings().monitoring.alerts)
                fit.append(batch)
            except UserError as refusal:
                refusals.append(refusal)
    for stage in changed([f"ingest@{batch}" for batch in fit]):
        try:
            run_stages([stage])
        except StageRefusedError as refusal:
            restore(stage)
            refusals.append(refusal)
    return refusals


def judge(batch: str) -> Sequence[JudgedFile]:
    """What is found of a batch's files of labels, before ingest reads them; nothing of a batch without its tables."""
    from popularity.registry.judging import judge_of

    if not paths.labels(batch).exists():
        return []
    settings = load_settings()
    return judge_files(batch, lambda: judge_of(batch, settings, overlap_of(settings)), settings)


def overlap_of(settings: Settings) -> Overlap:
    """What the project's batches share: it reads the ids of all their posts."""
    return Overlap.of(settings.batches, settings.label.horizon_days)


def judge_table(batch: str, overlap: Overlap) -> LabelsVerdict | None:
    """What is found of all labels that a batch has, also those that its crawl or a later one of the same posts brought.

    Those of files that a person released are as right as that person says. None where no other is there.
    overlap: of `overlap_of`.
    """
    from popularity.registry.judging import judge_of

    settings = load_settings()
    labels = overlap.labels(batch)[["pid", "label", "age_days"]]
    for one in read_judged(batch):
        file = paths.visits(batch) / one.file
        if one.answer == "released" and file.is_file():  # it may have been taken away since
            released = FileOfLabels.read(file, batch, settings.label).labels
            labels = labels[~labels["pid"].isin(released["pid"])]
    if labels["label"].isna().all() or (judge := judge_of(batch, settings, overlap)) is None:
        return None
    return judge.judge(labels)
