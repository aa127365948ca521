import pytest

from popularity.errors import UserError
from popularity.images.backbones import BACKBONES, load, weights_file


@pytest.mark.parametrize("said", ["image_embeddings.weights", "weights/inception_resnet_v2_", "https://storage.goog"])
def test_missing_weights_are_an_error_that_says_where_they_go(tmp_path, monkeypatch, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        weights_file(BACKBONES["inception_resnet_v2"], None)
    assert said in str(caught.value)


def test_a_given_file_goes_before_the_backbones_own(tmp_path):
    (tmp_path / "mine.h5").write_bytes(b"")
    given = str(tmp_path / "mine.h5")
    assert weights_file(BACKBONES["inception_resnet_v2"], given) == tmp_path / "mine.h5"


@pytest.mark.parametrize("name", sorted(BACKBONES))
@pytest.mark.parametrize("content", [b"", b"not weights at all"])
def test_a_corrupt_file_of_weights_is_an_error_that_names_it(tmp_path, name, content):
    file = tmp_path / "weights.h5"
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"weights\.h5 holds no weights of " + name):
        load(BACKBONES[name], file)
