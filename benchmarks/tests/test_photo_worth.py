"""The benchmark of what the photo is worth finds what was planted, and nothing where nothing was."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsRegressor

from benchmarks import photo_worth
from benchmarks.photo_worth import Photos, between, draw_users, mean, measure, predict_out_of_fold, ridge, score
from kit.project import ROOT, set_param
from popularity.demo.posts import write_demo
from popularity.settings import load_settings

USERS, POSTS = 20, 30


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_worth, "DRAWS", 50)


def made_up(*, effect: float, style: float, seed: int = 1) -> Photos:
    """Posts whose photo tells of the label (effect), and of who posted it (style); users' labels lie far apart."""
    rng = np.random.default_rng(seed)
    uid = np.repeat(np.arange(USERS), POSTS)
    shown = rng.normal(size=len(uid))
    look = rng.normal(size=(USERS, USERS))[uid]
    embeddings = np.column_stack([shown, style * look + 0.3 * rng.normal(size=look.shape)])
    label = 10 * rng.normal(size=USERS)[uid] + effect * shown + rng.normal(size=len(uid))
    return Photos(uid, label, [str(row) for row in range(len(uid))], embeddings, embeddings)


def figure(photos: Photos, name: str) -> dict[tuple[str, str], list[float]]:
    """Folds and target -> value and interval, of a ridge."""
    rows = measure(photos, {"ridge": (photos.embeddings, ridge)}, 1)
    return {(row["folds"], row["target"]): row[name] for row in rows}


def test_who_posted_it_is_worth_something_on_known_users_alone() -> None:
    found = figure(made_up(effect=0, style=1), "spearman")
    assert found["random", "label"][1] > 0.4
    for rest in (("random", "residual"), ("unseen users", "label"), ("unseen users", "residual")):
        _, low, high = found[rest]
        assert low < 0 < high


def test_variance_between_users_is_told_from_that_of_the_photo() -> None:
    photos = made_up(effect=0, style=0)
    assert 0.95 < between(photos) < 1
    assert between(replace(photos, uid=np.arange(len(photos.uid)))) == 1
    assert between(replace(photos, uid=np.zeros(len(photos.uid), np.int64))) == 0


def test_what_the_photo_shows_is_found_within_users_never_seen() -> None:
    assert figure(made_up(effect=3, style=0), "within_user")["unseen users", "residual"][1] > 0.8


def test_a_mean_alone_ranks_nothing_and_errs_as_much_as_labels_vary() -> None:
    photos = made_up(effect=1, style=1)
    rows = measure(photos, {"mean": (photos.embeddings, mean)}, 1)
    assert [row["spearman"] for row in rows] == [[0, 0, 0]] * 4
    unseen = [row["over_all_rows"] for row in rows if row["folds"] == "unseen users" and row["target"] == "label"]
    assert max(unseen) < -0.05  # a fold left out of a mean that is ranked against other folds' means
    for row in rows:
        value, low, high = row["mae"]
        assert low < value < high
        assert (value > 2) == (row["target"] == "label" or row["folds"] == "unseen users")


@pytest.mark.parametrize("target", ["label", "residual"])
def test_no_prediction_moves_with_a_label_that_it_is_scored_by(target: str) -> None:
    photos = made_up(effect=1, style=1)
    folds = np.array_split(np.random.default_rng(2).permutation(len(photos.uid)), 5)
    changed = photos.label.copy()
    changed[folds[3]] += 100
    before = predict_out_of_fold(photos, photos.embeddings, ridge, folds, target)
    after = predict_out_of_fold(replace(photos, label=changed), photos.embeddings, ridge, folds, target)
    np.testing.assert_array_equal(before[1][folds[3]], after[1][folds[3]])
    np.testing.assert_allclose(before[0][folds[3]] + 100, after[0][folds[3]])  # nor does what is taken off the label


def test_copies_of_a_photo_are_not_learnt_by_heart() -> None:
    photos = made_up(effect=0, style=0)
    twice = np.tile(np.arange(len(photos.uid) // 2), 2)
    copied = Photos(
        photos.uid, np.random.default_rng(3).normal(size=len(twice))[twice], [str(one) for one in twice],
        photos.embeddings[twice], photos.pixels,
    )  # fmt: skip
    rows = measure(copied, {"nearest": (copied.embeddings, lambda: KNeighborsRegressor(1))}, 1)
    assert abs(rows[0]["spearman"][0]) < 0.2


def test_intervals_are_of_users_not_of_posts() -> None:
    """Twenty posts of two users: a draw holds one of them or both, so the ends are the users' own errors."""
    uid = np.repeat([1, 2], 10)
    observed, predicted = np.zeros(20), np.where(uid == 1, 1.0, 3.0)
    draws = draw_users(uid, np.random.default_rng(1))
    figures = score(uid, [np.arange(20)], observed, predicted, draws)
    assert figures["mae"] == [2.0, 1.0, 3.0]


@pytest.mark.long
def test_a_small_crawl_gives_the_whole_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    set_param(tmp_path, "demo.posts", 120)
    set_param(tmp_path, "demo.users", 12)
    settings = load_settings()
    write_demo(tmp_path / "crawl", settings.demo, settings.base.seed, settings.label.min_age_days)
    monkeypatch.setattr(sys, "argv", ["photo_worth", "crawl"])
    photo_worth.main()
    printed = capsys.readouterr().out.splitlines()
    found = json.loads(printed[-1])
    assert found["posts"] > 30
    assert len({(row["folds"], row["target"], row["model"]) for row in found["rows"]}) == 2 * 2 * 4
    assert sum("image model, 64 units" in line for line in printed) == 4 + 1
    assert any(line.startswith("of the label's variance 0.") for line in printed)
    assert not (tmp_path / "data").exists()
