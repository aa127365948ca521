"""Flow retrain: the DAG on what was learned since, then candidate against champion.

    python -m flows.retrain                    on all labelled batches that the champion was not fitted on
    python -m flows.retrain --batch night-003  the same, once that batch has its labels

Half of the users of those batches are test rows, which neither model was fitted on; the others train the candidate.
Without a champion the DAG runs as params say, and its models become the first.
"""

import argparse
from collections.abc import Sequence

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from pydantic import BaseModel, ConfigDict

from flows.alerts import alerting
from flows.labels import judge_table, overlap_of, read_labels
from flows.outcome import name_run
from flows.pages import escaped, link
from flows.services import refuse_silent_server
from flows.stages import run_dag
from popularity import paths
from popularity.batches.project import set_newest
from popularity.dag.stages import refuse_without_git
from popularity.dag.writer import one_writer
from popularity.errors import run
from popularity.monitoring.ages import Ages
from popularity.monitoring.digits import significant
from popularity.monitoring.labels import ages_of_labels, labelled_batches, labels_due
from popularity.monitoring.requests import answer, open_requests
from popularity.printing import say
from popularity.settings import load_settings


class Retrain(BaseModel):
    """Parameters of the flow. batch: the one whose labels it needs; None: any labelled batch will do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: str | None = None


@flow(name="retrain", persist_result=False, log_prints=True)
def retrain(parameters: Retrain | None = None) -> str:
    """Train a candidate, compare it, promote it or not; returns what came of it, in a sentence.

    Without new labels nothing is trained, and the requests that wait for them stay open.
    """
    from popularity.registry.create import refuse_finetuned

    batch = (parameters or Retrain()).batch
    with alerting():
        refuse_finetuned(load_settings())  # now, and not after days of training
        with one_writer():
            asking = [request.batch for request in open_requests()]
            text = _first_champion() if _version() is None else _candidate(batch)
            tell_on_pages(asking)
    say(text)
    what = text.partition(": ")[0]
    name_run(f"{batch}: {what}" if batch else what)
    create_markdown_artifact(
        f"{escaped(text)}\n\n{link('evaluation', paths.EVALUATION_REPORT)}",
        key="retrain",
        description="What came of it",
    )
    return text


def tell_on_pages(asking: Sequence[str]) -> None:
    """Have the pages of the nights that asked for it say what came of it, and those of champions and of all."""
    from popularity.overviews import write_overviews
    from popularity.pages.nights import write_batch_page

    for batch in asking:
        if paths.night_record(batch).exists():  # not where a night was killed before its verdict
            write_batch_page(batch)
    write_overviews()


def _version() -> str | None:
    from popularity.registry.history import current_version

    return current_version()


def _first_champion() -> str:
    from popularity.registry.create import create_bundle
    from popularity.registry.history import promote

    run_dag()
    return f"{promote(create_bundle(load_settings()).version).version} is the first champion"


def _candidate(batch: str | None) -> str:
    from popularity.monitoring.reference import FOLDER
    from popularity.registry.history import champion_of

    settings = load_settings()
    bundle = champion_of(settings.label)
    known = bundle.facts.batches
    read_labels()  # what ingest refuses, the DAG will
    newest = [name for name in labelled_batches(settings.batches) if name not in known]
    if batch in known:  # a run that was killed had come so far
        text, fitted = f"{bundle.version} was fitted on {batch}", known
    elif newest and (batch is None or batch in newest):
        ages, age = Ages.load(bundle.folder / FOLDER), ages_of_labels(newest)
        if told := refused_labels(newest):
            text, fitted = f"nothing is trained: {'; '.join(told)}", known
        elif ages.comparable(age).any():
            set_newest(newest)
            run_dag()
            text, fitted = decide(asked=batch is not None, on=_night_of(batch)), (*known, *newest)
        else:
            text, fitted = f"nothing is trained: {ages.told(age)}", known
    else:
        text, fitted = f"nothing is trained: {labels_due(settings)}", known
    for request in open_requests():
        answer(request, "fulfilled" if request.batch in fitted else "waiting", text)
    return text


def _night_of(batch: str | None) -> int | None:
    """Date of the crawl that calls for a model on its own night, Unix seconds; None where that is past, or none."""
    from popularity.registry.backlog import crawl_date

    if batch is not None and any(request.batch == batch and request.state == "new" for request in open_requests()):
        return crawl_date(batch, load_settings())
    return None


def refused_labels(batches: Sequence[str]) -> list[str]:
    """Why nights' labels may train nothing, a sentence for each whose are stopped, or of which some cannot be judged.

    All that a night has are judged together, its crawl's own too, but for those that a person has released. Batches
    that a person added are that person's word.
    """
    overlap = overlap_of(load_settings())
    found = [(batch, judge_table(batch, overlap)) for batch in batches if paths.night_record(batch).exists()]
    return [
        f"labels of {batch}: {one.sentence}" for batch, one in found if one and (one.answer != "ok" or one.unjudged)
    ]


@task(name="candidate against champion", persist_result=False)
def decide(asked: bool, on: int | None) -> str:
    """Compare the DAG's models with the champion on rows that neither was fitted on; promote them if they err less.

    And on older rows, that the champion was judged by, no more than by chance.

    asked: a request waits for this decision. Unasked, models that a person rolled back are not promoted again.
    on: date of the crawl on whose night this is; None: it is today's.
    """
    from popularity.registry.compare import compare_on_known, compare_with_dag
    from popularity.registry.create import create_bundle, doubts_of_figures
    from popularity.registry.history import champion, promote, rolled_back

    if doubts := doubts_of_figures():
        return f"the champion stays: {'; '.join(doubts)}"
    comparison = compare_with_dag(champion(), load_settings().base.seed)
    figures = {
        "champion's MAE": significant(comparison.champion_mae),
        "candidate's MAE": significant(comparison.candidate_mae),
        "difference": significant(comparison.difference, sign="+"),
        "95 % from": significant(comparison.low, sign="+"),
        "to": significant(comparison.high, sign="+"),
        "posts": comparison.posts,
        "users": comparison.users,
    }
    create_table_artifact([figures], key="evaluation", description=escaped(str(comparison)))
    if not comparison.promotes:
        return str(comparison)
    older = compare_on_known(champion(), load_settings().base.seed)
    if older is not None and older.forbids:
        return f"the champion stays: {older.on_older_posts()}; on the new ones {comparison}"
    told = "; ".join([str(comparison), *([older.on_older_posts()] if older else [])])
    candidate = create_bundle(load_settings()).version
    if candidate in rolled_back() and not asked:
        return f"{candidate} stays rolled back: {told}"
    return f"{promote(candidate, on).version} is promoted: {told}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Train a candidate on what was learned since, and promote it if it errs less than the champion.",
        epilog="example: python -m flows.retrain --batch night-003",
    )
    parser.add_argument("--batch", help="wait for this batch's labels")
    chosen = parser.parse_args()
    refuse_without_git()
    refuse_silent_server()
    retrain(Retrain(batch=chosen.batch))


if __name__ == "__main__":
    run(main)
