"""A bundle opened once, which scores posts as often as it is asked, from memory and its own folder alone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from pkgutil import resolve_name

import numpy as np
import pandas as pd
import pyarrow as pa
from tqdm import tqdm

from popularity import catalogue
from popularity.dataset.features import FeatureMaker
from popularity.dataset.joining import NUMBERS
from popularity.dataset.missing import Lacking, lacking
from popularity.dataset.photo_shape import SHAPE, photo_shape
from popularity.dataset.strange import Strange, strange
from popularity.errors import UserError
from popularity.evaluation.best import population_serving
from popularity.files import sha256_of
from popularity.images.embedder import Embedder
from popularity.models.baselines import USER_MEAN, UserMean
from popularity.models.evidence import Backbone, Evidence, join_evidence
from popularity.models.parts import Parts, Scorer, TellsReasons
from popularity.monitoring.reference import FOLDER as REFERENCE
from popularity.registry.bundle import Bundle, read_bundle
from popularity.registry.explained import AVERAGE
from popularity.sources.labels import count_from_label
from popularity.text.features import read_posts
from popularity.text.sentiment import Sentiment, open_sentiment

CHUNK = 1000
SLOW_S = 5  # reading that takes longer shows how far it is

PLAIN = {"prediction": "count", "low": "count_low", "high": "count_high"}
"""Columns of scores, and those with the same in plain numbers."""

FindPhotos = Callable[[pd.DataFrame], tuple[pd.DataFrame, pa.Table]]
"""Posts (pid, image_url) to rows of `posts.LINKS`, in their order, and of `posts.PHOTOS`, of those that are alive."""


class Predictor:
    """Scores posts; for one thread at a time. `open_predictor` makes it, and closes what it opened."""

    def __init__(self, bundle: Bundle, opened: ExitStack) -> None:
        """Read everything but what reads text and photos, which is opened when the first post needs it."""
        self.bundle = bundle
        self._opened = opened
        self._features = FeatureMaker.load(bundle.features)
        # A bundle that is being made has none yet, and tells no intervals.
        known = bundle.folder / REFERENCE / USER_MEAN
        self._users = UserMean.load(known.parent) if known.is_file() else None
        self._scorers: dict[str, Scorer] = {}
        for population, model in bundle.serves.items():
            scorer: type[Scorer] = resolve_name(catalogue.scorer_of(model))
            self._scorers[population] = scorer.load(Parts(bundle.model(model, population), bundle.features))

    @property
    def profile(self) -> str:
        """The name of the list of features that the models read; "" where an older bundle does not say."""
        return self._features.profile

    def lacking(self, evidence: Evidence) -> list[Lacking]:
        """The features that the training posts had and over half of these posts lack."""
        return lacking(evidence.posts, self._features)

    def strange(self, evidence: Evidence) -> list[Strange]:
        """The scores whose dictionary holds none of these posts' words."""
        return strange(evidence.posts, self._features)

    def score(self, evidence: Evidence) -> pd.DataFrame:
        """Predictions for n posts, in their order, in the columns of `scoring.SCORES`; a row's depends on no other row.

        Intervals hold nine of ten posts, see `evaluation.intervals`, by how many training posts each user had.
        A test row gets the very prediction that the DAG wrote for it. A bundle that serves no population of posts with
        a photo scores every post by its model of all posts; the column model says whose prediction it is.
        Raises UserError where a count is negative, or photos were embedded by other weights or on another runtime than
        the bundle's: runtimes agree to a hundredth only.
        """
        _refuse_negatives(evidence.posts, self._features)
        horizon = self.bundle.facts.horizon_days
        evidence = evidence.asked_at(horizon)
        serves = self.bundle.serves
        population = population_serving(evidence.has_photo, serves)
        model = pd.Series(population).map(serves)
        prediction, half = np.empty(len(population)), np.full(len(population), np.nan)
        for one, name in serves.items():
            if (rows := population == one).any():
                self._refuse_other_backbone(name, one, evidence)
                prediction[rows] = self._scorers[one].predict(evidence.of(rows))
                widths = self.bundle.widths(one)
                if widths is not None and self._users is not None:
                    half[rows] = widths.of(self._users.posts_of(evidence.posts["uid"].to_numpy(np.int64)[rows]))
        bounds = {"prediction": prediction, "low": prediction - half, "high": prediction + half}
        formula = self.bundle.facts.label_formula
        counts = {PLAIN[name]: count_from_label(formula, values) for name, values in bounds.items()}
        reads_age = model.map(catalogue.reads_age).to_numpy(bool) & (horizon is not None)
        return pd.DataFrame(
            {
                "pid": evidence.posts["pid"].to_numpy(np.int64),
                **bounds,
                **counts,
                "model": model.to_numpy(),
                "version": self.bundle.version,
                "age_days": np.where(reads_age, evidence.posts["age_days"].to_numpy(np.float64), np.nan),
            }
        )

    def reasons(self, evidence: Evidence) -> pd.DataFrame:
        """Why n posts are predicted as they are, in their order: a column for each reason, 0 where it is none of a
        post's, and `explained.AVERAGE`; a row's sum is the prediction. log2, shape (n, reasons + 1).

        Raises UserError where the model that scores some of them cannot tell.
        """
        evidence = evidence.asked_at(self.bundle.facts.horizon_days)
        population = population_serving(evidence.has_photo, self.bundle.serves)
        parts = []
        for one, name in self.bundle.serves.items():
            if (rows := population == one).any():
                self._refuse_other_backbone(name, one, evidence)
                scorer = self._scorers[one]
                found = scorer.reasons(evidence.of(rows)) if isinstance(scorer, TellsReasons) else None
                if found is None:
                    raise UserError(
                        f"{name} of {self.bundle.version} tells no reasons",
                        next_step="a champion that was made before models kept what reasons start from has none: "
                        "popularity repro, then popularity champion create",
                    )
                parts.append(found.worth.assign(**{AVERAGE: found.average}).set_index(np.flatnonzero(rows)))
        return pd.concat([pd.DataFrame({AVERAGE: []}), *parts]).fillna(0.0).sort_index()

    def read(self, posts: pd.DataFrame, find_photos: FindPhotos | None) -> tuple[Evidence, pd.DataFrame | None]:
        """What the bundle's models read of n posts: their numbers, text and photos, as its params say.

        posts: the columns of `posts.POSTS`. find_photos: None: no link is followed and no post has a photo.
        Photos are embedded and forgotten chunk by chunk. Returns also the links table, None where no photo was looked
        for. Raises UserError where what the bundle reads text or photos with is not there.
        """
        evidence, links = [], []
        posts = posts.reset_index(drop=True)
        words = read_posts(posts, self._sentiment).drop(columns="pid")  # of all: short captions take others' language
        with tqdm(total=len(posts), desc="reading", unit="post", delay=SLOW_S) as bar:
            for start in range(0, len(posts) or 1, CHUNK):
                chunk, text = (table[start : start + CHUNK].reset_index(drop=True) for table in (posts, words))
                found = find_photos(chunk[["pid", "image_url"]]) if find_photos else None
                links += [found[0]] if found else []
                evidence.append(self._read_chunk(chunk, text, found))
                bar.update(len(chunk))
        return join_evidence(evidence), pd.concat(links, ignore_index=True) if links else None

    def _read_chunk(
        self, chunk: pd.DataFrame, text: pd.DataFrame, found: tuple[pd.DataFrame, pa.Table] | None
    ) -> Evidence:
        posts = pd.concat([chunk[NUMBERS], text], axis=1).assign(**{SHAPE: np.nan})
        if found is None:
            return Evidence(posts, np.zeros(len(posts), dtype=bool), None, None)
        links, photos = found
        posts[SHAPE] = photo_shape(links)
        has_photo = links["alive"].to_numpy(bool)
        if not (has_photo.any() and self.bundle.reads_photos):
            return Evidence(posts, has_photo, None, None)
        return Evidence(posts, has_photo, self._embedder.embed(photos["jpeg"].to_pylist()), self._backbone)

    @cached_property
    def _sentiment(self) -> Sentiment:
        return self._opened.enter_context(open_sentiment(self.bundle.text_features))

    @cached_property
    def _embedder(self) -> Embedder:
        return Embedder(self.bundle.image_embeddings, self.bundle.project)

    @cached_property
    def _backbone(self) -> Backbone:
        weights = self._embedder.weights
        return Backbone(
            name=self._embedder.backbone.name,
            weights_sha256=weights and sha256_of(weights),
            runtime=self._embedder.runtime,
        )

    def _refuse_other_backbone(self, model: str, population: str, evidence: Evidence) -> None:
        """Raises UserError where the model reads embeddings, and these are none that it knows."""
        needed, made = self.bundle.facts.backbone, evidence.backbone
        if not catalogue.reads_photos(model, population) or (made is not None and made.same_numbers(needed)):
            return
        name, _, version = (needed.runtime or "").partition(" ")
        installed = f" {name} in version {version} installed," if version else ""
        raise UserError(
            f"the photos were embedded by {made}, but {self.bundle.version} reads {needed}",
            next_step=f"embed them with the latter:{installed} image_embeddings.runtime {name} in params.yaml, and its "
            "backbone and weights there; or make a new champion",
        )


@contextmanager
def open_predictor(folder: Path) -> Iterator[Predictor]:
    """The predictor of the bundle in a folder; what it opens is open inside the block.

    Raises UserError as `read_bundle`.
    """
    with ExitStack() as opened:
        yield Predictor(read_bundle(folder), opened)


def _refuse_negatives(posts: pd.DataFrame, maker: FeatureMaker) -> None:
    for column in maker.columns:
        if column.log1p and (wrong := (posts[column.name] < 0).to_numpy(bool)).any():
            raise UserError(
                f"column {column.name}: {wrong.sum()} posts have a value below 0, the first is pid "
                f"{posts.loc[wrong, 'pid'].iloc[0]}; the champion takes its logarithm",
                next_step="mend these rows",
            )
