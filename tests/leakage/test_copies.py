"""One photo, stored again and again, is never trained on and tested on, nor trained on in two folds."""

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from kit.gate_project import lay_out_batches
from popularity import paths
from popularity.dataset.joining import COPIES_A_TEST_POST
from popularity.dataset.table import read_dataset
from popularity.demo.scenes import KINDS, Shot, render
from popularity.files import read_json
from popularity.posts import LABELS, POSTS, read_table, write_table
from stages import dataset, fetch, filter_links

SAVED = ((95, 320), (75, 320), (60, 320), (85, 160))
"""JPEG quality and longest side of each copy, in the order of posting."""
SCENES = 12


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Twelve photos, each in four posts; of every second the third is a test post. Columns: scene, copy; index pid."""
    monkeypatch.chdir(tmp_path)
    lay_out_batches(tmp_path)
    posts = read_table(paths.posts("before"))
    shown = pd.DataFrame({"scene": np.arange(4 * SCENES) % SCENES, "copy": np.arange(4 * SCENES) // SCENES})
    shown.index = pd.Index(posts["pid"][: len(shown)])
    posts.loc[: len(shown) - 1, "uid"] = shown["scene"].to_numpy() + 1  # of one user
    write_table(paths.posts("before"), posts, POSTS)
    labels = read_table(paths.labels("before")).assign(label=np.arange(len(posts)) % 9 / 3, given_split="train")
    tested = shown.index[(shown["copy"] == 2) & (shown["scene"] % 2 == 0)]
    labels.loc[labels["pid"].isin(tested), "given_split"] = "test"
    write_table(paths.labels("before"), labels, LABELS)

    rng = np.random.default_rng(8)
    scenes = [Image.fromarray(render(Shot(sorted(KINDS)[i % 8], 0, 0, (320, 240)), rng)) for i in range(SCENES)]
    images = paths.raw("before") / "images"
    images.mkdir(parents=True)
    for pid, (scene, copy) in zip(shown.index, shown.to_numpy(), strict=True):
        (images / f"{pid}.jpg").write_bytes(saved(scenes[scene], *SAVED[copy]))
    monkeypatch.setattr(sys, "argv", ["stage", "before"])
    fetch.main()
    filter_links.main()
    dataset.main()
    return shown


def saved(photo: Image.Image, quality: int, side: int) -> bytes:
    small, out = photo.copy(), io.BytesIO()
    small.thumbnail((side, side))
    small.save(out, "JPEG", quality=quality)
    return out.getvalue()


def test_no_copy_straddles_two_folds_and_none_of_a_test_post_is_trained_on(shown: pd.DataFrame) -> None:
    rows = read_dataset(paths.DATASET).frame.set_index("pid")
    there = shown.join(rows[["split", "fold", "group"]], how="inner")
    tested = there[there["scene"] % 2 == 0]
    assert tested["split"].tolist() == ["test"] * (SCENES // 2)
    trained = there[there["scene"] % 2 == 1]
    assert trained.groupby("scene").size().eq(4).all()
    assert trained.groupby("scene")[["fold", "group"]].nunique().eq(1).all(axis=None)
    assert trained["fold"].nunique() > 1
    assert trained["group"].nunique() == SCENES // 2
    metrics = read_json(paths.metrics("dataset"))
    assert metrics["dropped"] == {COPIES_A_TEST_POST: 3 * SCENES // 2}
    assert metrics["rows_in"] - metrics["rows_out"] == 3 * SCENES // 2
    assert metrics["copies"] == 3 * SCENES
