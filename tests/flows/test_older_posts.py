"""A candidate that is better on new posts and worse on old ones stays one; labels that nobody judged make none."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from flows import retrain
from popularity import paths
from popularity.files import write_json
from popularity.monitoring.labels_guard import LabelsVerdict
from popularity.registry import compare, create, history
from popularity.registry.compare import Comparison

BETTER = Comparison(champion_mae=2, candidate_mae=1, difference=-1, low=-1.2, high=-0.8, posts=90, users=9)
WORSE = Comparison(champion_mae=1, candidate_mae=2, difference=1, low=0.8, high=1.2, posts=500, users=40)
CHANCE = Comparison(champion_mae=1, candidate_mae=1.1, difference=0.1, low=-0.1, high=0.3, posts=500, users=40)

NIGHT = 1_456_871_000


def decided(monkeypatch: pytest.MonkeyPatch, older: Comparison | None) -> tuple[str, list[tuple[str, int]]]:
    """What is said, and what was promoted on which night."""
    promoted: list[tuple[str, int]] = []
    bundle = SimpleNamespace(version="v0002")
    monkeypatch.setattr(create, "doubts_of_figures", list)
    monkeypatch.setattr(create, "create_bundle", lambda settings: bundle)
    monkeypatch.setattr(history, "champion", lambda: SimpleNamespace(version="v0001"))
    monkeypatch.setattr(history, "rolled_back", list)
    monkeypatch.setattr(history, "promote", lambda version, on: promoted.append((version, on)) or bundle)
    monkeypatch.setattr(compare, "compare_with_dag", lambda champion, seed: BETTER)
    monkeypatch.setattr(compare, "compare_on_known", lambda champion, seed: older)
    monkeypatch.setattr(retrain, "create_table_artifact", lambda *args, **kwargs: None)
    return retrain.decide.fn(asked=True, on=NIGHT), promoted


def test_worse_on_older_posts_beyond_chance_it_is_not_promoted(monkeypatch: pytest.MonkeyPatch) -> None:
    said, promoted = decided(monkeypatch, WORSE)
    assert promoted == []
    assert said.startswith("the champion stays: on older test posts the candidate errs more: MAE 2.000 against 1.000")
    assert "on the new ones the candidate errs less: MAE 1.000 against 2.000" in said


@pytest.mark.parametrize("older", [CHANCE, None])
def test_no_worse_than_by_chance_it_is(monkeypatch: pytest.MonkeyPatch, older: Comparison | None) -> None:
    said, promoted = decided(monkeypatch, older)
    assert promoted == [("v0002", NIGHT)]
    assert said.startswith("v0002 is promoted: the candidate errs less")
    assert ("on older test posts the candidate errs no more than by chance" in said) == (older is not None)


@pytest.mark.parametrize(
    ("verdict", "refused"),
    [
        (LabelsVerdict("ok", "right"), []),
        (LabelsVerdict("ok", "right, 9 of other ages", 9), ["labels of night-1: right, 9 of other ages"]),
        (LabelsVerdict("not judged", "all of other ages", 20), ["labels of night-1: all of other ages"]),
        (LabelsVerdict("stop", "wrong"), ["labels of night-1: wrong"]),
    ],
)
def test_labels_that_nobody_could_judge_train_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: LabelsVerdict, refused: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(paths.night_record("night-1"), {})
    monkeypatch.setattr(retrain, "judge_table", lambda _: verdict)
    assert retrain.refused_labels(["night-1", "added by hand"]) == refused
