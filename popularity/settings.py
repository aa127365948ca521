"""params.yaml as frozen, typed sections; a key that nobody reads is an error."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from popularity import paths
from popularity.errors import UserError, nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]
BATCH_NAME = r"^[a-z0-9][a-z0-9_-]{0,99}$"
"""At most 100 characters: a file's name has 255 bytes at most, and to a batch's are added a suffix, a process's id, a
stage's name, and what DVC and Prefect add to those."""

BatchName = Annotated[str, Field(pattern=BATCH_NAME)]
Unit = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""What a label counts: views, likes, and so on."""


class Section(BaseModel):
    """A section of params.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Base(Section):
    seed: Annotated[int, Field(ge=0, lt=2**32)]


class FilePair(Section):
    """A file of posts and the file of their labels, both inside the batch's folder; no label file: pending."""

    data: str
    label: str | None = None
    split: Literal["train", "test"] | None = None


Read = Literal["as_of_post", "at_crawl"]
"""When what a batch says of a user's other posts was read: before the post went out, or at the crawl."""


class Batch(Section):
    """One crawl. files: null means the paper's train and test pairs, where they exist. of: null means label.of.

    crawled: when it was over, Unix seconds; null where nobody says. columns: our column -> theirs, of tables with names
    of their own.
    """

    source: Literal[
        "demo", "smp", "csv", "parquet", "json_lines", "flickr_api", "instaloader", "flickr_export", "gallery_dl"
    ]
    path: str
    files: tuple[FilePair, ...] | None = None
    columns: dict[str, str] | None = None
    read: Read = "at_crawl"
    of: Unit | None = None
    crawled: int | None = None


class Inbox(Section):
    read: Read  # of crawls that do not say it themselves


class Demo(Section):
    batches: tuple[BatchName, ...]
    users: Positive
    years: Positive
    posts: Annotated[int, Field(ge=20)]  # fewer cannot tell eight effects apart
    test_share: Share
    dead_links: Share


class Label(Section):
    of: Unit
    formula: Literal["log2_views", "log2_views_per_day", "log2_views_per_day_plus_1"]
    min_age_days: Positive
    horizon_days: Annotated[float, Field(gt=0)] | None = None  # champions made before it was a choice lack it

    @property
    def unit(self) -> str:
        """What pages say that a label is in."""
        return f"log\N{SUBSCRIPT TWO} {self.of}" + ("" if self.formula == "log2_views" else " a day")


class Ingest(Section):
    max_rejected_share: Share = 0.01  # as params.yaml; champions made before it was a choice lack it


class HostRate(Section):
    """requests: an hour, at most. In params.yaml both on one line, a space between them."""

    host: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]
    requests: Positive

    @model_validator(mode="before")
    @classmethod
    def _of_line(cls, given: Any) -> Any:
        return dict(zip(("host", "requests"), given.split(), strict=False)) if isinstance(given, str) else given


class Fetch(Section):
    timeout_s: Annotated[float, Field(gt=0)]
    total_timeout_s: Annotated[float, Field(gt=0)]
    max_mb: Annotated[float, Field(gt=0)]
    concurrency: Positive
    per_host: Positive = 8  # the three as params.yaml; champions made before they were a choice lack them
    tries: Positive = 3
    patience_s: Annotated[float, Field(ge=0)] = 120
    private_hosts: tuple[str, ...]
    # Champions made before these were choices lack them; they ask for nothing.
    per_hour: tuple[HostRate, ...] = ()
    contact: Annotated[str, Field(pattern=r"^[!-'*-~]+$")] | None = None  # in a header, between brackets
    retry_days: Annotated[float, Field(ge=0)] = 14

    @property
    def max_bytes(self) -> int:
        """The largest photo that is read, bytes."""
        return int(self.max_mb * 1e6)


class FilterLinks(Section):
    min_px: Positive
    store_px: Positive
    jpeg_quality: Annotated[int, Field(ge=1, le=95)]
    max_megapixels: Annotated[float, Field(gt=0, le=178)]  # Pillow itself refuses more
    shard_rows: Positive
    placeholders: tuple[str, ...]
    # These as params.yaml; champions made before they were a choice lack them.
    decode_s: Positive = 20
    decode_mb: Positive = 1500
    placeholder_sha256: tuple[Annotated[str, Field(pattern="^[0-9a-f]{64}$")], ...] = ()
    placeholder_redirects: Annotated[int, Field(ge=2)] = 5
    placeholder_links: Annotated[int, Field(ge=2)] = 20
    placeholder_users: Positive = 10
    placeholder_factor: Annotated[float, Field(ge=1)] = 10


class TextFeatures(Section):
    # A folder of popularity.text.backends, which knows its own options. Older champions write it with a hyphen.
    sentiment: Annotated[str, BeforeValidator(lambda given: "stanza_small" if given == "stanza-small" else given)] = (
        "stanza_small"
    )
    language_confidence: Share = 0.99  # as params.yaml; champions made before it was a choice lack it
    backends: dict[str, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _are_known(self) -> "TextFeatures":
        # By name: this floor knows no room, and which backends and options there are is known to their files alone.
        backends = import_module("popularity.text.backends")
        told: dict[str, dict[str, Any]] = {self.sentiment: {}} | self.backends
        if wrong := [problem for name, options in told.items() for problem in backends.problems(name, options)]:
            raise ValueError("; ".join(wrong))
        return self


class ImageEmbeddings(Section):
    backbone: Literal[
        "efficientnet_lite0", "inception_resnet_v2", "inception_v3", "xception", "resnet50", "vgg16", "vgg19"
    ]
    # Older champions say null for imagenet, and name no runtime.
    weights: Annotated[str, Field(min_length=1), BeforeValidator(lambda given: "imagenet" if given is None else given)]
    runtime: Literal["auto", "onnxruntime", "keras"] = "auto"
    batch_size: Positive


class Split(Section):
    mode: Literal["given", "time", "newest"]
    test_share: Annotated[float, Field(gt=0, lt=1)]
    newest: tuple[BatchName, ...]


class Dictionary(Section):
    min_count: Positive
    smoothing: Annotated[float, Field(ge=0)]


CON_SOC = (
    "pid", "uid", "postdate", "commentcount", "haspeople", "titlelen", "deslen", "tagcount", "avgview",
    "groupcount", "avgmembercount", "tag_score", "title_score", "sentiment",
)  # fmt: skip
"""The paper's 14 context and social features, in the order of its tables."""


PRE_PUBLICATION = "pre_publication"
PAPER = "paper14"
KNOWN_LATER = ("commentcount",)
"""Features that exist only after posting: a model that reads them does not say how popular a post will be."""

IDS = ("pid", "uid")
"""Numbers that count nothing: as features they are no evidence, and the uid says only whose history counts."""


class Dataset(Section):
    profile: str
    profiles: dict[str, tuple[str, ...]]
    log1p: tuple[str, ...]
    folds: Annotated[int, Field(ge=3, le=100)]  # the image model leaves out two and needs one to learn from
    split: Split
    dictionary: Dictionary

    @property
    def features(self) -> tuple[str, ...]:
        """The features of the profile, in the order in which the models read them."""
        return self.profiles[self.profile]

    @model_validator(mode="after")
    def _profiles_are_what_they_are_called(self) -> "Dataset":
        if self.profile not in self.profiles:
            raise ValueError(f"profile {self.profile} is none of {', '.join(self.profiles)}")
        for name, features in self.profiles.items():
            if not features or len(set(features)) < len(features):
                raise ValueError(f"profiles.{name} must name a feature, and each once")
        if set(self.profiles.get(PAPER, CON_SOC)) != set(CON_SOC):
            raise ValueError(f"profiles.{PAPER} must name {', '.join(CON_SOC)}: give another list another name")
        if wrong := set(self.profiles.get(PRE_PUBLICATION, ())) & {*KNOWN_LATER, *IDS}:
            raise ValueError(f"profiles.{PRE_PUBLICATION} is without {', '.join(sorted(wrong))}: use another list")
        if unknown := set(self.log1p) - self.anywhere:
            raise ValueError(f"log1p names no feature: {', '.join(sorted(unknown))}")
        if scores := {"tag_score", "title_score"} & set(self.log1p):
            raise ValueError(f"log1p names a score, which is in the label's unit: {', '.join(sorted(scores))}")
        return self

    @property
    def anywhere(self) -> set[str]:
        """The features of all profiles."""
        return {feature for features in self.profiles.values() for feature in features}


ProtocolName = Literal["paper", "forward", "new_users"]


class Protocols(Section):
    """Ways to cut the training posts, see `dataset.protocols`."""

    best: ProtocolName
    posts: Positive  # at most, under forward and new_users
    parts: Annotated[int, Field(ge=2, le=100)]
    of: dict[str, tuple[Literal["forward", "new_users"], ...]]  # model -> those it runs beside the paper's


class Forest(Section):
    trees: Positive
    max_depth: Positive | None
    min_samples_leaf: Positive
    max_features: Annotated[float, Field(gt=0, le=1)]
    tree_rows: Positive | None


class Training(Section):
    """What any network here is trained with. learning_rate: the first epoch's, which only the CNN lets fall."""

    optimizer: Literal["adam", "rmsprop", "sgd"]
    learning_rate: Annotated[float, Field(gt=0)]
    batch_size: Positive
    epochs: Positive


class Cnn(Training):
    few_rows: Positive
    kernel: Positive
    padding: Literal["same", "valid"]
    flatten: bool


class ImageHead(Training):
    weight_decay: Annotated[float, Field(ge=0)]
    dropout: Annotated[float, Field(ge=0, lt=1)]


class Finetune(Training):
    trainable: Literal["first_6", "last_n", "all", "none"]
    last_n: Positive | None  # layers of the backbone, with trainable: last_n
    side: Annotated[int, Field(ge=32)] | None  # px; None: the backbone's own. No backbone reads less

    @model_validator(mode="after")
    def _n_is_given_where_it_counts(self) -> "Finetune":
        if (self.trainable == "last_n") != (self.last_n is not None):
            raise ValueError("last_n is a number with trainable: last_n, and null with any other")
        return self


class TrainImage(Section):
    mode: Literal["head", "finetune"]
    head: ImageHead
    finetune: Finetune


class Boosted(Section):
    trees: Positive
    depth: Annotated[int, Field(ge=1, le=10)]
    learning_rate: Annotated[float, Field(gt=0)]
    rows: Annotated[float, Field(gt=0, le=1)]
    columns: Annotated[float, Field(gt=0, le=1)]
    borders: Annotated[int, Field(gt=0, le=255)]
    losses: Annotated[tuple[Literal["MAE", "RMSE"], ...], Field(min_length=1)]
    repeats: Positive
    max_rows: Positive
    cut_share: Share
    strangers: Annotated[float, Field(ge=0, lt=1)]
    shrinkage: Annotated[float, Field(gt=0)]
    components: Positive


class Evaluate(Section):
    plot_points: Positive


class Report(Section):
    show_photos: bool


DriftMethod = Literal["wasserstein", "jensenshannon", "mean_difference", "mean_increase"]
Answer = Literal["ok", "watch", "retrain", "stop"]


class LeastDifferences(Section):
    """Differences that are news to nobody, however sure they are: shares, and distances of two columns."""

    embedding: Annotated[float, Field(ge=0)]
    weekday: Annotated[float, Field(ge=0)]
    alive: Share
    described: Share
    unseen_users: Share
    unseen_tags: Share
    unseen_words: Share


class VerdictTable(Section):
    """What each finding calls for."""

    gate_critical: Answer
    gate_warning: Answer
    unseen_users: Answer
    unseen_tags: Answer
    unseen_words: Answer
    residual: Answer
    alive: Answer
    embedding: Answer
    prediction: Answer
    feature: Answer  # any other column
    # The champion on the night's labels; older params have neither.
    worse_than_user_mean: Answer = "watch"
    worse_than_own: Answer = "watch"


SecretName = Annotated[str, Field(pattern=r"^(env/[A-Za-z_][A-Za-z0-9_]{0,99}|block/[a-z0-9][a-z0-9-]{0,99})$")]
"""Where a secret is: `env/NAME`, a variable of the environment, or `block/NAME`, a Secret block of Prefect."""

Address = Annotated[str, Field(pattern=r"^[!-~]+@[!-~]+$", max_length=254)]
"""Of e-mail, without a name before it."""


class Channel(Section):
    """Where alerts go. verdicts: those that do; failed or late runs and overdue labels always do."""

    verdicts: tuple[Answer, ...]


class FileChannel(Channel):
    """A line of JSON for each at the end of a file."""

    kind: Literal["file"]
    path: str

    @field_validator("path")
    @classmethod
    def _ends_as_lines_do(cls, path: str) -> str:
        if path.endswith(".json"):  # as the alerts on record, which all are read
            raise ValueError("a file of lines is no .json as a whole: end its name with .jsonl")
        return path


class EmailChannel(Channel):
    """By SMTP. security: `tls` from the first byte on, or `starttls`; with `none` no password is sent."""

    kind: Literal["email"]
    host: str
    port: Annotated[int, Field(gt=0, lt=65536)]
    security: Literal["starttls", "tls", "none"]
    sender: Address
    to: Annotated[tuple[Address, ...], Field(min_length=1)]
    user: str | None = None
    password: SecretName | None = None

    @model_validator(mode="after")
    def _passwords_are_not_shown(self) -> "EmailChannel":
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.password is not None and self.security == "none":
            raise ValueError("a password needs security: tls or starttls")
        return self


class WebhookChannel(Channel):
    """A POST as Slack and what is compatible take it. url: where the address is, for who knows it may post."""

    kind: Literal["webhook"]
    url: SecretName


class PrefectChannel(Channel):
    """An event of Prefect's server, which an automation may wait for."""

    kind: Literal["prefect"]


AnyChannel = Annotated[FileChannel | EmailChannel | WebhookChannel | PrefectChannel, Field(discriminator="kind")]


class Alerts(Section):
    """What is told to whom. to: channels by a name of their own. It may be missing, as it is in older projects."""

    to: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")], AnyChannel] = {}
    labels_overdue_days: Annotated[int, Field(ge=0)] = 2
    late_min: Positive = 60


class Monitoring(Section):
    """How a batch is compared with what the champion knows."""

    reference_rows: Annotated[int, Field(ge=20)]
    latest_share: Annotated[float, Field(gt=0, lt=1)]
    night_posts: Positive
    draws: Annotated[int, Field(ge=500)]  # fewer tell little about a rate of 2 in 100
    error_rate: Annotated[float, Field(gt=0, lt=1)]
    components: Positive
    methods: dict[str, DriftMethod]
    least: LeastDifferences
    verdict: VerdictTable
    alerts: Alerts = Alerts()


BESIDE_FEATURES = (
    "hour", "weekday", "described", "unseen_tags", "unseen_words", "unseen_users", "alive", "embedding", "prediction",
    "residual",
)  # fmt: skip
"""What drift compares beside features: hour and weekday for the date; shares; the photo's embedding, a column for each
of its components; the prediction; the label over the user's mean."""


def compared(features: Iterable[str]) -> tuple[str, ...]:
    """The features that drift compares: all but ids, the date, and what comes after posting."""
    return tuple(name for name in features if name not in (*IDS, *KNOWN_LATER, "postdate"))


class Search(Section):
    """What `popularity crawl discover` looks for; without any of these all that was uploaded in its time.

    tags: posts with any of them, or with tag_mode all with all. text: in title, description or tags. group, user: ids
    as Flickr writes them, 12345678@N00.
    """

    tags: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    tag_mode: Literal["any", "all"] = "any"
    text: Annotated[str, Field(min_length=1)] | None = None
    group: Annotated[str, Field(min_length=1)] | None = None
    user: Annotated[str, Field(min_length=1)] | None = None


class Flickr(Section):
    """Flickr's API. key_block: a Secret block of Prefect that holds the key; null: FLICKR_API_KEY does."""

    endpoint: str = "https://api.flickr.com/services/rest/"
    photos: str = "https://live.staticflickr.com"
    key_block: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")] | None = None
    tries: Positive = 5
    first_days: Positive = 1
    searches: tuple[Search, ...] = ()


class Crawl(Section):
    """Where crawls come from. It may be missing, as it is in older projects."""

    flickr: Flickr = Flickr()
    revisit_days: tuple[Positive, ...] = (30,)


class Settings(Section):
    """All of params.yaml."""

    base: Base
    batches: dict[BatchName, Batch]
    inbox: Inbox
    crawl: Crawl = Crawl()
    demo: Demo
    label: Label
    ingest: Ingest
    fetch: Fetch
    filter_links: FilterLinks
    text_features: TextFeatures
    image_embeddings: ImageEmbeddings
    dataset: Dataset
    protocols: Protocols
    train_rf: Forest
    train_cnn: Cnn
    train_image: TrainImage
    fuse: Cnn
    train_boosted: Boosted
    evaluate: Evaluate
    report: Report
    monitoring: Monitoring

    @model_validator(mode="after")
    def _every_column_of_drift_has_a_method(self) -> "Settings":
        columns = {*compared(self.dataset.anywhere), *BESIDE_FEATURES}
        if odd := set(self.monitoring.methods) ^ columns:
            raise ValueError(f"monitoring.methods must name each column of drift once: {', '.join(sorted(odd))}")
        return self

    @model_validator(mode="after")
    def _demo_batches_agree(self) -> "Settings":
        demos = {name for name, batch in self.batches.items() if batch.source == "demo"}
        if demos != set(self.demo.batches):
            raise ValueError("demo.batches must name exactly the batches whose source is demo")
        return self


def load_settings(path: Path = paths.PARAMS) -> Settings:
    """Read the current project's params.yaml.

    Raises UserError naming each key that is missing, unknown or out of range.
    """
    if not path.exists():
        raise UserError(f"{path} is not there", next_step="run this in the project's folder")
    try:
        return Settings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not YAML: {error}", next_step="mend the line it names") from error
    except ValidationError as error:
        raise UserError(f"{path}: " + "; ".join(map(_told, error.errors())), next_step="mend these keys") from error


def batch_settings(settings: Settings, name: str) -> Batch:
    """The settings of one batch. Raises UserError when params.yaml names no such batch."""
    if name not in settings.batches:
        known = ", ".join(settings.batches) or "none"
        raise UserError(
            f"no batch {name!r} in params.yaml (there: {known}){nearest(name, settings.batches)}",
            next_step="popularity batches list",
        )
    return settings.batches[name]


def _told(error: "ErrorDetails") -> str:
    """What is wrong with a key of params.yaml, with the key or the choice that comes nearest to what is written."""
    place = error["loc"]
    told = f"{'.'.join(map(str, place)) or 'params'}: "
    if error["type"] == "extra_forbidden":
        keys = (key for part in _allowed(place[:-1]) if _is_section(part) for key in part.model_fields)
        return f"{told}there is no such key{nearest(str(place[-1]), keys)}"
    choices = (str(one) for part in _allowed(place) if get_origin(part) is Literal for one in get_args(part))
    return told + error["msg"] + (nearest(str(error["input"]), choices) if error["type"] == "literal_error" else "")


def _allowed(place: Iterable[str | int]) -> list[Any]:
    """What the types at a place of params.yaml are made of. A batch's name or an index is no field, and passed over."""
    parts: list[Any] = [Settings]
    for step in place:
        fields = [part.model_fields[step] for part in parts if _is_section(part) and step in part.model_fields]
        parts = [inner for field in fields for inner in _parts(field.annotation)] or parts
    return parts


def _parts(annotation: Any) -> Iterator[Any]:
    """A type and those that it is made of; a Literal is whole."""
    yield annotation
    if get_origin(annotation) is not Literal:
        for inner in get_args(annotation):
            yield from _parts(inner)


def _is_section(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)
