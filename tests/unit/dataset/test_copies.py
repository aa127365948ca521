"""Groups of posts that show one photo."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from popularity.dataset.copies import (
    BITS,
    PARTS,
    SMALL_PX,
    copies_of_test_posts,
    copy_groups,
    first_copies,
    have_copies,
)
from popularity.demo.scenes import KINDS, Shot, render
from popularity.links.photos import Photo, read_photo
from popularity.settings import load_settings

FILTER_LINKS = load_settings(Path(__file__).parents[3] / "params.yaml").filter_links
BORDERS = (0, 20, 21, 41, 42, 63)
"""Bits at both ends of every part."""


def posts(**columns: list[object]) -> pd.DataFrame:
    """Posts of one user in the order of their dates, each with words and a photo of its own that has no hash."""
    n = len(next(iter(columns.values())))
    base = {
        "pid": range(1, n + 1), "uid": 7, "postdate": range(n), "words_hash": range(n),
        "sha256": [f"own {i}" for i in range(n)],
    }  # fmt: skip
    return pd.DataFrame(base | {"phash": "", "width": 320, "height": 240} | columns)


def hashed(*hashes: int, **columns: list[object]) -> pd.DataFrame:
    return posts(phash=[f"{one:016x}" for one in hashes], **columns)


def test_posts_with_the_same_bytes_take_the_pid_of_the_earliest_and_posts_without_a_photo_their_own() -> None:
    table = posts(postdate=[9, 5, 5, 1, 1], sha256=["x", "x", "x", "", ""])
    assert list(copy_groups(table)) == [2, 2, 2, 4, 5]


def left_out(table: pd.DataFrame, *split: str) -> list[bool]:
    return copies_of_test_posts(table, np.array(split, dtype=object), copy_groups(table)).tolist()


def test_training_posts_in_the_group_of_a_test_post_copy_it_whichever_came_first() -> None:
    table = posts(sha256=["x", "x", "", "x", "x", "y"])
    assert left_out(table, "train", "test", "train", "pending", "train", "train") == [
        True, False, False, False, True, False,
    ]  # fmt: skip


def test_training_posts_near_a_test_post_copy_it_though_they_are_in_another_group() -> None:
    chain = hashed(0, 0b11, 0b1111)
    assert copy_groups(chain).tolist() == [1, 1, 3]
    assert left_out(chain, "train", "train", "test") == [False, True, False]
    assert left_out(chain, "train", "test", "train") == [True, False, True]
    assert left_out(chain, "test", "pending", "train") == [False, False, False]


def test_the_photo_of_a_test_post_with_other_words_by_another_user_is_a_post_of_its_own() -> None:
    meme = {"uid": [1, 2, 3, 1], "words_hash": [11, 12, 11, 13]}
    split = ("test", "train", "train", "train")
    assert left_out(posts(sha256=["x"] * 4, **meme), *split) == [False, False, True, True]
    near = hashed(0b11, 0, 0, 0, **meme)
    assert left_out(near, *split) == [False, False, True, True]
    chain = hashed(0, 0b11, 0b1111, uid=[1, 2, 3], words_hash=[1, 2, 3])
    assert not any(left_out(chain, "train", "train", "test"))


def test_a_user_s_post_in_the_same_second_with_the_same_words_is_the_test_post_again_photo_or_not() -> None:
    again = {"postdate": [5, 5, 5, 5, 6], "uid": [1, 1, 2, 1, 1], "words_hash": [11, 11, 11, 12, 11]}
    split = ("test", *["train"] * 4)
    assert left_out(posts(sha256=[""] * 5, **again), *split) == [False, True, False, False, False]
    assert left_out(posts(**again), *split) == [False, True, False, False, False]


photo = st.tuples(st.integers(0, 63), st.sampled_from([SMALL_PX - 1, SMALL_PX]), st.integers(1, 2), st.integers(1, 2))
"""Bits of BORDERS that are set, shorter side, uid and words."""


@given(st.lists(photo, max_size=8), st.lists(photo, max_size=8))
def test_having_a_copy_is_being_near_any_of_the_others_of_the_same_user_or_words(
    some: list[tuple[int, ...]], others: list[tuple[int, ...]]
) -> None:
    def table(photos: list[tuple[int, ...]]) -> pd.DataFrame:
        hashes = [sum(1 << BORDERS[place] for place in range(6) if one[0] >> place & 1) for one in photos]
        _, width, uid, words = zip(*photos, strict=True) if photos else [()] * 4
        return hashed(*hashes, width=list(width), uid=list(uid), words_hash=list(words))

    near = [
        any(
            (a[0] ^ b[0]).bit_count() <= (0 if min(a[1], b[1]) < SMALL_PX else BITS) and (a[2] == b[2] or a[3] == b[3])
            for b in others
        )
        for a in some
    ]
    assert have_copies(table(some), table(others)).tolist() == near


def test_without_any_photo_every_post_is_its_own_group() -> None:
    assert list(copy_groups(posts(pid=[3, 4], sha256=["", ""]))) == [3, 4]
    assert copy_groups(posts(pid=[])).tolist() == []


def test_a_pid_too_large_for_a_float_is_kept() -> None:
    assert list(copy_groups(posts(pid=[2**62 + 1, 2**62 + 3, 5], sha256=["x", "x", ""]))) == [2**62 + 1] * 2 + [5]


def test_two_bits_apart_are_copies_and_four_are_not() -> None:
    assert list(copy_groups(hashed(0b0000, 0b0011, 0b1111))) == [1, 1, 3]


def test_a_copy_of_a_copy_is_linked_to_the_first_post_or_not_at_all() -> None:
    first, copy, copy_of_copy = 0b0000, 0b0011, 0b1111
    assert (copy ^ copy_of_copy).bit_count() == BITS
    assert list(copy_groups(hashed(first, copy, copy_of_copy, copy_of_copy))) == [1, 1, 3, 3]


def test_the_nearest_first_post_counts_and_of_two_as_near_the_earlier() -> None:
    assert list(copy_groups(hashed(0b0000, 0b0111, 0b0011))) == [1, 2, 2]
    assert list(copy_groups(hashed(0b1111, 0b0000, 0b0011))) == [1, 2, 1]


@pytest.mark.parametrize("small", ["width", "height"])
@pytest.mark.parametrize("which", [0, 1])
def test_where_either_photo_is_small_they_are_copies_at_distance_0_alone(small: str, which: int) -> None:
    sides = [SMALL_PX, SMALL_PX]
    assert list(copy_groups(hashed(0b00, 0b11, **{small: sides}))) == [1, 1]
    sides[which] -= 1
    assert list(copy_groups(hashed(0b00, 0b11, **{small: sides}))) == [1, 2]
    assert list(copy_groups(hashed(0b11, 0b11, **{small: sides}))) == [1, 1]


def test_flat_photos_are_copies_by_their_bytes_alone() -> None:
    assert list(copy_groups(posts(sha256=["grey", "blue", "grey"]))) == [1, 2, 1]


def test_the_same_bytes_stay_together_when_a_nearer_group_came_in_between() -> None:
    first, copy, later = 0b0000, 0b0011, 0b0111
    table = hashed(first, copy, later, copy, sha256=["first", "copy", "later", "copy"])
    assert list(copy_groups(table)) == [1, 1, 3, 1]


def test_the_parts_cover_the_hash_and_are_one_more_than_the_bits() -> None:
    assert len(PARTS) == BITS + 1
    assert sum(((1 << width) - 1) << shift for shift, width in PARTS) == 2**64 - 1


def plain(table: pd.DataFrame) -> list[int]:
    """The same, one post after another."""
    firsts, of_bytes, group = [], {}, {}
    for post in table.sort_values(["postdate", "pid"]).itertuples():
        if post.sha256 and post.sha256 not in of_bytes:
            near = []
            for order, other in enumerate(firsts):
                small = min(post.width, post.height, other.width, other.height) < SMALL_PX
                distance = (int(post.phash, 16) ^ int(other.phash, 16)).bit_count() if post.phash else 64
                if distance <= (0 if small else BITS):
                    near.append((distance, order, other.pid))
            of_bytes[post.sha256] = min(near)[2] if near else post.pid
            if not near and post.phash:
                firsts.append(post)
        group[post.pid] = of_bytes.get(post.sha256, post.pid)
    return [group[pid] for pid in table["pid"]]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Up to 30 posts of up to 20 photos whose hashes differ in six bits at most; dates and photos repeat."""
    patterns = [f"{sum(1 << bit for i, bit in enumerate(BORDERS) if chosen >> i & 1):016x}" for chosen in range(64)]
    photo = st.tuples(st.sampled_from(["", *patterns]), st.sampled_from((320, 320, 320, SMALL_PX - 1)))
    photos = draw(st.lists(photo, min_size=8, max_size=20))
    shown = draw(st.lists(st.integers(-1, len(photos) - 1), min_size=1, max_size=30))
    n = len(shown)
    dates = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    phash, side = zip(*(photos[i] if i >= 0 else ("", 0) for i in shown), strict=True)
    return pd.DataFrame(
        {
            "pid": draw(st.permutations(range(1, n + 1))),
            "postdate": dates,
            "sha256": [f"{i}" if i >= 0 else "" for i in shown],
            "phash": phash,
            "width": side,
            "height": 320,
        }
    )


@settings(deadline=None)
@given(tables())
def test_it_does_what_one_post_after_another_would(table: pd.DataFrame) -> None:
    assert list(copy_groups(table)) == plain(table)


@settings(deadline=None)
@given(tables(), st.integers(0, 10))
def test_later_posts_move_no_earlier_one_to_another_group(table: pd.DataFrame, night: int) -> None:
    before = (table["postdate"] < night).to_numpy()
    alone = copy_groups(table[before].reset_index(drop=True))
    assert list(alone) == list(copy_groups(table)[before])


def test_many_photos_that_share_a_part_are_told_apart() -> None:
    shift = PARTS[1][0]
    hashes = np.random.default_rng(1).integers(0, 2**64, 500, dtype=np.uint64) << np.uint64(shift)
    assert list(first_copies(hashes, np.full(500, BITS))) == list(range(500))


def stored(photo: Image.Image, quality: int, side: int) -> Photo:
    small = photo.copy()
    small.thumbnail((side, side))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality)
    return read_photo(out.getvalue(), FILTER_LINKS)


def test_photos_of_one_kind_of_scene_are_told_apart_and_each_is_found_again() -> None:
    rng = np.random.default_rng(3)
    scenes = [Image.fromarray(render(Shot(kind, 0.2, 0.2, (320, 240)), rng)) for kind in sorted(KINDS) * 3]
    shown = [stored(scene, *how) for how in ((95, 320), (75, 320), (60, 320), (85, 160)) for scene in scenes]
    columns = {name: [getattr(photo, name) for photo in shown] for name in ("phash", "width", "height")}
    group = copy_groups(posts(**columns)).reshape(4, len(scenes))
    assert (group == np.arange(1, len(scenes) + 1)).all()
