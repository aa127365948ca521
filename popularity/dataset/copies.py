"""Which posts show one photo: near-duplicates by perceptual hash, each linked to the first post of its group.

How near is a copy, measured (docs/architecture.md has the table): of photos of 100 px or more that were stored again,
15 % are missed at 0 bits, 0.2 % at 2; of 1.3 million pairs of different photos 1 lies within 2 bits, 7 within 4.
Half of a hash's bits are set, so distances are even, and stricter than 2 is 0. These are constants and no params: they
are part of what a fold is, and another value would move posts between folds.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from popularity.arrays import BoolArray, IntArray

HashArray = npt.NDArray[np.uint64]

BITS = 2
"""Hamming distance, of 64 bits, up to which two photos are one."""
SMALL_PX = 64
"""A photo with a shorter side below this, two pixels to one of the hash's, is a copy at distance 0 only."""
PARTS = ((0, 21), (21, 21), (42, 22))
"""Shift and width of BITS + 1 parts of a hash: of two hashes that differ in BITS bits, one part is equal."""


def copy_groups(posts: pd.DataFrame) -> IntArray:
    """Pid of the first post of each post's group, shape (n,): its own where it is a copy of none, or has no photo.

    Photos come in the order of their first post (postdate, then pid). Each joins the one group whose first photo is
    nearest, the earlier of two equally near, and only if it is a copy of that one; else it founds a group. So no copy
    is linked through another, groups never merge, and later posts change nothing about earlier ones.
    The same bytes are the same photo, also where it has no perceptual hash.

    posts: columns pid, postdate, sha256 ("" without a photo), phash (16 hex digits; "" where it would say nothing),
    width and height in pixels.
    """
    with_photo = posts[posts["sha256"] != ""].sort_values(["postdate", "pid"])
    photos = with_photo.drop_duplicates("sha256")
    hashed = (photos["phash"] != "").to_numpy(bool)
    pid = photos["pid"].to_numpy(np.int64)
    founder = pid.copy()
    founder[hashed] = pid[hashed][first_copies(*_hashes(photos[hashed]))]
    group = posts["pid"].copy()
    group[with_photo.index] = pd.Series(founder, photos["sha256"])[with_photo["sha256"]].to_numpy()
    return group.to_numpy(np.int64)


def copies_of_test_posts(posts: pd.DataFrame, split: npt.NDArray[np.object_], group: IntArray) -> BoolArray:
    """Which training posts are copies of a test post, shape (n,), whichever of them came first.

    They show its photo, and are by the same user or have the same words: what others say under a picture that goes
    round, a meme say, are posts of their own. The photo is the same in its group, and where it is a copy of it without
    being one of the group's first post, or in another group. Without any photo too, what one user posted in the same
    second with the same words is one post. A model that had seen it with its label would be tested on memory.

    posts: as `copy_groups` reads them, with uid and words_hash. split, group: shape (n,).
    """
    train, test = split == "train", split == "test"
    found = _among(test, posts["uid"], posts["postdate"], posts["words_hash"])
    for same in ("uid", "words_hash"):
        found |= _among(test, group, posts[same])
    hashed = ((posts["sha256"] != "") & (posts["phash"] != "")).to_numpy(bool)
    ours, theirs = (posts[hashed & one] for one in (train, test))
    found[hashed & train] |= have_copies(ours, theirs)
    return np.asarray(found & train)


def _among(those: BoolArray, *columns: "pd.Series | IntArray") -> BoolArray:
    """Which rows are equal to one of those in these columns, shape (n,)."""
    keys = pd.MultiIndex.from_arrays(columns)
    return np.asarray(keys.isin(keys[those]))


def have_copies(posts: pd.DataFrame, tested: pd.DataFrame) -> BoolArray:
    """Which posts show a copy of the photo of another by the same user or with the same words, shape (n,).

    posts, tested: n and m rows as `copies_of_test_posts` reads them, all with a perceptual hash.
    """
    (hashes, bits), (others, other_bits) = _hashes(posts), _hashes(tested)
    who, whose = (rows["uid"].to_numpy() for rows in (posts, tested))
    words, their_words = (rows["words_hash"].to_numpy() for rows in (posts, tested))
    found = np.zeros(len(hashes), bool)
    for shift, width in PARTS:
        part, other_part = ((some >> np.uint64(shift)) & np.uint64((1 << width) - 1) for some in (hashes, others))
        order = np.argsort(other_part, kind="stable")
        start, end = (np.searchsorted(other_part, part, side, sorter=order) for side in ("left", "right"))
        for photo in np.flatnonzero((start < end) & ~found).tolist():
            near = order[start[photo] : end[photo]]
            distance = np.bitwise_count(others[near] ^ hashes[photo])
            copied = distance <= np.minimum(other_bits[near], bits[photo])
            found[photo] = (copied & ((whose[near] == who[photo]) | (their_words[near] == words[photo]))).any()
    return found


def first_copies(hashes: HashArray, bits: IntArray) -> IntArray:
    """Index of the first photo of each photo's group, shape (n,).

    hashes: shape (n,), in the photos' order. bits: shape (n,), 0 to BITS: two photos are copies where their distance
    is at most both of theirs. Memory is O(n); time too, but for photos that are no copies and yet share a part.
    """
    first = np.arange(len(hashes))
    firsts = [_FirstsByPart((hashes >> np.uint64(shift)) & np.uint64((1 << width) - 1)) for shift, width in PARTS]
    shared = np.logical_or.reduce([part.shared for part in firsts])
    for photo in np.flatnonzero(shared).tolist():
        near = np.concatenate([part.beside(photo) for part in firsts])
        distance = np.bitwise_count(hashes[near] ^ hashes[photo])
        copied = distance <= np.minimum(bits[near], bits[photo])
        if copied.any():
            near, distance = near[copied], distance[copied]
            first[photo] = near[distance == distance.min()].min()
        else:
            for part in firsts:
                part.add(photo)
    return first


class _FirstsByPart:
    """The groups' first photos so far, by the value of one part of their hash."""

    def __init__(self, part: HashArray) -> None:
        _, self._value, counts = np.unique(part, return_inverse=True, return_counts=True)
        self.shared = counts[self._value] > 1
        """Which photos have the same part as another, shape (n,)."""
        self._start = np.cumsum(counts) - counts  # where each value's photos lie in _photos, which has room for all
        self._filled = np.zeros_like(counts)
        self._photos = np.empty(len(part), np.int64)

    def beside(self, photo: int) -> IntArray:
        """The first photos with this photo's part."""
        value = self._value[photo]
        start = self._start[value]
        return self._photos[start : start + self._filled[value]]

    def add(self, photo: int) -> None:
        """Note a photo that founds a group."""
        value = self._value[photo]
        self._photos[self._start[value] + self._filled[value]] = photo
        self._filled[value] += 1


def _hashes(photos: pd.DataFrame) -> tuple[HashArray, IntArray]:
    """Hashes and bits of photos that have a perceptual hash, both (n,)."""
    small = photos[["width", "height"]].min(axis=1).to_numpy() < SMALL_PX
    hashes = np.frombuffer(bytes.fromhex("".join(photos["phash"])), ">u8").astype(np.uint64)
    return hashes, np.where(small, 0, BITS)
