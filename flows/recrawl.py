"""Flow recrawl: a new crawl is admitted, checked, scored, compared with what the champion knows, and answered.

    python -m flows.recrawl                     every whole crawl in data/inbox/, the oldest first; where params name
                                                searches of Flickr, what they find comes there before
    python -m flows.recrawl --batch night-001   that one

Prints the verdict, a sentence for each reason and where the page lies; the last line of stdout is the same as JSON.
Exit code 0 for ok, watch and retrain, 2 for stop (or what the user can fix), 1 for a crash.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Sequence

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from pydantic import BaseModel, ConfigDict

from flows.alerts import alerting
from flows.crawl import discover_where_named
from flows.labels import judge_table, overlap_of
from flows.outcome import came_of, failed, name_run, verdicts
from flows.pages import escaped, link
from flows.retrain import Retrain, retrain
from flows.services import refuse_silent_server
from flows.stages import run_stages
from popularity import paths
from popularity.batches import inbox
from popularity.batches.failures import MOST, count_failure, forget_failures
from popularity.batches.project import PER_BATCH_STAGES
from popularity.checks.causes import causes_first
from popularity.checks.gate import exit_code, gate, gate_of_posts
from popularity.checks.rules import Finding
from popularity.dag.stages import StageRefusedError, refuse_without_git
from popularity.dag.writer import one_writer
from popularity.errors import UserError, run
from popularity.monitoring.digits import significant
from popularity.monitoring.history import NightRecord, find_night
from popularity.monitoring.requests import open_requests
from popularity.printing import say
from popularity.settings import load_settings


class Recrawl(BaseModel):
    """Parameters of the flow. batch: a folder of data/inbox/; None: every whole crawl there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: str | None = None


class GateError(Exception):
    """The gate found something critical. findings: all that it found."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        broken = [str(one) for one in causes_first([one for one in findings if not one.passed])]
        super().__init__("; ".join(broken[:1]))
        self.findings = list(findings)


class LabelsError(Exception):
    """Labels that came with a crawl are refused; the text says why."""


class RecrawlError(Exception):
    """Not every crawl was taken in. records: of all that were answered; failures: of those that were not.

    The text says why, and where a refused one lies.
    """

    def __init__(self, records: Sequence[NightRecord], failures: Sequence[Exception]) -> None:
        refused = [record for record in records if record.verdict == "stop"]
        why = {record.batch: " ".join(text.removeprefix("stop: ") for text in record.reasons) for record in refused}
        lines = [f"{batch} is quarantined: {text}" for batch, text in why.items()]
        super().__init__("\n".join([*lines, *map(str, failures)]))
        self.records, self.failures = records, failures


@flow(name="recrawl", persist_result=False, log_prints=True)
def recrawl(parameters: Recrawl | None = None) -> list[NightRecord]:
    """Crawl where params say what, and take the new crawls in; returns a record of each.

    Starts the flow retrain once for those that call for it.

    Raises RecrawlError when one was refused or failed, after the others are done, and UserError without a champion
    to score with.
    """
    try:
        with alerting():
            records = _take_in_all((parameters or Recrawl()).batch)
    except RecrawlError as ended:
        return end(ended)
    name_run(verdicts(records) or "no crawl")
    return records


def end(ended: RecrawlError) -> list[NightRecord]:
    """Name the run, and have it fail: with a traceback where anything crashed."""
    name_run(
        "; ".join(filter(None, [verdicts(ended.records), f"{len(ended.failures):,} failed" * bool(ended.failures)]))
    )
    if not all(isinstance(one, UserError) for one in ended.failures):
        raise ended
    refused: list[NightRecord] = failed(ended)
    return refused


def _take_in_all(named: str | None) -> list[NightRecord]:
    from popularity.registry.history import champion_of

    champion_of(load_settings().label)
    for file in inbox.misnamed():
        say(f"warning: {file} does not say that the crawl is whole: a file named {inbox.COMPLETE} does")
    records: list[NightRecord] = []
    failures = discover_where_named() if named is None else []
    with one_writer():
        for told in inbox.rename_unwritable():
            print(told)
        for batch in inbox.waiting() if named is None else [named]:
            try:
                records.append(take_in(batch))
            except Exception as error:  # noqa: BLE001, one crawl keeps no other from being taken in
                failures.append(error)
                try:
                    if (given_up := give_up(batch, error)) is not None:
                        records.append(given_up)
                except Exception as further:  # noqa: BLE001, as above: it could not be counted or set aside
                    failures.append(further)
    for batch in [request.batch for request in open_requests() if request.state == "new"]:
        if any(request.batch == batch and request.state == "new" for request in open_requests()):  # one run answers all
            try:
                retrain(Retrain(batch=batch))
            except Exception as error:  # noqa: BLE001, the crawls were answered, and that is told
                failures.append(error)
    if failures or any(record.verdict == "stop" for record in records):
        raise RecrawlError(records, failures)
    return records


def take_in(batch: str) -> NightRecord:
    """Bring one crawl from the inbox to its verdict; after an interruption anew, and DVC knows what is done."""
    findings: list[Finding] = []

    def look(stage: str) -> None:
        if stage == f"ingest@{batch}":
            findings[:] = came_of(check(batch, None))

    try:
        came_of(admit(batch))
        run_stages([f"{stage}@{batch}" for stage in PER_BATCH_STAGES], after=look)
        findings = came_of(check(batch, findings))
        score(batch)
        came_of(judge_labels(batch))
    except (inbox.UnfitCrawlError, StageRefusedError) as refusal:
        return refuse(batch, str(refusal), findings)
    except GateError as found:
        return refuse(batch, None, found.findings)
    except LabelsError as refusal:
        paths.scores(batch).unlink()
        return refuse(batch, str(refusal), findings)
    record = compare(batch, findings)
    inbox.settle(batch)
    forget_failures(batch)
    return record


def give_up(batch: str, error: Exception) -> NightRecord | None:
    """Count a run that could not take a crawl in, and set the crawl aside after MOST of them; None before that.

    What the user is told to mend is not counted: the crawl waits for it.
    """
    if isinstance(error, UserError) or (runs := count_failure(batch, f"{type(error).__name__}: {error}")) < MOST:
        return None
    return refuse(batch, f"it could not be taken in by {runs} runs; the last one: {_first_line(error)}", [])


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@task(name="admit", task_run_name="admit {batch}", persist_result=False)
def admit(batch: str) -> object:
    """Make the crawl a batch. Fails with UnfitCrawlError where it cannot be one."""
    try:
        inbox.admit(batch)
    except inbox.UnfitCrawlError as unfit:
        return failed(unfit)
    return None


@task(name="gate", task_run_name="gate {batch}", persist_result=False)
def check(batch: str, of_posts: list[Finding] | None) -> list[Finding]:
    """What the gate finds; leaves a table of all that its rules found, what failed first.

    of_posts: what it has found in the posts; None: look at that alone, which comes before anybody fetches their photos.
    Fails with GateError where something is critical.
    """
    findings = gate_of_posts(batch, load_settings()) if of_posts is None else gate(batch, load_settings(), of_posts)
    critical = exit_code(findings) == 2
    if of_posts is None and not critical:
        return findings  # the whole gate tells the rest
    rows = [
        {
            "severity": f.severity,
            "passed": f.passed,
            "column": f.column,
            "what was found": f.told,
            "count": f.count,
            "pids": ", ".join(map(str, f.pids)),
            "reason": f.reason,
            "rule": f.rule,
        }
        for f in [*causes_first([f for f in findings if not f.passed]), *(f for f in findings if f.passed)]
    ]
    create_table_artifact(rows, key="gate", description=f"What the gate found in {escaped(batch)}")
    say(f"gate: {batch} {'is refused' if critical else 'passed'}")
    if critical:
        refused: list[Finding] = failed(GateError(findings))
        return refused
    return findings


@task(name="score", task_run_name="score {batch}", persist_result=False)
def score(batch: str) -> None:
    """Score the batch with the champion of its night."""
    from popularity.checks.model_tables import check_scores
    from popularity.monitoring.reference import Reference
    from popularity.registry.backlog import crawl_date
    from popularity.registry.evidence import of_batch
    from popularity.registry.history import champion_then
    from popularity.registry.predictor import open_predictor
    from popularity.registry.scoring import write_scores

    settings = load_settings()
    bundle = champion_then(settings.label, crawl_date(batch, settings))
    with open_predictor(bundle.folder) as predictor:
        scores = predictor.score(of_batch(batch, predictor.profile, as_labelled=False))
    check_scores(batch, scores, Reference.load(bundle.folder).predictions)
    write_scores(paths.scores(batch), scores)


@task(name="labels", task_run_name="labels {batch}", persist_result=False)
def judge_labels(batch: str) -> object:
    """Judge the labels that came with a crawl; those that it brings of earlier nights' posts as these nights'.

    Fails with LabelsError where they are refused.
    """
    overlap = overlap_of(load_settings())
    earlier = set(overlap.kept_by(batch))
    for one in (batch, *sorted(name for name in earlier if paths.night_record(name).exists())):
        if (verdict := judge_table(one, overlap)) is not None:
            say(f"labels of {one}: {verdict.answer}: {verdict.sentence}")
            if verdict.answer == "stop":
                return failed(LabelsError(verdict.sentence))
    return None


@task(name="drift and verdict", task_run_name="drift and verdict {batch}", persist_result=False)
def compare(batch: str, findings: list[Finding]) -> NightRecord:
    """Compare the batch with what the champion knows, put the verdict on record, write its pages.

    findings: the gate's.
    """
    from popularity.monitoring.night import judge
    from popularity.overviews import write_overviews
    from popularity.pages.column_lines import of_limit
    from popularity.pages.drift import write_drift_page
    from popularity.pages.nights import write_batch_page

    record, drift = judge(batch, findings, load_settings())
    write_drift_page(batch)
    write_batch_page(batch)
    write_overviews()
    rows = [
        {
            "column": d.column,
            "drifted": d.drifted,
            "value": significant(d.value),
            "limit": significant(d.threshold),
            "method": d.method,
        }
        for d in sorted(drift, key=of_limit, reverse=True)
    ]
    create_table_artifact(rows, key="drift", description=f"{escaped(batch)} against {record.version}")
    _links(batch)
    return record


@task(name="quarantine", task_run_name="quarantine {batch}", persist_result=False)
def refuse(batch: str, reason: str | None, findings: list[Finding]) -> NightRecord:
    """Set the crawl aside with its report, and leave the project as it was before."""
    record = set_aside(batch, reason, findings)
    _links(batch)
    return record


def set_aside(batch: str, reason: str | None, findings: Sequence[Finding]) -> NightRecord:
    """Move a refused crawl to data/quarantine/ with its record, rows set aside and page, and take it out of the DAG.

    reason: of the stage that refused it; None: the gate's findings tell. findings: the gate's, as far as it came.
    """
    from popularity.monitoring import night
    from popularity.overviews import write_overviews
    from popularity.pages.nights import write_batch_page

    record = night.refuse(batch, reason, findings, load_settings())
    write_batch_page(batch)
    write_batch_page(batch, paths.quarantine(batch) / paths.batch_page(batch).name)
    inbox.quarantine(batch)
    forget_failures(batch)
    write_overviews()
    return record


def _links(batch: str) -> None:
    create_markdown_artifact(
        f"{link(batch, paths.batch_page(batch))}, {link('all batches', paths.MONITORING_REPORT)}",
        key="links",
        description=f"The pages about {escaped(batch)}",
    )


def tell(records: Sequence[NightRecord]) -> None:
    """Print each verdict in words, and last the latest one as JSON."""
    if not records:
        say(f"no whole crawl in {paths.INBOX}")
    for record in records:
        page = paths.batch_page(record.batch)
        told = [*record.reasons, *filter(None, [find_night(record.batch).errors, record.seen_before])]
        say("\n".join([f"{record.batch}: {record.verdict}", *told, f"page: {page}"]))
        say(as_json(record))


def as_json(record: NightRecord) -> str:
    """A verdict in a line."""
    line = {
        "batch": record.batch,
        "verdict": record.verdict,
        "drifted": list(record.drifted),
        "quality": {"critical": record.critical, "warning": record.warning},
        "page": paths.batch_page(record.batch).as_posix(),
    }
    return json.dumps(line)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Take the new crawls of data/inbox/ in: gate, scores, drift, verdict, page.",
        epilog="example: python -m flows.recrawl --batch night-001",
    )
    parser.add_argument("--batch", help="one crawl; without it every whole one in data/inbox/")
    chosen = parser.parse_args()
    refuse_without_git()
    refuse_silent_server()
    try:
        tell(recrawl(Recrawl(batch=chosen.batch)))
    except RecrawlError as ended:
        sys.exit(tell_end(ended))


def tell_end(ended: RecrawlError) -> int:
    """Tell of what failed, then of what was answered; returns the exit code."""
    code = tell_failures(ended.failures)
    if ended.records:
        tell(ended.records)
    return code


def tell_failures(failures: Sequence[Exception]) -> int:
    """Tell of what failed on stderr; returns the exit code: 1 after a crash, else 2."""
    crashes = [failure for failure in failures if not isinstance(failure, UserError)]
    for failure in failures:
        told = "".join(traceback.format_exception(failure)) if failure in crashes else f"error: {failure}"
        say(told, err=True)
    return 1 if crashes else 2


if __name__ == "__main__":
    run(main)
