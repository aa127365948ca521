"""What a champion knows, kept in its bundle: what later batches are compared with.

`<bundle>/reference/` holds reference.parquet (the latest training rows, oldest first, in the columns of `columns` and
`residual`; in `prediction` those of the latest test rows, which stand beside them by chance), thresholds.json,
labels.parquet, errors.parquet, ages.json, user_mean.json and embedding.npz.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from popularity import paths
from popularity.arrays import BoolArray, FloatArray, HalfArray, IntArray
from popularity.dataset.features import TOKENS, FeatureMaker
from popularity.dataset.joining import join_batches
from popularity.dataset.overlap import Overlap
from popularity.dataset.table import read_dataset
from popularity.dataset.whole import whole_batches
from popularity.embeddings import gather
from popularity.encoders.dictionary import Bags, Dictionary
from popularity.errors import UserError
from popularity.evaluation.best import best_predictions
from popularity.files import replacing
from popularity.models.baselines import UserMean
from popularity.monitoring.ages import Ages
from popularity.monitoring.columns import Components, along_components, as_compared, posted, unseen_tokens
from popularity.monitoring.expected_error import write_errors
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.thresholds import Part, Thresholds, calibrate
from popularity.posts import read_table
from popularity.settings import Dictionary as DictionarySettings
from popularity.settings import Settings

FOLDER = "reference"
FEATURES = "features"
TABLE = "reference.parquet"
FIXED = ("unseen_users", "unseen_tokens")
"""Columns whose limits are fixed in params."""
FEWEST_TEST_ROWS = 100


@dataclass(frozen=True)
class Reference:
    """A bundle's reference in memory."""

    frame: pd.DataFrame  # as compared: float64, a row a training post, NaN where it has no value
    maker: FeatureMaker
    users: UserMean
    components: Components
    thresholds: Thresholds
    ages: Ages  # of the training labels

    @classmethod
    def load(cls, bundle: Path) -> "Reference":
        """Read what `write_reference` wrote, and the bundle's features. Raises UserError where it is not there."""
        folder = bundle / FOLDER
        if not (folder / TABLE).exists():
            raise UserError(f"{folder / TABLE} is not there", next_step="popularity champion create")
        maker = FeatureMaker.load(bundle / FEATURES)
        return cls(
            frame=as_compared(read_table(folder / TABLE), maker),
            maker=maker,
            users=UserMean.load(folder),
            components=Components.load(folder),
            thresholds=Thresholds.load(folder),
            ages=Ages.load(folder),
        )


def write_reference(bundle: Path, settings: Settings) -> None:
    """Write the bundle's reference from the outputs of the finished DAG, whole or not at all.

    bundle: holds `features/`, as FeatureMaker.save wrote it. The photos' components are fitted on earlier rows: photos
    that they were fitted on lie further out along them than any others would.
    """
    options = settings.monitoring
    dataset = read_dataset(paths.DATASET).frame
    batches = {name: settings.batches[name] for name in whole_batches(settings.batches)}
    posts = join_batches(batches, settings.dataset.profile, Overlap.of(batches, settings.label.horizon_days))
    posts = posts[posts["pid"].isin(dataset["pid"])].reset_index(drop=True)  # row by row beside the dataset
    train = (dataset["split"] == "train").to_numpy(bool)
    dated = dataset[train].sort_values(["postdate", "pid"], kind="stable").index
    n = min(options.reference_rows, max(round(len(dated) * options.latest_share), 1))
    earlier, latest = dated[:-n], dated[-n:]

    rows = dataset.loc[latest].reset_index(drop=True)
    maker = FeatureMaker.load(bundle / FEATURES)
    frame = posted(posts.loc[latest].reset_index(drop=True), maker.names)
    scores = _scores_out_of_fold(posts, dataset, train, settings)
    for name in TOKENS:
        frame[name] = scores[name][latest].to_numpy()
    frame["unseen_tokens"] = _unseen_out_of_fold(posts, dataset, train, settings.dataset.dictionary)[latest]
    frame["unseen_users"] = 0.0
    frame["alive"] = rows["has_photo"].astype(np.float64)
    components = Components.fit(_photos(dataset.loc[earlier], settings)[1], options.components)
    frame = frame.join(along_components(rows.index, components, *_photos(rows, settings)))
    residual = over_own_mean(dataset.loc[train, "uid"].to_numpy(), dataset.loc[train, "label"].to_numpy())
    frame["residual"] = pd.Series(residual, index=dataset.index[train])[latest].to_numpy()

    users = UserMean()
    users.fit(dataset.loc[train, ["uid"]].to_numpy(np.int64), dataset.loc[train, "label"].to_numpy(np.float64))
    compared = as_compared(frame, maker).drop(columns=list(FIXED))
    unseen = _rows_to_score(dataset, rows, options.reference_rows)
    scores = pd.DataFrame({"prediction": best_predictions().loc[unseen["pid"]].to_numpy(np.float64)})
    known = unseen if (unseen["split"] == "test").all() else dataset.loc[dated[-options.reference_rows :]]
    labels = _known_labels(posts, dataset, known, users)
    parts = [Part(compared, rows["uid"].to_numpy(np.int64)), Part(scores, unseen["uid"].to_numpy(np.int64))]
    thresholds = calibrate(parts, options, np.random.default_rng(settings.base.seed))
    with replacing(bundle / FOLDER) as temporary:
        temporary.mkdir()
        table = pa.Table.from_pandas(frame.join(scores, how="outer"), preserve_index=False)
        pq.write_table(table.replace_schema_metadata(None), temporary / TABLE, compression="zstd")
        users.save(temporary)
        components.save(temporary)
        thresholds.save(temporary)
        labels.save(temporary)
        write_errors(temporary, posts, known, users, maker.names)
        Ages.of(posts.loc[train, "age_days"].to_numpy(np.float64)).save(temporary)


def _known_labels(posts: pd.DataFrame, dataset: pd.DataFrame, rows: pd.DataFrame, users: UserMean) -> KnownLabels:
    """The labels of rows beside what was expected of them. posts: with all labels. users: of the training rows."""
    prediction = best_predictions().loc[rows["pid"]].to_numpy(np.float64)
    pid, uid = (rows[name].to_numpy(np.int64) for name in ("pid", "uid"))
    label = posts.set_index("pid")["label"].loc[pid].to_numpy(np.float64)
    train = dataset[dataset["split"] == "train"]
    over_mean = pd.Series(over_own_mean(train["uid"].to_numpy(), train["label"].to_numpy()), train["pid"]).reindex(pid)
    user_mean = np.where(over_mean.isna(), users.predict(uid[:, None]), label - over_mean)  # a test row is in no mean
    return KnownLabels(pid, uid, label, prediction, user_mean)


def over_own_mean(uid: IntArray, label: FloatArray) -> FloatArray:
    """Each label less the mean of the same user's other labels; of all other labels where the user has no other.

    uid, label: shape (n,), n >= 2. A night's labels are in no mean either.
    """
    _, user = np.unique(uid, return_inverse=True)
    count, total = np.bincount(user)[user], np.bincount(user, weights=label)[user]
    everyone = (label.sum() - label) / (len(label) - 1)
    return np.asarray(label - np.where(count > 1, (total - label) / np.maximum(count - 1, 1), everyone))


def _scores_out_of_fold(
    posts: pd.DataFrame, dataset: pd.DataFrame, train: BoolArray, settings: Settings
) -> pd.DataFrame:
    """The two scores of each training post by dictionaries that did not see its fold, standardised; no other rows."""
    label, fold = (dataset.loc[train, name].to_numpy() for name in ("label", "fold"))
    maker, values = FeatureMaker.fit_transform(posts[train], label, fold, settings.dataset)
    return pd.DataFrame(values, columns=list(maker.names), index=posts.index[train])


def _unseen_out_of_fold(
    posts: pd.DataFrame, dataset: pd.DataFrame, train: BoolArray, options: DictionarySettings
) -> FloatArray:
    """The share of unseen words of each training post for dictionaries that did not see its fold; NaN off train."""
    fold, label = dataset["fold"].to_numpy(np.int64), dataset["label"].to_numpy(np.float64)
    bags = {name: Bags.of(posts[tokens]) for name, tokens in TOKENS.items()}
    share = np.full(len(posts), np.nan)
    for one in np.unique(fold[train]):
        inside = train & (fold == one)
        known = {name: Dictionary.fit(bag, label, train & ~inside, options) for name, bag in bags.items()}
        share[inside] = unseen_tokens(posts[inside], known)
    return share


def _photos(rows: pd.DataFrame, settings: Settings) -> tuple[pd.Index, HalfArray]:
    """Which of the rows have a photo, and its embeddings."""
    there = rows[rows["has_photo"]]
    folders = [paths.embeddings(batch) for batch in whole_batches(settings.batches)]
    return there.index, gather(there["pid"].to_numpy(np.int64), folders)


def _rows_to_score(dataset: pd.DataFrame, latest: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows whose predictions a night's are compared with, oldest first: the latest test rows.

    The model that scores nights never saw them. Out-of-fold predictions are other models' and each network has a level
    of its own, by which every night would seem to drift; they serve where there are too few test rows.
    """
    test = dataset[dataset["split"] == "test"].sort_values(["postdate", "pid"], kind="stable")[-most:]
    return test.reset_index(drop=True) if len(test) >= FEWEST_TEST_ROWS else latest
