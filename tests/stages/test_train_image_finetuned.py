"""Stage train_image in mode finetune, on a world of 24 posts with a network that reads 32 px."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from kit.dataset_rows import dataset_rows, write_rows
from kit.grey_photos import write_photos
from kit.project import ROOT, set_param
from popularity import paths
from popularity.errors import UserError
from popularity.files import read_json
from popularity.posts import read_table
from stages import fuse, train_image

POSTS = np.arange(0, 192, 8)
TRAIN = np.arange(24) % 4 > 0


def make_project(folder, photos=POSTS, **params):
    """18 training posts in 3 folds and 6 test posts, each with a photo; random weights, one epoch."""
    rows = dataset_rows(POSTS, np.where(TRAIN, np.arange(24) % 3, -1), np.isin(POSTS, photos))
    rows["label"] = np.where(TRAIN, 5 + POSTS / 40, np.nan)
    shutil.copy(ROOT / "params.yaml", folder)
    (folder / "expectations").symlink_to(ROOT / "expectations")
    chosen = {
        "train_image.mode": "finetune",
        "train_image.finetune.side": 32,
        "train_image.finetune.batch_size": 4,
        "train_image.finetune.epochs": 1,
        "image_embeddings.weights": "none",
    }
    for key, value in (chosen | params).items():
        set_param(folder, key, value)
    write_rows(rows)
    write_photos(paths.photos("demo"), photos.tolist())


def outputs():
    """Every file that the stage wrote, with its bytes."""
    folders = [paths.MODELS, paths.PREDICTIONS, paths.METRICS, paths.QUALITY]
    return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def learned():
    """The models and all that they predicted. Quality's report reads the range of all labels."""
    return {place: content for place, content in outputs().items() if place.startswith(("models", "predictions"))}


def predictions():
    return read_table(paths.predictions("image")).set_index("pid")["prediction"]


def fused():
    return read_table(paths.predictions("multimodal")).set_index("pid")["prediction"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_project(folder)
        train_image.main()
    return folder


@pytest.fixture
def changed(whole, tmp_path, monkeypatch):
    """A copy of it, current folder."""
    shutil.copytree(whole, tmp_path / "changed", symlinks=True)
    monkeypatch.chdir(tmp_path / "changed")


@pytest.mark.slow
def test_it_writes_what_the_head_writes_and_keeps_its_fits_for_fuse(whole, monkeypatch):
    monkeypatch.chdir(whole)
    assert set(outputs()) == {
        "models/image/posts_with_photo/network.json",
        "models/image/posts_with_photo/network.weights.h5",
        "models/image/posts_with_photo/label.json",
        "models/image/posts_with_photo/background.npz",
        "predictions/image.parquet",
        "predictions/protocols/image.parquet",
        "metrics/train_image.json",
        "reports/quality/predictions/image.json",
    }
    assert predictions().notna().all()
    assert predictions().index.tolist() == POSTS.tolist()
    rows = read_json(paths.metrics("train_image"))["populations"]["posts_with_photo"]
    assert (rows["rows_in"], rows["rows_out"], rows["training_rows"]) == (24, 24, 18)
    assert len(list(paths.FINETUNE.iterdir())) == 4


@pytest.mark.slow
@pytest.mark.usefixtures("changed")
def test_fuse_takes_the_fits_that_are_there_and_then_nothing_is_left_of_them():
    set_param(Path(), "fuse.epochs", 1)
    fuse.main()
    predicted = fused()
    assert predicted.notna().all()
    assert list(paths.WORK.iterdir()) == []
    fuse.main()
    assert (fused() == predicted).all()


@pytest.mark.slow
@pytest.mark.usefixtures("changed")
def test_labels_of_test_posts_change_nothing_and_a_training_post_ignores_its_own():
    before = learned()
    predicted = predictions()
    dataset = read_table(paths.DATASET)
    dataset.loc[dataset["split"] == "test", "label"] = 99.0
    write_rows(dataset)
    train_image.main()
    assert learned() == before
    post = POSTS[TRAIN][4]
    dataset.loc[dataset["pid"] == post, "label"] += 5
    write_rows(dataset)
    train_image.main()
    assert predictions()[post] == predicted[post]
    assert (predictions() != predicted).sum() > 12


def test_without_a_photo_nothing_is_built_and_the_outputs_are_empty(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path, photos=POSTS[:0], **{"image_embeddings.weights": "nowhere.h5"})
    train_image.main()
    assert "image: posts_with_photo has 0 training posts" in capsys.readouterr().out
    assert predictions().empty
    assert list(paths.model("image").iterdir()) == []


def test_a_side_that_the_backbone_cannot_read_names_its_key(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path, **{"image_embeddings.backbone": "inception_resnet_v2"})
    with pytest.raises(UserError, match=r"train_image\.finetune\.side is 32, too small for inception_resnet_v2"):
        train_image.main()
