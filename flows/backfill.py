"""Flow backfill: what the nights lack is made good, the oldest first, each by the champion of its night.

    python -m flows.backfill

Nights on record get the scores, drift and performance that they lack. Then every whole crawl of data/inbox/ is taken in
as if it had come on its night: by its date, and a retrain that it calls for comes before the next one. A second run
does nothing. Prints and exits as `flows.recrawl`.
"""

import argparse
import sys
from collections.abc import Sequence

from prefect import flow

from flows.alerts import alerting
from flows.outcome import came_of, name_run, verdicts
from flows.recrawl import LabelsError, Recrawl, RecrawlError, compare, end, judge_labels, recrawl, score, tell, tell_end
from flows.services import refuse_silent_server
from popularity import paths
from popularity.batches import inbox
from popularity.checks.gate import exit_code, gate
from popularity.dag.stages import refuse_without_git
from popularity.dag.writer import one_writer
from popularity.errors import UserError, run
from popularity.monitoring.history import NightRecord
from popularity.printing import say
from popularity.settings import load_settings


@flow(name="backfill", persist_result=False, log_prints=True)
def backfill() -> list[NightRecord]:
    """Make good what the nights lack; returns the record of each that lacked something, or was taken in.

    Raises RecrawlError, after the others are done, when one failed or was refused.
    """
    records: list[NightRecord] = []
    failures: list[Exception] = []
    try:
        with alerting():
            _make_good(records, failures)
    except RecrawlError as ended:
        return end(ended)
    name_run(verdicts(records) or "nothing was lacking")
    return records


def _make_good(records: list[NightRecord], failures: list[Exception]) -> None:
    """Append what came of each. Raises RecrawlError as `backfill`."""
    from popularity.registry.backlog import backlog

    with one_writer():
        inbox.rename_unwritable()
        waiting = inbox.waiting()  # of a night that was interrupted the crawl is still here
        for one in [one for one in backlog(load_settings()) if one.batch not in waiting]:
            say(str(one))
            try:
                records.append(fill(one.batch, scored=not one.scores))
            except Exception as error:  # noqa: BLE001, one night keeps no other from its record
                failures.append(error)
    for batch in waiting:
        try:
            records += recrawl(Recrawl(batch=batch))
        except RecrawlError as ended:
            records += ended.records
            failures += ended.failures
    if failures or any(record.verdict == "stop" for record in records):
        raise RecrawlError(records, failures)


def fill(batch: str, *, scored: bool) -> NightRecord:
    """Bring a batch that has its tables to its verdict. scored: its champion's scores are there, and stay.

    Raises UserError where it cannot be scored: the gate or the judge of its labels says stop.
    """
    findings = gate(batch, load_settings())
    if not scored:
        if exit_code(findings) == 2:
            raise UserError(
                f"{batch} breaks a critical rule, and is not scored", next_step=f"popularity quality {batch}"
            )
        score(batch)
        try:
            came_of(judge_labels(batch))
        except LabelsError as refusal:
            paths.scores(batch).unlink()
            raise UserError(
                f"{batch} is not scored, its labels are refused: {refusal}",
                next_step=f"mend its label files, or `popularity batches remove {batch}`",
            ) from refusal
    return compare(batch, findings)


def main() -> None:
    argparse.ArgumentParser(
        description="Make good what the nights lack, and take in what waits in data/inbox/, the oldest first.",
        epilog="example: python -m flows.backfill",
    ).parse_args()
    refuse_without_git()
    refuse_silent_server()
    try:
        tell_filled(backfill())
    except RecrawlError as ended:
        sys.exit(tell_end(ended))


def tell_filled(records: Sequence[NightRecord]) -> None:
    """Print each verdict as recrawl does, or that nothing was lacking."""
    if records:
        tell(records)
    else:
        say("no night lacks anything, and no whole crawl waits")


if __name__ == "__main__":
    run(main)
