"""A candidate that is better on new posts and worse on old ones stays a candidate."""

from types import SimpleNamespace

import pytest

from flows import retrain
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
