import shutil

import numpy as np
import pandas as pd
import pytest

from kit.dataset_rows import dataset_rows, write_rows
from kit.project import ROOT, set_param
from popularity import paths
from popularity.dataset.features import FeatureMaker
from popularity.dataset.table import POPULATIONS
from popularity.files import read_json
from popularity.models.networks import Trained
from popularity.models.on_evidence import FEATURES
from popularity.models.subjects import MODALITIES
from popularity.posts import read_table
from popularity.settings import load_settings
from stages import fuse, train_cnn, train_image

POSTS = 120
EPOCHS = 3
FIRST_PID = 1000


def make_project(folder, *, photos):
    """A project with 100 training and 20 test posts in 5 folds; the first `photos` posts have a photo."""
    rng = np.random.default_rng(2)
    pid = np.arange(FIRST_PID, FIRST_PID + POSTS)
    train = np.arange(POSTS) % 6 > 0
    rows = dataset_rows(pid, np.where(train, pid % 5, -1), np.arange(POSTS) < photos)
    shutil.copy(ROOT / "params.yaml", folder)
    for stage in ("train_cnn", "fuse"):
        set_param(folder, f"{stage}.epochs", EPOCHS)
    (folder / "expectations").symlink_to(ROOT / "expectations")
    write_rows(rows)
    paths.embeddings("demo").mkdir(parents=True)
    np.save(paths.embeddings("demo") / "pids.npy", pid[:photos])
    np.save(paths.embeddings("demo") / "embeddings.npy", rng.normal(size=(photos, 1280)).astype(np.float16))


def outputs():
    """Every file that the stages wrote, with its bytes."""
    folders = [paths.MODELS, paths.PREDICTIONS, paths.METRICS, paths.PLOTS]
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def no_photo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path, photos=0)


@pytest.mark.usefixtures("no_photo")
def test_without_a_photo_the_image_stages_say_so_and_write_empty_outputs(capsys):
    train_image.main()
    fuse.main()
    said = capsys.readouterr().out
    for name in ("image", "multimodal"):
        assert f"{name}: posts_with_photo has 0 training posts" in said
        assert read_table(paths.predictions(name)).empty
        assert list(paths.model(name).iterdir()) == []
        assert pd.read_csv(paths.curves(name) / "posts_with_photo/loss.tsv", sep="\t").empty


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The three stages run on a project where half of the posts have a photo."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_project(folder, photos=60)
        for stage in (train_cnn, train_image, fuse):
            stage.main()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("cnn", {"all_posts": 120, "posts_with_photo": 60}),
        ("image", {"posts_with_photo": 60}),
        ("multimodal", {"posts_with_photo": 60}),
    ],
)
def test_every_post_of_a_population_is_predicted(whole, name, rows):
    predicted = read_table(whole / paths.predictions(name))
    assert predicted["prediction"].notna().all()
    assert predicted.groupby("population").size().to_dict() == rows
    curves = {file.parent.name: pd.read_csv(file, sep="\t") for file in (whole / paths.curves(name)).rglob("*.tsv")}
    assert curves.keys() == rows.keys()
    epochs = load_settings(whole / paths.PARAMS).train_image.head.epochs if name == "image" else EPOCHS
    for curve in curves.values():
        assert list(curve.columns) == ["step", "loss"]
        assert len(curve) == epochs
        assert np.isfinite(curve["loss"]).all()


@pytest.mark.slow
def test_the_saved_cnn_gives_the_predictions_of_the_test_posts(whole):
    dataset = read_table(whole / paths.DATASET)
    test = dataset[dataset["split"] == "test"]
    predicted = read_table(whole / paths.predictions("cnn"))
    expected = predicted[predicted["population"] == "all_posts"].set_index("pid").loc[test["pid"], "prediction"]
    folder = whole / paths.model("cnn") / "all_posts"
    features = FeatureMaker.load(folder / FEATURES).transform(test)
    np.testing.assert_array_equal(Trained.load(folder).predict(features), expected)


@pytest.mark.slow
def test_metrics_count_the_rows_in_and_out(whole):
    rows = read_json(whole / paths.metrics("fuse"))["populations"]["posts_with_photo"]
    assert (rows["rows_in"], rows["rows_out"], rows["training_rows"]) == (60, 60, 50)


@pytest.mark.slow
def test_metrics_tell_what_each_modality_that_is_read_brings(whole):
    def told(stage):
        return {name: set(one) for name, one in read_json(whole / paths.metrics(stage))["modalities"].items()}

    assert told("train_cnn") == {name: set(MODALITIES) for name in POPULATIONS}
    assert told("train_image") == {"posts_with_photo": {"content"}}
    assert told("fuse") == {"posts_with_photo": set(MODALITIES)}


@pytest.mark.slow
def test_a_second_run_writes_the_same_bytes(whole, monkeypatch):
    monkeypatch.chdir(whole)
    before = outputs()
    for stage in (train_cnn, train_image, fuse):
        stage.main()
    assert outputs() == before


@pytest.mark.slow
def test_the_image_prediction_of_a_training_post_ignores_its_own_label(whole, tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(whole, tmp_path / "changed"))
    before = read_table(paths.predictions("image")).set_index("pid")["prediction"]
    dataset = read_table(paths.DATASET)
    post = int(dataset.loc[dataset["split"] == "train", "pid"].iloc[0])
    dataset.loc[dataset["pid"] == post, "label"] += 5
    write_rows(dataset)
    train_image.main()
    after = read_table(paths.predictions("image")).set_index("pid")["prediction"]
    assert after[post] == before[post]
    assert (after != before).any()
