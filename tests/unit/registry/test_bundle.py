import pytest
from kit.bundles import put_bundle
from kit.project import ROOT

from popularity.errors import UserError
from popularity.files import write_json
from popularity.registry.bundle import Backbone, backbone_of, load_bundle
from popularity.settings import load_settings


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_folder_without_facts_is_no_bundle(tmp_path):
    (tmp_path / "models/champions/v0001").mkdir(parents=True)
    with pytest.raises(UserError, match="models/champions/v0001 holds no bundle"):
        load_bundle("v0001")


def test_facts_that_lack_something_are_no_bundle():
    put_bundle("v0001", content=None)
    with pytest.raises(UserError, match="content"):
        load_bundle("v0001")


def test_params_of_sections_that_scoring_does_not_read_may_be_of_another_time():
    put_bundle("v0001", params={"text_features": {"sentiment": "vader"}, "train_rf": {"gone": 1}})
    assert load_bundle("v0001").text_features.sentiment == "vader"


def test_a_bundle_made_before_fetch_was_a_stage_says_how_links_are_followed():
    params = load_settings(ROOT / "params.yaml").model_dump(mode="json")
    put_bundle("v0001", params={"filter_links": params["filter_links"] | params["fetch"]})
    put_bundle("v0002", params=params)
    older, newer = load_bundle("v0001"), load_bundle("v0002")
    assert (older.fetch, older.filter_links) == (newer.fetch, newer.filter_links)


def test_params_that_this_version_cannot_read_are_an_error_that_names_them():
    put_bundle("v0001", params={"text_features": {"sentiment": "vader", "nosuch": 1}})
    with pytest.raises(UserError, match=r"params\.text_features"):
        _ = load_bundle("v0001").text_features


def test_a_bundle_made_before_runtimes_were_told_is_one_of_keras():
    params = {"backbone": "efficientnet_lite0", "weights": None, "batch_size": 32}
    put_bundle("v0001", params={"image_embeddings": params})
    bundle = load_bundle("v0001")
    assert bundle.facts.backbone.runtime == "keras"
    assert (bundle.image_embeddings.weights, bundle.image_embeddings.runtime) == ("imagenet", "keras")


def test_photos_are_embedded_by_the_runtime_that_the_champion_was_made_with():
    params = {"backbone": "efficientnet_lite0", "weights": "imagenet", "runtime": "auto", "batch_size": 32}
    backbone = {"name": "efficientnet_lite0", "weights_sha256": "1", "runtime": "onnxruntime 1.32.0"}
    put_bundle("v0001", params={"image_embeddings": params}, backbone=backbone)
    assert load_bundle("v0001").image_embeddings.runtime == "onnxruntime"


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
