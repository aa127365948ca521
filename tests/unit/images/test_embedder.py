import numpy as np
import pytest

from kit.stored_photos import noise, put_small_backbone
from popularity.images.embedder import Embedder
from popularity.settings import ImageEmbeddings

SETTINGS = ImageEmbeddings(backbone="efficientnet_lite0", weights="none", batch_size=4)


@pytest.fixture
def embedder(monkeypatch):
    put_small_backbone(monkeypatch.setitem)
    return Embedder(SETTINGS)


def test_photos_come_in_their_order_each_as_it_is_alone(embedder):
    photos = noise(11)
    found = embedder.embed(photos)
    assert (found.shape, found.dtype) == ((11, 8), np.float16)
    assert len({row.tobytes() for row in found}) == 11
    for photo, row in zip(photos, found, strict=True):
        np.testing.assert_array_equal(embedder.embed([photo]), row[None])


def test_of_no_photo_there_is_an_empty_matrix(embedder):
    assert embedder.embed([]).shape == (0, 8)


def test_a_file_that_is_no_photo_is_an_error_or_told_by_its_place(embedder):
    good, other = noise(2)
    with pytest.raises(OSError, match="no JPEG"):
        embedder.embed([good, b"none", other])
    found, broken = embedder([good, b"none", other])
    np.testing.assert_array_equal(found, embedder.embed([good, other]))
    assert list(broken) == [1]
