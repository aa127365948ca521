"""Posts of users with levels of their own, that drift; numbers and words say a part of what each label is."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from popularity.arrays import BoolArray
from popularity.dataset.photo_shape import SHAPE
from popularity.models.evidence import Evidence, Lesson
from popularity.settings import CON_SOC

NUMBERS = [name for name in CON_SOC if name not in ("pid", "uid", "postdate") and not name.endswith("_score")]
DAY = 86400


def users_posts(users: int = 20, each: int = 30, *, seed: int = 0, ages: bool = False) -> pd.DataFrame:
    """Columns as in data/dataset.parquet that models read, and the label; in the order of pid, which is chance's."""
    rng = np.random.default_rng(seed)
    n = users * each
    uid = rng.permutation(np.repeat(np.arange(users) * 7 + 3, each))
    level = rng.normal(8, 2, users)[uid // 7]
    postdate = 1_400_000_000 + np.sort(rng.integers(0, 400 * DAY, n))
    drift = 1.5 * np.sin(postdate / DAY / 90 + uid)
    loud = rng.random(n) < 0.3
    posts = pd.DataFrame({name: rng.poisson(5, n).astype(np.float64) for name in NUMBERS})
    posts["avgview"] = np.where(rng.random(n) < 0.1, np.nan, 2.0**level)
    words = [[f"w{rng.integers(30)}", *(["loud"] if one else [])] for one in loud]
    age = np.where(rng.random(n) < 0.05, np.nan, rng.uniform(10, 1000, n)) if ages else np.full(n, np.nan)
    label = level + drift + loud + rng.normal(0, 0.5, n) + 0.5 * np.nan_to_num(np.log1p(age))
    return posts.assign(
        pid=np.arange(n) + 100, uid=uid, postdate=postdate, age_days=age, tags=words,
        title=[words[:1] for words in words], label=label,
    )  # fmt: skip


def evidence_of_posts(posts: pd.DataFrame, photo: BoolArray | None = None) -> Evidence:
    """What is known of them. photo: which have one; an embedding of 8 numbers, the first of which says the label.

    A photo's shape is that of `posts`, if it has a column of that name, else a square.
    """
    known = posts.drop(columns="label").reset_index(drop=True)
    if photo is None:
        return Evidence(known.assign(**{SHAPE: np.nan}), np.zeros(len(posts), bool), None, None)
    rows = np.random.default_rng(1).normal(size=(len(posts), 8))
    rows[:, 0] = posts["label"] - 8
    shape = known.get(SHAPE, pd.Series(0.0, known.index)).where(photo)
    return Evidence(known.assign(**{SHAPE: shape}), photo, rows[photo].astype(np.float16), None)


def lesson_of(posts: pd.DataFrame, photo: BoolArray | None = None, parts: Sequence[int] = (0, 1, 2)) -> Lesson:
    """What a model is fitted on; with photos, the population of posts that have one."""
    member = np.ones(len(posts), bool) if photo is None else photo
    part = np.resize(np.array(parts, np.int64), len(posts))
    return Lesson(evidence_of_posts(posts, photo), posts["label"].to_numpy(np.float64), part, member)
