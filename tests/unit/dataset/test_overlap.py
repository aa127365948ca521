"""Posts that several batches hold are kept in the first, with the label of the latest look."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.batch_tables import write_batch
from popularity import paths
from popularity.dataset.overlap import Overlap
from popularity.errors import UserError
from popularity.posts import POSTS, write_table

POSTED = 1_500_000_000


def write(batch: str, pids: list[int], labels: list[float], seen: float = np.nan, uid: int = 7) -> None:
    """A batch of posts with these labels, all read at once."""
    posts = pd.DataFrame({"pid": pids, "uid": uid, "postdate": POSTED, "label": labels, "seen": seen})
    numbers = ("haspeople", "titlelen", "deslen", "tagcount", "avgview", "groupcount", "avgmembercount")
    posts = posts.assign(**dict.fromkeys(numbers, 1.0), alltags="", title="", description="", image_url="")
    text = pd.DataFrame({"pid": pids, "tags": [[]] * len(pids), "title": [[]] * len(pids), "sentiment": 2.0})
    write_batch(batch, posts.assign(views=2.0 ** posts["label"] - 1, age_days=(seen - POSTED) / 86_400), text)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_post_is_kept_in_the_first_batch_alone() -> None:
    write("a", [1, 2], [1.0, 1.0])
    write("b", [2, 3], [1.0, 1.0])
    overlap = Overlap.of(["a", "b", "not-read-yet"])
    assert overlap.labels("a")["pid"].tolist() == [1, 2]
    assert overlap.labels("b")["pid"].tolist() == [3]
    assert overlap.told("a") == ""
    assert overlap.told("b").startswith("1 post is of an earlier batch")


@pytest.mark.parametrize(
    ("first", "second", "latest"),
    [
        ((np.nan, np.nan), (4.0, POSTED + 9e5), 4.0),  # pending until the next crawl counted its views
        ((1.0, POSTED + 9e5), (4.0, POSTED + 9e4), 1.0),
        ((1.0, POSTED + 9e4), (4.0, POSTED + 9e5), 4.0),
        ((1.0, POSTED + 9e4), (4.0, np.nan), 1.0),
        ((1.0, np.nan), (4.0, np.nan), 4.0),
        ((1.0, POSTED + 9e4), (np.nan, POSTED + 9e5), 1.0),
    ],
)
def test_the_latest_look_gives_the_label(
    first: tuple[float, float], second: tuple[float, float], latest: float
) -> None:
    write("a", [1, 2], [first[0], 0.5], first[1])
    write("b", [1, 3], [second[0], 0.5], second[1])
    labels = Overlap.of(["a", "b"]).labels("a").set_index("pid")
    assert labels.loc[1, "label"] == latest
    assert labels.loc[2, "label"] == 0.5
    seen = first[1] if latest == first[0] else second[1]
    assert np.array_equal(labels.loc[1, "seen"], seen, equal_nan=True)
    assert np.array_equal(labels.loc[1, "age_days"], (seen - POSTED) / 86_400, equal_nan=True)


def test_with_a_horizon_the_look_nearest_to_it_gives_the_label() -> None:
    for batch, days in (("a", 2), ("b", 7), ("c", 30)):
        write(batch, [1], [float(days)], POSTED + 86_400 * days)
    found = {days: Overlap.of(["a", "b", "c"], days).labels("a")["label"].tolist() for days in (3.0, 9.0, 90.0)}
    assert found == {3.0: [2.0], 9.0: [7.0], 90.0: [30.0]}


def test_a_batch_alone_is_as_its_tables_are() -> None:
    write("a", [2, 1], [1.0, np.nan])
    overlap = Overlap.of(["a"])
    pd.testing.assert_frame_equal(overlap.labels("a"), pd.read_parquet(paths.labels("a")))


def test_two_posts_with_one_pid_are_refused() -> None:
    write("a", [1], [1.0])
    write("b", [1], [1.0], uid=8)
    overlap = Overlap.of(["a", "b"])
    with pytest.raises(UserError, match=r"1 pids .* pid 1 has another user or date in a and b"):
        overlap.refuse_unlike()
    assert overlap.labels("b")["pid"].tolist() == [1]


def test_a_post_of_another_user_says_nothing_about_a_label() -> None:
    write("a", [1, 2], [1.0, 1.0])
    write("b", [1, 3], [4.0, 4.0], POSTED + 9e5)
    write("c", [2], [5.0], POSTED + 9e5)
    posts = pd.read_parquet(paths.posts("b"))
    write_table(paths.posts("b"), posts.assign(uid=[8, 7]), POSTS)
    overlap = Overlap.of(["a", "b", "c"])
    assert overlap.labels("a")["label"].tolist() == [1.0, 5.0]
    assert overlap.labels("c").empty
    assert overlap.told("b") == ""
