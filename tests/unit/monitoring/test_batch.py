"""`popularity drift` on nights of a small demo project: page, record, performance, verdict."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from kit import demo_tables
from kit.project import set_param
from popularity import paths
from popularity.cli import cli
from popularity.demo.events import Event
from popularity.errors import UserError
from popularity.monitoring.ages import Ages
from popularity.monitoring.batch import observe
from popularity.monitoring.record import DRIFT, PERFORMANCE, measure, read_drift
from popularity.monitoring.reference import FOLDER
from popularity.posts import read_table
from popularity.settings import load_settings

BATCH = "night-1"
NIGHT = {"source": "smp", "path": "data/inbox/night-1", "read": "as_of_post"}


def add_night(event: Event | None = None, *, labelled: bool = False) -> None:
    """Night 1 among the batches, scored with the mean of the predictions and a little noise."""
    batches = {name: batch.model_dump(exclude_none=True) for name, batch in load_settings().batches.items()}
    set_param(Path(), "batches", batches | {BATCH: NIGHT})
    demo_tables.write_tables(BATCH, demo_tables.night(1, event).draw.posts, labelled=labelled)
    known = read_table(paths.predictions("cnn"))["prediction"]
    demo_tables.write_scores(BATCH, lambda posts: np.random.default_rng(1).choice(known, len(posts)))


def drift(*more: str) -> str:
    return CliRunner().invoke(cli, ["drift", BATCH, *more], catch_exceptions=False).output


@pytest.mark.slow
@pytest.mark.usefixtures("champion")
def test_a_night_of_strangers_is_put_on_record_and_calls_for_retraining() -> None:
    add_night(Event.NEW_USERS)
    output = drift()
    assert "verdict: retrain" in output
    assert "retrain: The share of posts from unseen users is 50 % in 300 posts" in output
    record = read_table(paths.drift(BATCH))
    assert list(record) == DRIFT.names
    assert record["column"].is_unique
    assert set(record["batch"]) == {BATCH}
    assert set(record["version"]) == {"v0001"}
    assert (record["drifted"] == (record["value"] >= record["threshold"])).all()
    assert record.set_index("column")["drifted"]["unseen_users"]
    assert record.set_index("column")["n"]["alive"] == 150  # of users with a past: the reference has no others
    assert "residual" not in set(record["column"])
    assert not paths.performance(BATCH).exists()
    assert paths.drift_report(BATCH).read_text().count("unseen_users") > 1
    assert [path.name for path in paths.MONITORING.rglob("*") if path.name.startswith(".")] == []


@pytest.mark.slow
@pytest.mark.usefixtures("champion")
def test_labels_that_come_later_are_compared_and_the_rest_of_the_record_stays() -> None:
    add_night()
    before = observe(BATCH, load_settings())
    first = paths.drift(BATCH).read_bytes()
    assert observe(BATCH, load_settings()) == before
    assert paths.drift(BATCH).read_bytes() == first
    add_night(Event.VIEWS_UP, labelled=True)
    output = drift()
    assert "retrain: Labels lie" in output
    after = {one.column: one for one in read_drift(BATCH)}
    assert after.pop("residual").drifted
    assert list(after.values()) == before.drift
    performance = read_table(paths.performance(BATCH))
    assert list(performance) == PERFORMANCE.names
    assert performance["n"].tolist() == [len(demo_tables.night(1).draw.posts)]
    assert f"MAE {performance['mae'][0]:.3f}" in output


@pytest.mark.slow
@pytest.mark.usefixtures("champion")
def test_scores_that_are_worse_than_the_users_means_are_said_so_first_and_more_was_expected_of_them() -> None:
    add_night(labelled=True)  # with scores that are dealt out by chance
    found = observe(BATCH, load_settings())
    assert found.judged is not None
    assert found.judged.worse_than_user_mean
    reasons = drift().partition("verdict: ")[2].splitlines()[1:]
    assert reasons[0].startswith("watch: The champion is worse than the users' means: its scores err by ")
    (row,) = read_table(paths.performance(BATCH)).to_dict("records")
    assert row["over_user_mean_low"] < row["mae"] - row["user_mean_mae"] < row["over_user_mean_high"]
    assert row["over_own_low"] < row["mae"] - row["own_mae"] < row["over_own_high"]
    known = read_table(paths.champion("v0001") / FOLDER / "labels.parquet")
    assert row["own_mae"] == pytest.approx((known["label"] - known["prediction"]).abs().mean())
    assert row["expected_mae"] > row["own_mae"]  # scores far from their users' means err more
    assert row["expected_mae"] == pytest.approx(row["mae"], rel=0.25)


@pytest.mark.slow
@pytest.mark.usefixtures("champion")
def test_a_night_without_a_photo_is_compared_in_all_else() -> None:
    add_night()
    links = read_table(paths.links(BATCH)).assign(alive=False)
    links.to_parquet(paths.links(BATCH))
    np.save(paths.embeddings(BATCH) / "pids.npy", np.empty(0, np.int64))
    np.save(paths.embeddings(BATCH) / "embeddings.npy", np.empty((0, demo_tables.LENGTH), np.float16))
    found = {one.column: one for one in observe(BATCH, load_settings()).drift}
    assert found["alive"].drifted
    assert not [name for name in found if name.startswith("embedding")]


@pytest.mark.usefixtures("champion")
def test_a_batch_without_scores_or_with_too_few_names_the_next_step() -> None:
    add_night()
    scores = read_table(paths.scores(BATCH))
    scores[1:].to_parquet(paths.scores(BATCH))
    with pytest.raises(UserError, match=f"no score for pid {scores['pid'][0]}\n  next: popularity predict"):
        observe(BATCH, load_settings())
    paths.scores(BATCH).unlink()
    with pytest.raises(UserError, match=r"night-1\.parquet is not there\n  next: popularity predict --batch night-1"):
        observe(BATCH, load_settings())


def test_performance_stands_beside_the_mean_of_what_was_known_of_each_user() -> None:
    from popularity.models.baselines import UserMean

    users = UserMean()
    users.fit(np.array([[1.0], [1.0], [2.0]]), np.array([2.0, 4.0, 9.0]))
    scored = pd.DataFrame(
        {"pid": [1, 2, 3, 4], "uid": [1, 2, 3, 1], "prediction": [4.0, 8.0, 4.0, 0.0], "version": "v1"}
    )
    found = measure("b", scored, np.array([5.0, 8.0, 3.0, np.nan]), users)
    assert found is not None
    assert (found.n, found.version) == (3, "v1")
    assert found.mae == pytest.approx((1 + 0 + 1) / 3)
    assert found.user_mean_mae == pytest.approx((2 + 1 + 2) / 3)
    assert measure("b", scored, np.full(4, np.nan), users) is None


@pytest.mark.usefixtures("champion")
def test_labels_read_at_other_ages_than_the_champions_are_left_out_and_counted() -> None:
    Ages(3.0, 3.0, undated=False).save(paths.champion("v0001") / FOLDER)
    add_night(Event.VIEWS_UP, labelled=True)
    labels = read_table(paths.labels(BATCH))
    labels.assign(age_days=np.where(np.arange(len(labels)) % 2, 3.0, 30.0)).to_parquet(paths.labels(BATCH))
    half = observe(BATCH, load_settings())
    assert half.performance is not None
    n = len(labels)
    assert half.performance.n == n // 2
    assert half.not_compared.startswith(f"{n - n // 2} of {n} labels were read 30 days after posting")
    assert {one.column: one.n for one in half.drift}["residual"] <= n // 2  # of users with a past
    labels.assign(age_days=30.0).to_parquet(paths.labels(BATCH))
    output = drift()
    assert f"{n} of {n} labels were read 30 days after posting, and those that the champion knows 3 days" in output
    assert "residual" not in set(read_table(paths.drift(BATCH))["column"])
    assert not paths.performance(BATCH).exists()
