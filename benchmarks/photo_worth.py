"""What the photo is worth: the image model alone, on posts of users it knows and on users never seen.

`python -m benchmarks.photo_worth DIR`, where DIR holds a crawl in the layout of the paper's data. Predicted are the
label, and what is left of it after the user's mean. Nothing that is fitted on labels sees a row that it scores.
"""

import io
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from popularity.arrays import FloatArray, IntArray, Matrix
from popularity.embeddings import read_embeddings
from popularity.errors import UserError, run
from popularity.evaluation.metrics import mae, spearman
from popularity.images.embed import embed_photos
from popularity.links.check import Reader, check_posts
from popularity.links.decoders import decoders
from popularity.links.folder import Folder
from popularity.links.fresh import FreshAnswers
from popularity.models.baselines import UserMean
from popularity.models.image_head import ImageHead
from popularity.posts import photo_shards, read_table
from popularity.settings import Settings, load_settings
from popularity.sources.smp import read_crawl

FOLDS = 5
DRAWS = 1000
SIDE = 8  # px of the square that the plainest model reads
PENALTIES = np.logspace(0, 8, 17)  # a ridge takes the best of these on left-out training rows
TARGETS = ("label", "residual")
FIGURES = ("spearman", "within_user", "mae")


class Model(Protocol):
    """What learns a number from a row of numbers."""

    def fit(self, X: Matrix, y: FloatArray) -> object: ...
    def predict(self, X: Matrix) -> FloatArray: ...


class SmallHead(ImageHead):
    """The image model with an eighth of the paper's hidden units."""

    units = 64


Contenders = dict[str, tuple[Matrix, Callable[[], Model]]]
"""Name -> what it reads, a row each post, and what makes it."""


@dataclass(frozen=True)
class Photos:
    """Posts with a label and a photo, sorted by pid."""

    uid: IntArray  # (n,)
    label: FloatArray  # (n,)
    sha256: list[str]  # n, equal for copies
    embeddings: Matrix  # (n, d)
    pixels: FloatArray  # (n, 3 * SIDE**2), 0 to 1


def main() -> None:
    if len(sys.argv) != 2:
        raise UserError("no crawl is named", next_step="python -m benchmarks.photo_worth DIR")
    settings = load_settings()
    photos = read_photos(Path(sys.argv[1]), settings)
    head, seed = settings.train_image.head, settings.base.seed
    contenders: Contenders = {
        "mean": (photos.pixels, mean),
        "ridge on 8 x 8 pixels": (photos.pixels, ridge),
        "image model, 64 units": (photos.embeddings, partial(SmallHead, head, seed)),
        "image model, 512 units": (photos.embeddings, partial(ImageHead, head, seed)),
    }
    rows = measure(photos, contenders, seed)
    users = len(np.unique(photos.uid))
    print(
        f"{len(photos.uid):,} posts with label and photo, {users} users; 95 % intervals from {DRAWS} draws of users\n"
    )
    print_table(rows)
    print(f"\nof the label's variance {between(photos):.3f} lies between users; over all rows at once the mean's rho:")
    for row in rows:
        if row["model"] == "mean":
            print(f"  {row['target']}, {row['folds']}: {row['over_all_rows']}")
    print(json.dumps({"posts": len(photos.uid), "users": users, "between_users": between(photos), "rows": rows}))


def read_photos(crawl: Path, settings: Settings) -> Photos:
    """Read, check and embed a crawl as the stages do, in a temporary folder."""
    found = read_crawl(crawl, None, settings.label.formula)
    labels = found.labels[["pid", "label"]].dropna()
    posts = found.posts.merge(labels, on="pid").sort_values("pid", ignore_index=True)
    with tempfile.TemporaryDirectory() as scratch:
        shards, embedded = Path(scratch) / "photos", Path(scratch) / "embeddings"
        with decoders() as pool:
            settings_of = (settings.filter_links, settings.fetch.max_bytes)
            reader = Reader(Folder(crawl), FreshAnswers(settings.fetch, Path(scratch)), *settings_of, pool)
            check_posts(posts, reader, shards)
        lite = settings.image_embeddings.model_copy(update={"backbone": "efficientnet_lite0"})
        embed_photos(shards, lite, embedded)
        stored = pd.concat([read_table(shard) for shard in photo_shards(shards)])
        pids, matrix = read_embeddings(embedded)
        embeddings = np.array(matrix)
    posts = posts.set_index("pid").loc[pids]
    return Photos(
        uid=posts["uid"].to_numpy(np.int64),
        label=posts["label"].to_numpy(np.float64),
        sha256=stored["sha256"].tolist(),
        embeddings=embeddings,
        pixels=np.stack([shrink(jpeg) for jpeg in stored["jpeg"]]),
    )


def shrink(jpeg: bytes) -> FloatArray:
    """A photo as SIDE x SIDE mean colours in one row."""
    with Image.open(io.BytesIO(jpeg)) as image:
        small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64).ravel() / 255


def mean() -> Model:
    """Knows no photo: the mean of what it learnt from."""
    from sklearn.dummy import DummyRegressor

    return DummyRegressor()


def ridge() -> Model:
    """A linear model; its penalty is the best on training rows, each left out in turn."""
    from sklearn.linear_model import RidgeCV

    return RidgeCV(PENALTIES)


def measure(photos: Photos, contenders: Contenders, seed: int) -> list[dict[str, Any]]:
    """Every contender on both kinds of folds and both targets.

    Returns a row each: folds, target, model, of each of FIGURES the value with the ends of its interval, and
    over_all_rows: rho over all folds' rows at once, which tells their different training means apart, not the photos.
    """
    from sklearn.model_selection import GroupKFold

    copies = GroupKFold(FOLDS, shuffle=True, random_state=seed)  # random, but that copies of a photo stay together
    kinds = {"random": (copies, photos.sha256), "unseen users": (GroupKFold(FOLDS), photos.uid)}
    draws = draw_users(photos.uid, np.random.default_rng(seed))
    rows = []
    for kind, (splitter, groups) in kinds.items():
        folds = [held_out for _, held_out in splitter.split(photos.uid, groups=groups)]
        for target in TARGETS:
            for name, (X, make) in tqdm(contenders.items(), desc=f"{target}, {kind}", unit="model"):
                observed, predicted = predict_out_of_fold(photos, X, make, folds, target)
                figures = score(photos.uid, folds, observed, predicted, draws)
                rho = round(spearman(observed, predicted), 3)
                rows.append({"folds": kind, "target": target, "model": name, **figures, "over_all_rows": rho})
    return rows


def between(photos: Photos) -> float:
    """Share of the label's variance that lies between users: that of each row's own user's mean."""
    label = pd.Series(photos.label)
    return round(float(label.groupby(photos.uid).transform("mean").var() / label.var()), 3)


def predict_out_of_fold(
    photos: Photos, X: Matrix, make: Callable[[], Model], folds: Sequence[IntArray], target: str
) -> tuple[FloatArray, FloatArray]:
    """Target and prediction, both shape (n,), of each row by what saw the other folds alone.

    target: "label", or "residual": the label less the mean of the user's posts in the other folds, and less the mean
    of all posts there for a user who has none.
    """
    observed, predicted = np.empty(len(X)), np.empty(len(X))
    for held_out in folds:
        seen = np.setdiff1d(np.arange(len(X)), held_out)
        y = photos.label
        if target == "residual":
            users = UserMean()
            users.fit(photos.uid[seen, None], photos.label[seen])
            y = photos.label - users.predict(photos.uid[:, None])
        model = make()
        model.fit(X[seen], y[seen])
        observed[held_out], predicted[held_out] = y[held_out], model.predict(X[held_out])
    return observed, predicted


def draw_users(uid: IntArray, rng: np.random.Generator) -> IntArray:
    """Users drawn with replacement, shape (DRAWS, users): places among the sorted distinct ones."""
    users = len(np.unique(uid))
    return rng.integers(users, size=(DRAWS, users))


def score(
    uid: IntArray, folds: Sequence[IntArray], observed: FloatArray, predicted: FloatArray, draws: IntArray
) -> dict[str, list[float]]:
    """Value, lower and upper end (95 %) of each figure.

    spearman: of each fold, averaged by the folds' rows (over all rows at once, the folds' different training means
    would be held against each other: a mean alone would score below 0). within_user: the mean of the users' own rho.
    mae: in log2 views.
    """
    users, user = np.unique(uid, return_inverse=True)
    fold = np.empty(len(uid), dtype=np.int64)
    for number, held_out in enumerate(folds):
        fold[held_out] = number
    rows_of = [np.flatnonzero(user == one) for one in range(len(users))]
    own = np.array([spearman(observed[rows], predicted[rows]) if len(rows) > 1 else np.nan for rows in rows_of])

    def figures(drawn: IntArray) -> list[float]:
        rows = np.concatenate([rows_of[one] for one in drawn])
        parts = [part for number in range(len(folds)) if len(part := rows[fold[rows] == number]) > 1]
        rho = np.average([spearman(observed[part], predicted[part]) for part in parts], weights=[*map(len, parts)])
        return [float(rho), float(np.nanmean(own[drawn])), mae(observed[rows], predicted[rows])]

    value = figures(np.arange(len(users)))
    ends = np.quantile([figures(drawn) for drawn in draws], [0.025, 0.975], axis=0)
    return {
        name: [round(float(number), 3) for number in numbers]
        for name, *numbers in zip(FIGURES, value, *ends, strict=True)
    }


def print_table(rows: list[dict[str, Any]]) -> None:
    """A line for each row, a head for each kind of folds and target."""
    for place, row in enumerate(rows):
        if place == 0 or (row["folds"], row["target"]) != (rows[place - 1]["folds"], rows[place - 1]["target"]):
            print(f"{row['target']}, {row['folds']}".ljust(26), *(f"{name:>22}" for name in FIGURES))
        print(f"  {row['model']:24}", *("{:8.3f} [{:5.2f}, {:5.2f}]".format(*row[name]) for name in FIGURES))


if __name__ == "__main__":
    run(main)
