import pytest

from kit.bundles import put_bundle
from kit.project import ROOT
from popularity import paths
from popularity.errors import UserError
from popularity.models.parts import Parts
from popularity.registry.bundle import load_bundle, read_bundle
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


def put_models(version, serves):
    for population, model in serves.items():
        (paths.champion(version) / "models" / model / population).mkdir(parents=True, exist_ok=True)


def test_a_bundle_made_before_bundles_told_is_one_of_the_models_there_were():
    put_bundle("v0001")
    assert load_bundle("v0001").serves == {"all_posts": "cnn"}
    put_models("v0001", {"posts_with_photo": "image"})
    put_models("v0001", {"posts_with_photo": "multimodal"})
    bundle = load_bundle("v0001")
    assert bundle.serves == {"all_posts": "cnn", "posts_with_photo": "multimodal"}
    assert bundle.reads_photos


def test_a_multimodal_model_without_its_image_model_is_not_whole(tmp_path):
    folder = tmp_path / "models/multimodal/posts_with_photo"
    parts = Parts(folder, tmp_path / "features")
    with pytest.raises(UserError, match="posts_with_photo/image is not there: the model is not whole"):
        _ = parts.image
    beside = tmp_path / "models/image/posts_with_photo"  # as in older bundles
    beside.mkdir(parents=True)
    assert parts.image == beside
    (folder / "image").mkdir(parents=True)
    assert parts.image == folder / "image"


@pytest.mark.parametrize(
    ("serves", "named"),
    [
        ({"all_posts": "of_later"}, "of_later of all_posts"),
        ({"all_posts": "user_mean"}, "user_mean of all_posts"),
        ({"all_posts": "cnn", "posts_of_others": "cnn"}, "cnn of posts_of_others"),
        ({"posts_with_photo": "cnn"}, "must name a model of all_posts"),
    ],
)
def test_models_that_this_version_cannot_open_are_refused_with_the_next_step(serves, named):
    put_bundle("v0001", serves=serves)
    put_models("v0001", serves)
    with pytest.raises(UserError, match=named) as refusal:
        load_bundle("v0001")
    assert "popularity champion create" in refusal.value.next_step


def test_weights_lie_in_the_project_that_holds_the_bundle(tmp_path, monkeypatch):
    put_bundle("v0001")
    assert load_bundle("v0001").project == tmp_path
    monkeypatch.chdir("/")
    assert read_bundle(tmp_path / paths.champion("v0001")).project == tmp_path


def test_photos_are_embedded_by_the_runtime_that_the_champion_was_made_with():
    params = {"backbone": "efficientnet_lite0", "weights": "imagenet", "runtime": "auto", "batch_size": 32}
    backbone = {"name": "efficientnet_lite0", "weights_sha256": "1", "runtime": "onnxruntime 1.32.0"}
    put_bundle("v0001", params={"image_embeddings": params}, backbone=backbone)
    assert load_bundle("v0001").image_embeddings.runtime == "onnxruntime"
