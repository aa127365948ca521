import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from kit.project import set_param
from kit.stored_photos import jpeg, write_shard
from popularity import paths
from popularity.embeddings import read_embeddings
from popularity.errors import run
from popularity.files import read_json
from popularity.images.decode import read_square
from stages import image_embeddings

PARAMS = Path(__file__).parents[2] / "params.yaml"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project whose current batch, demo, has a folder for photos."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["image_embeddings", "demo"])
    shutil.copy(PARAMS, "params.yaml")
    paths.photos("demo").mkdir(parents=True)
    return tmp_path


def cat():
    return jpeg(skimage.data.cat())


def put(photos):
    write_shard(paths.photos("demo"), 0, photos)


def written():
    files = [*paths.embeddings("demo").iterdir(), paths.metrics("image_embeddings", "demo")]
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.usefixtures("project")
def test_without_a_photo_the_stage_says_so_and_writes_empty_outputs(capsys):
    image_embeddings.main()
    assert "no photo is there" in capsys.readouterr().out
    counts = {"rows_in": 0, "rows_out": 0, "dropped": {}, "distinct": 0}
    assert read_json(paths.metrics("image_embeddings", "demo")) == counts
    assert read_embeddings(paths.embeddings("demo"))[1].shape == (0, 1280)


@pytest.mark.usefixtures("project")
def test_with_and_without_its_scratch_a_second_run_writes_the_same_bytes(capsys):
    put({3: cat(), 4: cat()})
    image_embeddings.main()
    first = written()
    counts = {"rows_in": 2, "rows_out": 2, "dropped": {}, "distinct": 1}
    assert read_json(paths.metrics("image_embeddings", "demo")) == counts
    image_embeddings.main()
    assert written() == first
    shutil.rmtree(paths.WORK)
    image_embeddings.main()
    assert written() == first
    assert capsys.readouterr().out.splitlines() == [
        "demo: 2 photos, 1 distinct, 0 embedded earlier",
        "demo: 2 photos, 1 distinct, 1 embedded earlier",
        "demo: 2 photos, 1 distinct, 0 embedded earlier",
    ]


@pytest.mark.usefixtures("project")
def test_a_photo_that_does_not_decode_ends_the_stage_with_2_and_leaves_no_output(capsys):
    put({3: cat(), 4: b"<html>"})
    with pytest.raises(SystemExit) as ended:
        run(image_embeddings.main)
    assert ended.value.code == 2
    assert "part-00000.parquet: the photo of pid 4" in capsys.readouterr().err
    assert not paths.embeddings("demo").exists()
    assert not paths.metrics("image_embeddings", "demo").exists()


@pytest.mark.long
def test_inception_resnet_v2_embeds_with_the_weights_of_a_file(project):
    import keras

    keras.utils.set_random_seed(1)
    network = keras.applications.InceptionResNetV2(
        include_top=False, weights=None, input_shape=(299, 299, 3), pooling="avg"
    )
    network.save(project / "mine.h5")  # layers by name, as the published file
    set_param(project, "image_embeddings.backbone", "inception_resnet_v2")
    set_param(project, "image_embeddings.weights", "mine.h5")
    put({3: cat()})
    image_embeddings.main()
    pixels = np.zeros((32, 299, 299, 3), np.float32)
    pixels[0] = read_square(cat(), 299) / 127.5 - 1
    expected = network.predict_on_batch(pixels)[:1]
    np.testing.assert_allclose(read_embeddings(paths.embeddings("demo"))[1], expected, rtol=1e-2, atol=1e-4)
