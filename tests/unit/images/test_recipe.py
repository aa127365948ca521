import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from types import SimpleNamespace

import pytest

from popularity import paths
from popularity.errors import UserError
from popularity.images import decode
from popularity.images.backbones import BACKBONES
from popularity.images.chunks import key_of
from popularity.images.recipe import folder_of, recipe_of, weights_sha256
from popularity.images.runtimes import export
from popularity.settings import ImageEmbeddings

SETTINGS = ImageEmbeddings(backbone="efficientnet_lite0", weights="imagenet", runtime="keras", batch_size=4)
DEFAULT = SETTINGS.model_copy(update={"runtime": "auto"})
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("change", [{"backbone": "vgg16"}, {"weights": "none"}, {"weights": "mine"}, {"batch_size": 8}])
def test_another_choice_is_another_recipe(tmp_path, change):
    (tmp_path / "mine").write_bytes(b"weights")
    assert key_of(recipe_of(SETTINGS)) != key_of(recipe_of(SETTINGS.model_copy(update=change)))


def test_other_rules_of_decoding_are_another_recipe(monkeypatch):
    before = key_of(recipe_of(SETTINGS))
    monkeypatch.setattr(decode, "RULES", "others")
    assert key_of(recipe_of(SETTINGS)) != before


def test_another_version_of_the_runtime_is_another_recipe(monkeypatch):
    before = key_of(recipe_of(SETTINGS))
    monkeypatch.setattr("popularity.images.recipe.describe", lambda runtime: f"{runtime} 99")
    assert key_of(recipe_of(SETTINGS)) != before


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_of_keras_or_version_of_it_is_another_recipe(monkeypatch, backend):
    """Of random weights, too, which it draws."""
    import keras

    drawn = SETTINGS.model_copy(update={"weights": "none", "runtime": "onnxruntime"})
    found = {key_of(recipe_of(settings)) for settings in (SETTINGS, drawn)}
    monkeypatch.setattr(keras.config, "backend", lambda: backend)
    for release in ("1.0", "1.1"):
        monkeypatch.setitem(sys.modules, backend, SimpleNamespace(__version__=release))
        assert recipe_of(SETTINGS)["runtime"].endswith(f" on {backend} {release}")
        found |= {key_of(recipe_of(settings)) for settings in (SETTINGS, drawn)}
    assert len(found) == 6


def test_other_rules_of_the_graph_are_another_recipe_where_a_graph_is_run(monkeypatch):
    in_graph = SETTINGS.model_copy(update={"runtime": "onnxruntime"})
    before, plain = key_of(recipe_of(in_graph)), key_of(recipe_of(SETTINGS))
    monkeypatch.setattr(export, "RULES", "others")
    assert key_of(recipe_of(in_graph)) != before
    assert key_of(recipe_of(SETTINGS)) == plain


@pytest.mark.parametrize("backbone", sorted(BACKBONES))
def test_other_rules_of_the_network_are_another_recipe(monkeypatch, backbone):
    settings = SETTINGS.model_copy(update={"backbone": backbone})
    before = key_of(recipe_of(settings))
    monkeypatch.setitem(BACKBONES, backbone, replace(BACKBONES[backbone], rules="others"))
    assert key_of(recipe_of(settings)) != before


def test_a_network_of_keras_goes_by_keras_version_and_the_default_does_not():
    assert BACKBONES["xception"].rules == f"keras.applications.Xception, pooled; keras {version('keras')}"
    assert "keras" not in str(recipe_of(DEFAULT))


def test_the_default_recipe_has_the_same_key_in_every_process_and_imports_no_network():
    code = f"""
import sys
from popularity.images.chunks import key_of
from popularity.images.recipe import recipe_of
from popularity.settings import ImageEmbeddings
print(key_of(recipe_of(ImageEmbeddings.model_validate_json({DEFAULT.model_dump_json()!r}))), "keras" in sys.modules)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": "7"})
    assert done.stdout.split() == [key_of(recipe_of(DEFAULT)), "False"]


def test_other_pixels_are_another_recipe(monkeypatch):
    before = key_of(recipe_of(SETTINGS))
    large = BACKBONES["efficientnet_lite0"]
    centred = replace(large.preprocessing, mean=(1, 2, 3))
    monkeypatch.setitem(BACKBONES, "efficientnet_lite0", replace(large, preprocessing=centred))
    assert key_of(recipe_of(SETTINGS)) != before


def test_a_copy_of_the_published_file_is_the_same_recipe(tmp_path):
    shutil.copy(BACKBONES["efficientnet_lite0"].published.path, tmp_path / "copy.pth")
    copied = SETTINGS.model_copy(update={"weights": "copy.pth"})
    assert recipe_of(copied) == recipe_of(SETTINGS)


def test_the_hash_of_weights_outlives_them(tmp_path):
    file = tmp_path / "mine.pth"
    shutil.copy(BACKBONES["efficientnet_lite0"].published.path, file)
    settings = SETTINGS.model_copy(update={"weights": "mine.pth"})
    recipe = recipe_of(settings)
    folder = folder_of(recipe, paths.CHUNKS)
    assert weights_sha256(settings, recipe, folder) == SHA256
    file.unlink()
    assert weights_sha256(settings, recipe, folder) == SHA256


def test_random_weights_have_no_hash():
    settings = SETTINGS.model_copy(update={"weights": "none"})
    recipe = recipe_of(settings)
    assert weights_sha256(settings, recipe, folder_of(recipe, paths.CHUNKS)) is None


def test_weights_that_are_not_there_are_named_and_nothing_is_kept(tmp_path):
    with pytest.raises(UserError, match=r"image_embeddings\.weights is nowhere\.h5"):
        recipe_of(SETTINGS.model_copy(update={"weights": "nowhere.h5"}))
    assert list(tmp_path.iterdir()) == []
