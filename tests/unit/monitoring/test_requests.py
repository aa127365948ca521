"""Calls for a new model, and the labels that they wait for."""

from pathlib import Path

import pandas as pd
import pytest

from kit.gate_project import POSTS_A_BATCH, lay_out_batches
from popularity import paths
from popularity.monitoring.labels import labelled_batches, labels_due
from popularity.monitoring.requests import answer, call_for, open_requests
from popularity.posts import LABELS, read_table, write_table
from popularity.settings import load_settings


@pytest.fixture(autouse=True)
def batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder: a project with the pending batches `before` and `night`."""
    monkeypatch.chdir(tmp_path)
    lay_out_batches(tmp_path)


def label(batch: str, posts: int) -> None:
    """Have labels come of so many posts of a batch."""
    table = read_table(paths.labels(batch))
    table.loc[: posts - 1, "label"] = 5.0
    write_table(paths.labels(batch), table, LABELS)


def test_a_batch_calls_once() -> None:
    call_for("night")
    (request,) = open_requests()
    assert (request.batch, request.state, request.answer) == ("night", "new", "")
    answer(request, "waiting", "for labels")
    call_for("night")
    (request,) = open_requests()
    assert (request.state, request.answer) == ("waiting", "for labels")


def test_a_fulfilled_request_is_closed_for_good() -> None:
    call_for("night"), call_for("before")
    before, night = open_requests()
    assert (before.batch, night.batch) == ("before", "night")
    answer(night, "fulfilled", "v0002 is promoted")
    call_for("night")
    assert [request.batch for request in open_requests()] == ["before"]


def test_what_a_killed_write_left_is_no_request() -> None:
    call_for("night")
    paths.request("night").rename(paths.request("night").with_name(".night.json.77.tmp"))
    assert open_requests() == []


def test_a_batch_is_labelled_when_one_of_its_posts_is() -> None:
    label("night", 1)
    assert labelled_batches(["before", "night", "not-read-yet"]) == ["night"]


def test_pending_posts_get_labels_so_many_days_after_each_was_posted() -> None:
    settings = load_settings()
    label("before", POSTS_A_BATCH)
    posted = 1_400_090_000 + 100 * pd.Series(range(POSTS_A_BATCH))
    days = pd.to_datetime(posted + 3 * 86_400, unit="s").dt.strftime("%Y-%m-%d").value_counts().sort_index()
    assert len(days) == 2
    first, second = days.items()
    assert settings.label.min_age_days == 3
    assert labels_due(settings) == (
        f"{POSTS_A_BATCH} posts wait for labels: {first[1]} on {first[0]}, {second[1]} on {second[0]}"
    )
    paths.labels("before").unlink()
    assert labels_due(settings).startswith(f"{POSTS_A_BATCH} posts wait")
    label("night", POSTS_A_BATCH)
    assert labels_due(settings) == "no post is waiting for a label"
