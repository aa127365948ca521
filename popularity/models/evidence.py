"""What is known of posts that are to be scored: each model picks its own from it. There is no label in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity import paths
from popularity.arrays import BoolArray, FloatArray, HalfArray, IntArray
from popularity.dataset.table import NOT_EVIDENCE, Dataset
from popularity.embeddings import META, gather
from popularity.files import read_json
from popularity.settings import Section

KERAS = "keras"


class Backbone(Section):
    """The network that made the embeddings. weights_sha256: None for random weights, or where no photo was there."""

    name: str
    weights_sha256: str | None
    runtime: str | None = KERAS  # name and version; what older bundles lack was Keras, of a version not told

    def __str__(self) -> str:
        return f"{self.name} with weights {self.weights_sha256} on {self.runtime}"

    def same_numbers(self, other: "Backbone") -> bool:
        """Whether a photo's embedding is the same by both, to the last bit unless a version was not told."""
        runtimes = [self.runtime, other.runtime]
        if KERAS in runtimes:
            runtimes = [runtime and runtime.split()[0] for runtime in runtimes]
        return (self.name, self.weights_sha256, runtimes[0]) == (other.name, other.weights_sha256, runtimes[1])


def backbone_of(embeddings: Path) -> Backbone:
    """What made the embeddings of a folder."""
    meta = read_json(embeddings / META)
    told = {name: meta[name] for name in ("weights_sha256", "runtime") if name in meta}
    return Backbone(name=meta["backbone"], **told)


@dataclass(frozen=True)
class Evidence:
    """n posts, m of them with a photo.

    posts: the numbers of `posts.POSTS` by their names, age_days, which is how old a post is when its views count (it is
    asked, NaN: at the usual age), photo_shape, and the text table's columns, token lists in `tags` and `title`.
    """

    posts: pd.DataFrame
    has_photo: BoolArray  # (n,)
    embeddings: HalfArray | None  # (m, d), of the posts with a photo, in their order; None: photos were not read
    backbone: Backbone | None  # that made them

    def asked_at(self, horizon_days: float | None) -> "Evidence":
        """The same, with views after so many days asked for where `age_days` names no day; None: of no day."""
        age = self.posts.get("age_days", pd.Series(np.nan, self.posts.index))
        asked = age if horizon_days is None else age.fillna(horizon_days)
        return Evidence(self.posts.assign(age_days=asked), self.has_photo, self.embeddings, self.backbone)

    def of(self, rows: BoolArray) -> "Evidence":
        """What is known of some of the posts, a mask of shape (n,)."""
        embeddings = None if self.embeddings is None else self.embeddings[rows[self.has_photo]]
        return Evidence(self.posts[rows], self.has_photo[rows], embeddings, self.backbone)


@dataclass(frozen=True)
class Lesson:
    """What a model is fitted on: n training posts with their labels.

    A model of posts with a photo learns from these; what is made of words and users, from those without one as well.
    """

    evidence: Evidence
    label: FloatArray  # (n,)
    part: IntArray  # (n,); what is fitted on labels and then learned from is cross-fitted over these
    member: BoolArray  # (n,), which posts are of the population that the model scores

    def of(self, rows: BoolArray) -> "Lesson":
        """Some of the posts, a mask of shape (n,)."""
        return Lesson(self.evidence.of(rows), self.label[rows], self.part[rows], self.member[rows])

    @property
    def own(self) -> "Lesson":
        """The posts of the population that the model scores."""
        return self.of(self.member)


def evidence_of(dataset: Dataset, embeddings: HalfArray | None = None) -> Evidence:
    """What is known of all posts. embeddings: of those with a photo, where they are read."""
    has_photo = dataset.frame["has_photo"].to_numpy(bool)
    return Evidence(dataset.frame.drop(columns=[*NOT_EVIDENCE]), has_photo, embeddings, None)


def evidence_with_embeddings(dataset: Dataset, batches: Iterable[str]) -> Evidence:
    """What is known of all posts, and the embeddings of those with a photo, from the batches that have been embedded.

    Raises UserError as `gather`.
    """
    folders = [folder for folder in map(paths.embeddings, batches) if folder.is_dir()]
    return evidence_of(dataset, gather(dataset.of("posts_with_photo").pid, folders))


def join_evidence(parts: Sequence[Evidence]) -> Evidence:
    """The posts of all parts, at least one, in their order. Whose photos were read, one backbone read them."""
    read = [part for part in parts if part.embeddings is not None]
    return Evidence(
        posts=pd.concat([part.posts for part in parts], ignore_index=True),
        has_photo=np.concatenate([part.has_photo for part in parts]),
        embeddings=np.concatenate([part.embeddings for part in read if part.embeddings is not None]) if read else None,
        backbone=read[0].backbone if read else None,
    )
