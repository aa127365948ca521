"""Flow monitor: labels that have come are read, and the scores given at the time are compared with what came true.

    python -m flows.monitor

Labels are CSV files in data/visits/<batch>/; views of posts from Flickr that have reached an age are asked for first.
Only ingest of the batches with new ones runs: no model or prediction changes. A request for a new model that waited for
these labels is fulfilled, once. What is new is told in full, then each night's verdict in a line, also when nothing is
new.
"""

import argparse
import sys
from collections.abc import Sequence

from prefect import flow

from flows.alerts import alerting, tell_overdue_labels
from flows.crawl import revisit_where_due
from flows.labels import read_labels
from flows.links import retry_recent
from flows.outcome import failed, name_run, verdicts
from flows.recrawl import compare, tell_failures
from flows.retrain import Retrain, retrain
from flows.services import refuse_silent_server
from popularity import paths
from popularity.checks.gate import gate
from popularity.dag.stages import refuse_without_git
from popularity.dag.writer import one_writer
from popularity.dataset.overlap import Overlap
from popularity.errors import UserError, run
from popularity.monitoring.history import NightRecord, find_night, read_night
from popularity.monitoring.labels import labelled_batches
from popularity.monitoring.night import labels_hash
from popularity.monitoring.requests import open_requests
from popularity.monitoring.told import verdict_lines
from popularity.printing import say
from popularity.settings import load_settings


class MonitorError(Exception):
    """Not all labels were taken in. failures: why not, each with its next step where there is one."""

    def __init__(self, failures: Sequence[Exception]) -> None:
        super().__init__("\n".join(map(str, failures)))
        self.failures = failures


@flow(name="monitor", persist_result=False, log_prints=True)
def monitor() -> list[NightRecord]:
    """Take in the labels that have come; returns the renewed record of each scored batch that has new ones.

    Raises UserError, after the other batches are done, where a file of labels cannot be read, or Flickr not be asked;
    MonitorError where there are several such failures.
    """
    try:
        with alerting():
            records = _monitor()
    except (UserError, MonitorError) as ended:
        failures = getattr(ended, "failures", [ended])
        name_run(f"{len(failures):,} failed")
        if not all(isinstance(one, UserError) for one in failures):
            raise
        refused: list[NightRecord] = failed(ended)
        return refused
    name_run(verdicts(records) or "nothing new")
    return records


def _monitor() -> list[NightRecord]:
    records, not_compared = [], {}
    failures = revisit_where_due()
    with one_writer():
        retry_recent()
        failures += read_labels()
        settings = load_settings()
        # A later crawl of the same posts brings labels too.
        overlap = Overlap.of(settings.batches, settings.label.horizon_days)
        scored = [batch for batch in load_settings().batches if paths.night_record(batch).exists()]
        for batch in (batch for batch in scored if paths.labels(batch).exists()):
            if read_night(batch).labels == labels_hash(overlap.labels(batch)):
                continue
            if why := why_not_compared(batch):
                not_compared[batch] = why
            else:
                records.append(compare(batch, gate(batch, load_settings())))
        rewrite_pages()  # a run that was killed may have left them behind its record
        waiting = labelled_batches(request.batch for request in open_requests())
        tell_overdue_labels()
    for batch in waiting:
        if any(request.batch == batch for request in open_requests()):  # one run answers all
            retrain(Retrain(batch=batch))
    for record in records:
        told = [*record.reasons, *filter(None, [find_night(record.batch).errors, record.not_compared])]
        say("\n".join([f"{record.batch}: {record.verdict}", *told]))
    for line in verdict_lines([read_night(batch) for batch in scored], not_compared):
        say(line)
    if len(failures) > 1:
        raise MonitorError(failures)
    if failures:
        raise failures[0]
    return records


def why_not_compared(batch: str) -> str:
    """What the champion that scored a night lacks, where its labels cannot be compared with the scores; "" else."""
    from popularity.monitoring.reference import Reference

    version = str(read_night(batch).version)
    there = Reference.is_in(paths.champion(version))
    return "" if there else f"{version}, which scored it, lacks what this version needs"


def rewrite_pages() -> None:
    """Write the pages of all batches on record anew, and those over them."""
    from popularity.monitoring.history import read_history
    from popularity.overviews import write_overviews
    from popularity.pages.nights import write_batch_page

    for night in read_history():
        write_batch_page(night.record.batch)
    write_overviews()


def main() -> None:
    argparse.ArgumentParser(
        description="Read the labels that have come to data/visits/ and compare scores with what came true.",
        epilog="example: python -m flows.monitor",
    ).parse_args()
    refuse_without_git()
    refuse_silent_server()
    try:
        monitor()
    except MonitorError as ended:
        sys.exit(tell_failures(ended.failures))


if __name__ == "__main__":
    run(main)
