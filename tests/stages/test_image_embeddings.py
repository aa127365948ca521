import io
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import skimage.data
from PIL import Image
from project import set_param

from popularity import paths
from popularity.embeddings import read_embeddings
from popularity.files import read_json
from popularity.images.embed import read_square
from popularity.posts import PHOTOS
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


def cat_as_jpeg():
    buffer = io.BytesIO()
    Image.fromarray(skimage.data.cat()).save(buffer, "JPEG")
    return buffer.getvalue()


def put_cat_into_a_shard():
    row = {"pid": 3, "sha256": "", "width": 451, "height": 300, "jpeg": cat_as_jpeg()}
    pq.write_table(pa.Table.from_pylist([row], schema=PHOTOS), paths.photos("demo") / "part-00000.parquet")


@pytest.mark.usefixtures("project")
def test_without_a_photo_the_stage_says_so_and_writes_empty_outputs(capsys):
    image_embeddings.main()
    assert "no photo is there" in capsys.readouterr().out
    assert read_json(paths.metrics("image_embeddings", "demo")) == {"rows_in": 0, "rows_out": 0, "dropped": {}}
    assert read_embeddings(paths.embeddings("demo"))[1].shape == (0, 1280)


@pytest.mark.usefixtures("project")
def test_a_second_run_writes_the_same_bytes():
    put_cat_into_a_shard()
    image_embeddings.main()
    first = {file.name: file.read_bytes() for file in paths.embeddings("demo").iterdir()}
    image_embeddings.main()
    assert {file.name: file.read_bytes() for file in paths.embeddings("demo").iterdir()} == first


@pytest.mark.slow
def test_inception_resnet_v2_embeds_with_the_weights_of_a_file(project):
    import keras

    keras.utils.set_random_seed(1)
    network = keras.applications.InceptionResNetV2(
        include_top=False, weights=None, input_shape=(299, 299, 3), pooling="avg"
    )
    network.save(project / "mine.h5")  # layers by name, as the published file
    set_param(project, "image_embeddings.backbone", "inception_resnet_v2")
    set_param(project, "image_embeddings.weights", "mine.h5")
    put_cat_into_a_shard()
    image_embeddings.main()
    pixels = np.zeros((32, 299, 299, 3), np.float32)
    pixels[0] = read_square(cat_as_jpeg(), 299) / 127.5 - 1
    expected = network.predict_on_batch(pixels)[:1]
    np.testing.assert_allclose(read_embeddings(paths.embeddings("demo"))[1], expected, rtol=1e-2, atol=1e-4)
