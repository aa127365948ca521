import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from kit.stored_photos import jpeg, noise, put_small_backbone, write_shard
from popularity import paths
from popularity.embeddings import read_embeddings
from popularity.errors import UserError
from popularity.files import read_json
from popularity.images.backbones import BACKBONES
from popularity.images.chunks import CHUNK
from popularity.images.damaged import bring_back
from popularity.images.embed import Embedded, embed_photos
from popularity.images.runtimes import choose, describe
from popularity.settings import ImageEmbeddings

SETTINGS = ImageEmbeddings(backbone="efficientnet_lite0", weights="imagenet", batch_size=8)
SMALL = SETTINGS.model_copy(update={"weights": "none"})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty project."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small(monkeypatch):
    """A network of two layers in place of the default one."""
    put_small_backbone(monkeypatch.setitem)


@pytest.fixture
def no_network(monkeypatch, small):
    """What opens a network or fetches weights fails."""
    backbone = BACKBONES["efficientnet_lite0"]
    nowhere = replace(backbone.published, package="no_such_package")
    monkeypatch.setitem(BACKBONES, backbone.name, replace(backbone, build=None, published=nowhere))


def put(batch, *photos, shard_rows=100):
    """Photos as a batch, pids from 1; returns their folder."""
    shutil.rmtree(batch, ignore_errors=True)
    for number, start in enumerate(range(0, len(photos), shard_rows)):
        some = photos[start : start + shard_rows]
        write_shard(Path(batch), number, dict(enumerate(some, start=start + 1)))
    return Path(batch)


def embed(photos, settings=SMALL):
    return embed_photos(photos, settings, Path("out"))


def matrix():
    return np.array(read_embeddings(Path("out"))[1])


def chunk_files():
    return {file: (file.stat().st_ino, file.stat().st_mtime_ns) for file in paths.CHUNKS.rglob("*.npy")}


def outcome():
    return {file.name: file.read_bytes() for file in Path("out").iterdir()}


@pytest.fixture(scope="module")
def shown():
    """Four photos and the mirror of the first."""
    photos = [skimage.data.cat(), skimage.data.coffee(), skimage.data.astronaut(), skimage.data.rocket()]
    return [jpeg(pixels) for pixels in [*photos, photos[0][:, ::-1]]]


def test_a_mirrored_cat_is_nearer_to_the_cat_than_anything_else(shown):
    embed(put("b", *shown, shard_rows=2), SETTINGS)
    pids, found = read_embeddings(Path("out"))
    assert pids.tolist() == [1, 2, 3, 4, 5]
    assert (found.shape, found.dtype) == ((5, 1280), np.float16)
    unit = found.astype(float) / np.linalg.norm(found.astype(float), axis=1, keepdims=True)
    assert (unit[:4] @ unit[4]).argmax() == 0


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["onnxruntime", "keras"])
def test_a_photo_embeds_the_same_alone_among_others_at_any_place_and_after_a_restart(shown, runtime):
    """By the real network: without `.work/` every run embeds all photos anew."""
    cat, *others = shown
    others += noise(5)
    orders = [[*others[:place], cat, *others[place:]] for place in range(len(others) + 1)]
    found = []
    for photos in ([cat], *orders):
        shutil.rmtree(paths.WORK, ignore_errors=True)
        embed(put("b", *photos), SETTINGS.model_copy(update={"runtime": runtime}))
        found.append(matrix()[photos.index(cat)])
    assert len(found) == 11
    assert {row.tobytes() for row in found} == {found[0].tobytes()}


def test_meta_says_what_made_the_embeddings(shown):
    embed(put("b", shown[0]), SETTINGS)
    assert read_json(Path("out/meta.json")) == {
        "backbone": "efficientnet_lite0",
        "weights_sha256": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "runtime": describe(choose("auto")),
        "length": 1280,
        "rows": 1,
    }


def test_without_a_photo_the_arrays_are_empty_and_no_weights_are_needed(folder):
    settings = ImageEmbeddings(backbone="inception_resnet_v2", weights="nowhere.h5", batch_size=4)
    assert embed(put("b"), settings) == Embedded(0, 0, 0)
    pids, found = read_embeddings(Path("out"))
    assert (pids.shape, found.shape) == ((0,), (0, 1536))
    assert [path.name for path in folder.iterdir()] == ["out"]


@pytest.mark.usefixtures("small")
def test_chunks_hold_so_many_photos_each_and_come_out_in_the_photos_order():
    photos = noise(2 * CHUNK + 10)
    assert embed(put("b", *photos)) == Embedded(len(photos), len(photos), 0)
    assert sorted(len(np.load(file)) for file in chunk_files()) == [10, CHUNK, CHUNK]
    together = matrix()
    for row in (0, 99, 100, CHUNK - 1, CHUNK, len(photos) - 1):
        shutil.rmtree(paths.WORK)
        embed(put("b", photos[row]))
        assert (matrix() == together[row]).all()


@pytest.mark.usefixtures("small")
def test_photos_with_the_same_bytes_are_embedded_once_in_a_batch_and_across_batches():
    one, two, three, four = noise(4)
    assert embed(put("a", one, two, one)) == Embedded(3, 2, 0)
    assert embed(put("b", three, one, three, four)) == Embedded(4, 3, 1)
    assert sum(len(np.load(file)) for file in chunk_files()) == 4
    found = matrix()
    assert (found[0] == found[2]).all()
    assert (found[0] != found[1]).any()


@pytest.mark.usefixtures("small")
def test_what_is_there_is_neither_embedded_nor_written_again(request):
    photos = noise(40)
    embed(put("b", *photos))
    before, files = outcome(), chunk_files()
    shutil.rmtree("out")
    request.getfixturevalue("no_network")
    assert embed(put("b", *photos)) == Embedded(40, 40, 40)
    assert (outcome(), chunk_files()) == (before, files)


@pytest.mark.usefixtures("small")
def test_without_the_scratch_folder_the_same_bytes_come_out():
    photos = noise(40)
    embed(put("a", *photos[5:20]))  # so that the chunks are others
    embed(put("b", *photos))
    before, files = outcome(), chunk_files()
    shutil.rmtree(paths.WORK)
    embed(put("b", *photos))
    assert outcome() == before
    assert chunk_files().keys() != files.keys()


@pytest.mark.usefixtures("small")
def test_chunks_are_the_same_whatever_takes_long(monkeypatch):
    import random
    import time

    from popularity.images import embedder as module

    photos = put("b", *noise(CHUNK + 50))
    embed(photos)
    names = {file.name for file in chunk_files()}
    shutil.rmtree(paths.WORK)
    decode = module.read_squares

    def late(*args):
        time.sleep(random.random() / 50)
        return decode(*args)

    monkeypatch.setattr(module, "read_squares", late)
    embed(photos)
    assert {file.name for file in chunk_files()} == names


@pytest.mark.usefixtures("small")
def test_a_truncated_chunk_is_told_and_made_anew(capsys):
    photos = noise(30)
    embed(put("b", *photos))
    before, [file] = outcome(), chunk_files()
    whole = file.read_bytes()
    file.write_bytes(whole[:-100])
    assert embed(put("b", *photos)) == Embedded(30, 30, 0)
    assert file.name in capsys.readouterr().err
    assert outcome() == before
    assert file.read_bytes() == whole


@pytest.mark.usefixtures("small")
def test_broken_shards_and_photos_are_counted_and_named_and_cost_no_other_photo():
    photos = noise(400)
    embed(put("b", *photos))
    expected = outcome()
    shutil.rmtree(paths.WORK)
    shutil.rmtree("out")
    broken = [*photos]
    broken[149] = broken[151] = b"<html>"
    folder = put("b", *broken)
    shard = folder / "part-00003.parquet"
    shard.write_bytes(shard.read_bytes()[:-500])
    with pytest.raises(UserError) as caught:
        embed(folder)
    said = str(caught.value)
    assert "1 shards cannot be read and 2 photos do not decode" in said
    for named in ("b/part-00003.parquet: ", "b/part-00001.parquet: the photo of pid 150: ", "pid 152", "dvc repro"):
        assert named in said
    assert not Path("out").exists()
    assert sum(len(np.load(file)) for file in chunk_files()) == 298
    assert embed(put("b", *photos)) == Embedded(400, 400, 298)
    assert outcome() == expected


def test_when_every_photo_is_broken_nothing_is_written():
    with pytest.raises(UserError, match="pid 1") as caught:
        embed(put("b", b"<html>"), SETTINGS)
    assert caught.value.next_step == bring_back(Path("b"))
    assert not Path("out").exists()
    assert chunk_files() == {}


@pytest.mark.usefixtures("small")
def test_a_photo_of_which_there_are_copies_is_named_with_all_of_them():
    with pytest.raises(UserError, match=r"3 photos do not decode(.|\n)*pid 1:(.|\n)*pid 2:(.|\n)*pid 3:"):
        embed(put("b", b"<html>", b"<html>", b"<html>"))
