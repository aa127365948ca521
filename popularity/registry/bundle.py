"""A bundle: all that scores a post, in one folder that needs nothing beside it.

bundle.json   what it is: see Facts
features/     dictionaries, medians and scales, as FeatureMaker.save wrote them
models/       cnn/, image/, multimodal/, a folder for each population that had enough posts
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from popularity import paths
from popularity.embeddings import META
from popularity.errors import UserError
from popularity.files import read_json
from popularity.settings import Fetch, FilterLinks, ImageEmbeddings, Section, TextFeatures

FACTS = "bundle.json"
FEATURES = "features"
MODELS = "models"

SectionT = TypeVar("SectionT", bound=Section)


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


class Facts(Section):
    """What bundle.json says."""

    version: str
    content: str  # SHA-256 of the features, the models and the params that scoring reads
    features: tuple[str, ...]  # in the order that the models read
    label_formula: str
    backbone: Backbone
    batches: tuple[str, ...]  # that it was fitted on, sorted
    training_posts: int
    params: dict[str, Any]  # all of params.yaml
    metrics: dict[str, Any]  # all of metrics/evaluate.json


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk."""

    folder: Path
    facts: Facts

    @property
    def version(self) -> str:
        """Its name: v0001 and on."""
        return self.facts.version

    @property
    def features(self) -> Path:
        """What `FeatureMaker.load` reads."""
        return self.folder / FEATURES

    @property
    def cnn(self) -> Path:
        """The CON-SOC CNN of all posts."""
        return self.folder / MODELS / "cnn" / "all_posts"

    @property
    def image(self) -> Path:
        """The image model, there where `sees_photos`."""
        return self.folder / MODELS / "image" / "posts_with_photo"

    @property
    def multimodal(self) -> Path:
        """The multimodal model, there where `sees_photos`."""
        return self.folder / MODELS / "multimodal" / "posts_with_photo"

    @property
    def sees_photos(self) -> bool:
        """Whether enough photos were there to fit a multimodal model."""
        return self.multimodal.is_dir()

    @property
    def filter_links(self) -> FilterLinks:
        """How photos are read."""
        return self._params("filter_links", FilterLinks)

    @property
    def fetch(self) -> Fetch:
        """How links are followed."""
        return self._params("fetch", Fetch)

    @property
    def text_features(self) -> TextFeatures:
        """How text is read."""
        return self._params("text_features", TextFeatures)

    @property
    def image_embeddings(self) -> ImageEmbeddings:
        """How photos are embedded: by the runtime that did it, whatever `auto` would choose here."""
        settings = self._params("image_embeddings", ImageEmbeddings)
        if self.facts.backbone.runtime is None:
            return settings
        return settings.model_copy(update={"runtime": self.facts.backbone.runtime.split()[0]})

    def _params(self, name: str, section: type[SectionT]) -> SectionT:
        # Only what scoring reads is checked: other sections may have changed since the bundle was made.
        try:
            return section.model_validate(_as_now(self.facts.params)[name])
        except ValidationError as error:
            raise UserError(
                f"{self.folder / FACTS}: this version of the project cannot read params.{name}: {error}",
                next_step="make a new champion: `dvc repro`, then `popularity champion create`",
            ) from error


def _as_now(params: dict[str, Any]) -> dict[str, Any]:
    """All params as this version names them: in older bundles those of `fetch` stand in filter_links."""
    if "fetch" in params:
        return params
    links = params.get("filter_links", {})
    fetch = {name: value for name, value in links.items() if name in Fetch.model_fields}
    rest = {name: value for name, value in links.items() if name not in fetch}
    return params | {"fetch": fetch, "filter_links": rest}


def read_bundle(folder: Path) -> Bundle:
    """The bundle in a folder. Raises UserError where there is none, or one that is not whole."""
    try:
        facts = Facts.model_validate(read_json(folder / FACTS))
    except (OSError, ValueError) as error:  # pydantic's and JSON's errors are ValueErrors
        raise UserError(
            f"{folder} holds no bundle: {error}", next_step="choose one of those that `popularity champion list` shows"
        ) from error
    bundle = Bundle(folder, facts)
    if missing := [path for path in (bundle.features, bundle.cnn) if not path.is_dir()]:
        raise UserError(
            f"{missing[0]} is not there: the bundle is not whole", next_step="copy the whole folder, or roll back"
        )
    return bundle


def load_bundle(version: str) -> Bundle:
    """The bundle of that version in the current project. Raises UserError as `read_bundle`."""
    return read_bundle(paths.champion(version))
