"""A bundle: all that scores a post, in one folder that needs nothing beside it.

bundle.json   what it is: see Facts
features/     dictionaries, medians and scales, as FeatureMaker.save wrote them
expectations/ the rules for posts
models/       NAME/<population>/ of the model that scores a population, with all that it needs
reference/    what later posts are compared with, see `monitoring.reference`
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from popularity import catalogue, paths
from popularity.errors import UserError
from popularity.evaluation.intervals import Widths
from popularity.files import BrokenFileError, read_json, sha256_of
from popularity.models.evidence import Backbone
from popularity.settings import Fetch, FilterLinks, ImageEmbeddings, Ingest, Monitoring, Section, TextFeatures

FACTS = "bundle.json"
FEATURES = "features"
MODELS = "models"
SUITES = "expectations"
CREATE = "`dvc repro`, then `popularity champion create`"
OLD = {"all_posts": "cnn", "posts_with_photo": "multimodal"}
"""What serves in bundles made before they said so: population -> model."""

SectionT = TypeVar("SectionT", bound=Section)


class Facts(Section):
    """What bundle.json says."""

    version: str
    content: str  # SHA-256 of the features, the models, the rules and the params that scoring reads
    features: tuple[str, ...]  # in the order that the models read
    label_formula: str
    label_of: str | None = None  # what labels count; None: made before bundles said so
    horizon_days: float | None = None  # how old posts are at the views that it predicts; None: nobody says
    backbone: Backbone
    batches: tuple[str, ...]  # that it was fitted on, sorted
    training_posts: int
    params: dict[str, Any]  # all of params.yaml
    metrics: dict[str, Any]  # all of metrics/evaluate.json
    serves: dict[str, str] | None = None  # population -> the model that scores it; None: made before bundles said so
    files: dict[str, str] | None = None  # all but this one -> SHA-256; None: made before bundles said so
    succeeds: str | None = None  # the version whose place it took when people in that one asked to be forgotten


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
    def serves(self) -> dict[str, str]:
        """Population -> the model that scores its posts; without `posts_with_photo` where too few had a photo."""
        if self.facts.serves is not None:
            return self.facts.serves
        with_photo = self.model(OLD["posts_with_photo"], "posts_with_photo").is_dir()
        return {one: model for one, model in OLD.items() if with_photo or one == "all_posts"}

    @property
    def reads_photos(self) -> bool:
        """Whether a model reads what photos show."""
        return any(catalogue.reads_photos(model, population) for population, model in self.serves.items())

    def model(self, name: str, population: str) -> Path:
        """A model of one population, as its stage saved it."""
        return self.folder / MODELS / name / population

    @property
    def ingest(self) -> Ingest:
        """How many rows of a file may have errors."""
        return self._params("ingest", Ingest)

    def widths(self, population: str) -> Widths | None:
        """The intervals of the model that scores a population; None where the bundle says nothing of them."""
        half = self.facts.metrics.get(population, {}).get(self.serves[population], {}).get("half_widths")
        return None if half is None else Widths(tuple(half))

    @property
    def unit(self) -> str:
        """What its predictions are: a formula, and what it is of where the bundle says so."""
        of = self.facts.label_of
        return self.facts.label_formula + (f" of {of}" if of else "")

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
    def monitoring(self) -> Monitoring:
        """How far posts may be from what it knows."""
        return self._params("monitoring", Monitoring)

    @property
    def image_embeddings(self) -> ImageEmbeddings:
        """How photos are embedded: by the runtime that did it, whatever `auto` would choose here."""
        settings = self._params("image_embeddings", ImageEmbeddings)
        if self.facts.backbone.runtime is None:
            return settings
        return settings.model_copy(update={"runtime": self.facts.backbone.runtime.split()[0]})

    @property
    def project(self) -> Path:
        """The folder of the project that it lies in, which weights are relative to."""
        return (self.folder / "../../..").resolve()

    def _params(self, name: str, section: type[SectionT]) -> SectionT:
        # Only what scoring reads is checked: other sections may have changed since the bundle was made.
        try:
            return section.model_validate(_as_now(self.facts.params).get(name, {}))
        except ValidationError as error:
            raise UserError(
                f"{self.folder / FACTS}: this version of the project cannot read params.{name}: {error}",
                next_step=f"make a new champion: {CREATE}",
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
    """The bundle in a folder, every file of it checked.

    Raises UserError where there is none, or one that is not whole, or not as it was made.
    """
    facts = read_facts(folder)
    bundle = Bundle(folder, facts)
    _refuse_strangers(bundle)
    needed = [bundle.features, *(bundle.model(model, population) for population, model in bundle.serves.items())]
    if missing := [path for path in needed if not path.is_dir()]:
        raise UserError(
            f"{missing[0]} is not there: the bundle is not whole", next_step="copy the whole folder, or roll back"
        )
    if facts.files is not None:
        _refuse_other_bytes(folder, facts.files)
    return bundle


def read_facts(folder: Path) -> Facts:
    """What a bundle says it is; none of its other files is looked at. Raises UserError where it says nothing."""
    try:
        return Facts.model_validate(read_json(folder / FACTS))
    except BrokenFileError:
        raise
    except (OSError, ValueError) as error:  # pydantic's errors are ValueErrors
        raise UserError(
            f"{folder} holds no bundle: {error}", next_step="choose one of those that `popularity champion list` shows"
        ) from error


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a bundle but bundle.json, by its path there, sorted."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / FACTS)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


def _refuse_other_bytes(folder: Path, files: dict[str, str]) -> None:
    """Raises UserError where a file is not there, or other than the bundle was made with."""
    for name, sha256 in files.items():
        path = folder / name
        if not path.is_file() or sha256_of(path) != sha256:
            raise UserError(
                f"{path} is {'not as the bundle was made' if path.is_file() else 'not there'}: it scores nothing",
                next_step="copy the whole folder again, or take another champion: `popularity champion list`",
            )


def _refuse_strangers(bundle: Bundle) -> None:
    """Raises UserError unless there is a model of all posts, and each is one that this version knows how to open."""
    strange = [f"{name} of {one}" for one, name in bundle.serves.items() if not catalogue.can_serve(name, one)]
    if strange or "all_posts" not in bundle.serves:
        raise UserError(
            f"{bundle.folder / FACTS}: this version of the project cannot open {', '.join(strange) or 'it'}: "
            f"serves must name a model of all_posts, and trained models of its catalogue only",
            next_step=f"score with the version that made it, or make a new champion: {CREATE}",
        )


def load_bundle(version: str) -> Bundle:
    """The bundle of that version in the current project. Raises UserError as `read_bundle`."""
    return read_bundle(paths.champion(version))
