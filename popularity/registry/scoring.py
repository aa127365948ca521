"""Score posts with a bundle alone: the multimodal model where there is a photo, the CON-SOC CNN where there is none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from popularity.dataset.features import FeatureMaker
from popularity.errors import UserError
from popularity.files import replacing
from popularity.models.fused import Fused
from popularity.models.networks import Trained
from popularity.posts import write_table
from popularity.registry.bundle import Bundle
from popularity.registry.evidence import Evidence, of_batch

SCORES = pa.schema(
    [
        ("pid", pa.int64()),
        ("prediction", pa.float64()),  # the label's unit
        ("model", pa.string()),  # multimodal, or cnn for a post without a photo
        ("version", pa.string()),  # of the bundle
    ]
)


def score(evidence: Evidence, bundle: Bundle) -> pd.DataFrame:
    """Predictions for n posts, sorted by pid, in the columns of SCORES; a row's does not depend on the other rows.

    A test row gets the very prediction that the DAG wrote for it. A bundle that `sees_photos` not at all scores
    every post by its CNN, and the column model says so.
    Raises UserError where a count is negative, or photos were embedded by other weights or on another runtime than the
    bundle's: runtimes agree to a hundredth only.
    """
    maker = FeatureMaker.load(bundle.features)
    _refuse_negatives(evidence.posts, maker)
    features = maker.transform(evidence.posts)
    fused = evidence.has_photo & bundle.sees_photos
    prediction = np.empty(len(features))
    if not fused.all():
        prediction[~fused] = Trained.load(bundle.cnn).predict(features[~fused])
    if fused.any():
        _refuse_other_backbone(evidence, bundle)
        image = Trained.load(bundle.image).predict(evidence.embeddings)
        prediction[fused] = Fused.load(bundle.multimodal).predict(features[fused], image)
    return pd.DataFrame(
        {
            "pid": evidence.posts["pid"].to_numpy(np.int64),
            "prediction": prediction,
            "model": np.where(fused, "multimodal", "cnn"),
            "version": bundle.version,
        }
    )


def score_batch(batch: str, bundle: Bundle) -> pd.DataFrame:
    """`score` of a batch whose stages have run. Raises UserError as `score`, or where their outputs are missing."""
    return score(of_batch(batch), bundle)


def write_scores(path: Path, scores: pd.DataFrame) -> None:
    """Write SCORES, sorted by pid, as Parquet or CSV: what the path ends with says which.

    Raises UserError, with nothing written, for another ending.
    """
    refuse_other_endings(path)
    if path.suffix == ".parquet":
        write_table(path, scores, SCORES)
    else:
        with replacing(path) as temporary:
            scores[SCORES.names].sort_values("pid").to_csv(temporary, index=False, lineterminator="\n")


def refuse_other_endings(path: Path) -> None:
    """Raises UserError unless scores can be written to the path."""
    if path.suffix not in (".parquet", ".csv"):
        raise UserError(f"{path} ends neither with .parquet nor with .csv", next_step="name such a file")


def _refuse_negatives(posts: pd.DataFrame, maker: FeatureMaker) -> None:
    for column in maker.columns:
        if column.log1p and (wrong := (posts[column.name] < 0).to_numpy(bool)).any():
            raise UserError(
                f"column {column.name}: {wrong.sum()} posts have a value below 0, the first is pid "
                f"{posts.loc[wrong, 'pid'].iloc[0]}; the champion takes its logarithm",
                next_step="mend these rows",
            )


def _refuse_other_backbone(evidence: Evidence, bundle: Bundle) -> None:
    needed = bundle.facts.backbone
    if evidence.backbone is None or not evidence.backbone.same_numbers(needed):
        name, _, version = (needed.runtime or "").partition(" ")
        installed = f" {name} in version {version} installed," if version else ""
        raise UserError(
            f"the photos were embedded by {evidence.backbone}, but {bundle.version} reads {needed}",
            next_step=f"embed them with the latter:{installed} image_embeddings.runtime {name} in params.yaml, and its "
            "backbone and weights there; or make a new champion",
        )
