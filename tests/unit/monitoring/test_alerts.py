"""What is worth an alert, and under which name it is told once."""

from pathlib import Path

import pytest

from kit.gate_project import lay_out_batches
from kit.nights import ORDINARY, QUARANTINED, STRANGERS
from popularity import paths
from popularity.monitoring.alerts import of_verdict, overdue_labels
from popularity.monitoring.history import write_night
from popularity.posts import LABELS, read_table, write_table
from popularity.settings import Settings, load_settings


def test_a_verdict_is_told_with_its_reasons_and_page() -> None:
    news = of_verdict(STRANGERS)
    assert (news.name, news.subject, news.batch, news.verdict) == (
        "night-003.retrain", "night-003: retrain", "night-003", "retrain",
    )  # fmt: skip
    assert news.lines == (*STRANGERS.reasons, "page: reports/batches/night-003.html")


def test_a_batch_whose_verdict_stays_is_no_news() -> None:
    again = STRANGERS.model_copy(update={"reasons": (*STRANGERS.reasons, "watch: More."), "labels": "5f"})
    assert of_verdict(again).name == of_verdict(STRANGERS).name
    assert of_verdict(again.model_copy(update={"verdict": "ok"})).name != of_verdict(STRANGERS).name


def test_a_crawl_that_is_refused_for_another_reason_is_news() -> None:
    other = QUARANTINED.model_copy(update={"reasons": ("stop: It is empty.",)})
    assert of_verdict(QUARANTINED).name == of_verdict(QUARANTINED).name
    assert of_verdict(other).name != of_verdict(QUARANTINED).name


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder: `before`, on record, with posts up to 14 May 2014, 01:11:40, and `night`, a day later."""
    monkeypatch.chdir(tmp_path)
    lay_out_batches(tmp_path)
    write_night(ORDINARY.model_copy(update={"batch": "before", "crawled": "2014-05-15T00:00:00+00:00"}))


def crawled(date: str) -> Settings:
    """Have the other night come then; labels are due after 3 days, and overdue after 2 more."""
    write_night(ORDINARY.model_copy(update={"batch": "night", "crawled": date}))
    settings = load_settings()
    alerts = settings.monitoring.alerts.model_copy(update={"labels_overdue_days": 2})
    return settings.model_copy(
        update={
            "label": settings.label.model_copy(update={"min_age_days": 3}),
            "monitoring": settings.monitoring.model_copy(update={"alerts": alerts}),
        }
    )


def test_labels_are_overdue_by_the_date_of_the_latest_crawl(nights: None) -> None:
    assert overdue_labels(crawled("2014-05-19T01:00:00+00:00")) == []
    (news,) = overdue_labels(crawled("2014-05-19T02:00:00+00:00"))
    assert (news.name, news.batch, news.kind) == ("before.labels-overdue", "before", "labels overdue")
    assert news.lines == (
        "None of 300 posts has a label. The last of them were due on 2014-05-17, in data/visits/before/.",
    )


def test_a_night_with_labels_is_not_overdue_though_some_posts_have_none(nights: None) -> None:
    table = read_table(paths.labels("before"))
    table.loc[:9, "label"] = 5.0
    write_table(paths.labels("before"), table, LABELS)
    assert overdue_labels(crawled("2014-05-19T02:00:00+00:00")) == []


def test_without_a_night_nothing_is_overdue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out_batches(tmp_path)
    assert overdue_labels(load_settings()) == []
