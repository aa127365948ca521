import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import skimage.data
from PIL import Image

from popularity.embeddings import read_embeddings
from popularity.errors import UserError
from popularity.files import read_json
from popularity.images.embed import embed_photos, read_square
from popularity.posts import PHOTOS
from popularity.settings import ImageEmbeddings

SETTINGS = ImageEmbeddings(backbone="efficientnet_lite0", weights="imagenet", batch_size=4)


def jpeg(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def write_shard(folder, number, photos):
    """photos: pid -> JPEG bytes."""
    folder.mkdir(exist_ok=True)
    rows = [{"pid": p, "sha256": "", "width": 1, "height": 1, "jpeg": b} for p, b in photos.items()]
    pq.write_table(pa.Table.from_pylist(rows, schema=PHOTOS), folder / f"part-{number:05d}.parquet")


@pytest.fixture(scope="module")
def five_photos():
    shown = [skimage.data.cat(), skimage.data.coffee(), skimage.data.astronaut(), skimage.data.rocket()]
    return {pid: jpeg(pixels) for pid, pixels in enumerate([*shown, shown[0][:, ::-1]], start=11)}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory, five_photos):
    """Five photos in shards of three and two, embedded four at a time."""
    folder = tmp_path_factory.mktemp("embedded")
    write_shard(folder / "photos", 0, {p: five_photos[p] for p in (11, 12, 13)})
    write_shard(folder / "photos", 1, {p: five_photos[p] for p in (14, 15)})
    assert embed_photos(folder / "photos", SETTINGS, folder / "out") == 5
    return folder / "out"


def test_every_photo_of_every_shard_is_embedded_in_order_of_pid(embedded):
    pids, matrix = read_embeddings(embedded)
    assert pids.tolist() == [11, 12, 13, 14, 15]
    assert (matrix.shape, matrix.dtype) == ((5, 1280), np.float16)


def test_a_photos_embedding_does_not_depend_on_its_neighbours(tmp_path, embedded, five_photos):
    write_shard(tmp_path / "photos", 0, {15: five_photos[15]})
    embed_photos(tmp_path / "photos", SETTINGS, tmp_path / "alone")
    np.testing.assert_array_equal(read_embeddings(tmp_path / "alone")[1][0], read_embeddings(embedded)[1][4])


def test_a_mirrored_cat_is_nearer_to_the_cat_than_anything_else(embedded):
    matrix = read_embeddings(embedded)[1].astype(float)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    assert (unit[:4] @ unit[4]).argmax() == 0


def test_meta_names_the_backbone_and_the_hash_of_its_weights(embedded):
    assert read_json(embedded / "meta.json") == {
        "backbone": "efficientnet_lite0",
        "weights_sha256": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "length": 1280,
        "rows": 5,
    }


def test_without_a_photo_the_arrays_are_empty_and_no_weights_are_needed(tmp_path):
    (tmp_path / "photos").mkdir()
    settings = ImageEmbeddings(backbone="inception_resnet_v2", weights="nowhere.h5", batch_size=4)
    assert embed_photos(tmp_path / "photos", settings, tmp_path / "out") == 0
    pids, matrix = read_embeddings(tmp_path / "out")
    assert (pids.shape, matrix.shape) == ((0,), (0, 1536))


def test_a_photo_that_does_not_decode_is_an_error_with_its_pid_and_leaves_nothing(tmp_path):
    write_shard(tmp_path / "photos", 0, {77: b"<html>"})
    with pytest.raises(UserError, match="pid 77"):
        embed_photos(tmp_path / "photos", SETTINGS, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


@pytest.mark.parametrize("shape", [(400, 100, 3), (100, 400, 3), (1000, 1300, 3), (16, 16, 3)])
def test_a_photo_of_any_shape_becomes_the_square(shape):
    assert read_square(jpeg(np.zeros(shape, np.uint8)), 224).shape == (224, 224, 3)


def test_the_square_is_the_middle_of_the_photo():
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 100:200] = 255
    assert read_square(jpeg(pixels), 224)[112, 10:-10].min() > 240
