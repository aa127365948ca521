"""What each kind of evidence is worth is read of the stage that fitted the best model; None where it told nothing."""

from pathlib import Path

import pytest

from popularity import paths
from popularity.evaluation.best import Chosen
from popularity.evaluation.modalities import of_best
from popularity.files import write_json

BEST = {"all_posts": Chosen("boosted", "forward"), "posts_with_photo": Chosen("multimodal", "forward")}
TOLD = {"time": 0.1, "content": 0.2, "social": 0.5}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(paths.metrics("train_boosted"), {"modalities": {"all_posts": {"social": 0.4}}})
    write_json(paths.metrics("fuse"), {"modalities": {"posts_with_photo": TOLD, "all_posts": {"social": 9.0}}})


def test_each_best_model_has_those_of_its_own_stage_and_population_in_order() -> None:
    found = of_best(BEST)
    assert found == {"all_posts": {"social": 0.4}, "posts_with_photo": TOLD}
    assert list(found["posts_with_photo"] or {}) == ["social", "content", "time"]


@pytest.mark.parametrize(
    "told", [{}, {"modalities": None}, {"modalities": {"all_posts": {}}}, {"modalities": {"posts_with_photo": {}}}]
)
def test_what_a_stage_did_not_tell_is_not_computed(told: dict[str, object]) -> None:
    write_json(paths.metrics("fuse"), told)
    assert of_best(BEST)["posts_with_photo"] is None
