import numpy as np
import pandas as pd
import pytest

from popularity.files import write_json
from popularity.models.evidence import Backbone, Evidence, backbone_of, join_evidence

MADE = {"name": "vgg16", "weights_sha256": "1", "runtime": "onnxruntime 1.32.0"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({}, {"name": "vgg19"}, False),
        ({}, {"weights_sha256": "2"}, False),
        ({}, {"runtime": "onnxruntime 1.33.0"}, False),
        ({}, {"runtime": "keras 3.15.1"}, False),
        ({}, {"runtime": "keras"}, False),
        ({}, {"runtime": None}, False),
        ({"runtime": "keras"}, {"runtime": "keras 3.15.1"}, True),
        ({"runtime": "keras"}, {"runtime": None}, False),
        ({"runtime": "keras 3.15.0"}, {"runtime": "keras 3.15.1"}, False),
    ],
)
def test_only_the_same_network_on_the_same_runtime_gives_the_same_numbers(one, other, same):
    made, by = Backbone.model_validate(MADE | one), Backbone.model_validate(MADE | other)
    assert made.same_numbers(by) == by.same_numbers(made) == same


@pytest.mark.parametrize(("told", "runtime"), [({"runtime": "keras 3.15.1"}, "keras 3.15.1"), ({}, "keras")])
def test_what_made_embeddings_is_read_from_their_folder(tmp_path, told, runtime):
    meta = {"backbone": "vgg16", "weights_sha256": "1", "length": 512, "rows": 3}
    write_json(tmp_path / "meta.json", meta | told)
    assert backbone_of(tmp_path) == Backbone(name="vgg16", weights_sha256="1", runtime=runtime)


def evidence(pids, photos, embeddings=True):
    """Posts, those of `photos` with one, whose embedding is the pid."""
    has_photo = np.isin(pids, photos)
    rows = np.array([[pid] for pid in pids if pid in photos], np.float16).reshape(-1, 1)
    made = Backbone.model_validate(MADE) if embeddings else None
    return Evidence(pd.DataFrame({"pid": pids}), has_photo, rows if embeddings else None, made)


def test_of_some_posts_only_their_own_photos_are_told():
    found = evidence([1, 2, 3, 4, 5], [2, 4, 5]).of(np.array([False, True, True, False, True]))
    assert found.posts["pid"].tolist() == [2, 3, 5]
    assert found.has_photo.tolist() == [True, False, True]
    assert found.embeddings.tolist() == [[2], [5]]


def test_parts_without_a_photo_join_those_with_some():
    found = join_evidence([evidence([1], [], embeddings=False), evidence([2, 3], [3]), evidence([4], [4])])
    assert found.posts["pid"].tolist() == [1, 2, 3, 4]
    assert found.posts.index.tolist() == [0, 1, 2, 3]
    assert found.has_photo.tolist() == [False, False, True, True]
    assert found.embeddings.tolist() == [[3], [4]]
    assert found.backbone == Backbone.model_validate(MADE)


def test_photos_that_nobody_read_have_no_backbone():
    found = join_evidence([evidence([1], [1], embeddings=False), evidence([2], [], embeddings=False)])
    assert (found.embeddings, found.backbone) == (None, None)


def test_views_are_asked_for_at_the_horizon_where_no_age_is_named() -> None:
    posts = pd.DataFrame({"pid": [1, 2], "age_days": [5.0, np.nan]})
    evidence = Evidence(posts, np.zeros(2, dtype=bool), None, None)
    assert evidence.asked_at(30.0).posts["age_days"].tolist() == [5.0, 30.0]
    assert evidence.asked_at(None).posts["age_days"].isna().tolist() == [False, True]
    without = Evidence(posts[["pid"]], np.zeros(2, dtype=bool), None, None)
    assert without.asked_at(30.0).posts["age_days"].tolist() == [30.0, 30.0]
