"""Token dictionaries: how popular training posts with a token were, and a post's score from that.

Figure 4 of the paper is lost; PAPER.md's reading is a smoothed mean label with a minimum count.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from popularity import settings
from popularity.arrays import BoolArray, FloatArray, IntArray
from popularity.exports import as_it_was, write_csv


@dataclass(frozen=True)
class Bags:
    """Posts as bags of tokens: entry i says that post row[i] has the token vocabulary[code[i]]."""

    posts: int
    row: IntArray  # (entries,), ascending
    code: IntArray  # (entries,)
    vocabulary: pd.Index  # (v,), each once

    @classmethod
    def of(cls, tokens: pd.Series) -> "Bags":
        """Encode a column of token lists, one a post."""
        lists = pa.array(tokens, type=pa.list_(pa.string()))
        encoded = lists.flatten().dictionary_encode()
        lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
        return cls(
            posts=len(lists),
            row=np.repeat(np.arange(len(lists)), lengths),
            code=encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64),
            vocabulary=pd.Index(encoded.dictionary.to_pylist(), dtype=object),
        )


@dataclass(frozen=True)
class Dictionary:
    """What each token that was frequent enough says about the label of a post that has it."""

    tokens: pd.Index  # (t,), sorted
    posts: IntArray  # (t,), training posts with the token
    score: FloatArray  # (t,), the label's unit
    mean: float  # of all training labels; what an unseen token and a post without tokens score

    @classmethod
    def fit(cls, bags: Bags, label: FloatArray, train: BoolArray, options: settings.Dictionary) -> "Dictionary":
        """score = (sum of labels + smoothing * mean) / (posts + smoothing), where posts >= min_count.

        label: shape (n,), read where train, a mask of shape (n,), is true. Without training posts the mean is 0.
        """
        mean = float(label[train].mean()) if train.any() else 0.0
        used = train[bags.row]
        code, size = bags.code[used], len(bags.vocabulary)
        posts = np.bincount(code, minlength=size)
        total = np.bincount(code, weights=label[bags.row[used]], minlength=size)
        kept = np.flatnonzero(posts >= options.min_count)
        kept = kept[bags.vocabulary[kept].argsort()]
        score = (total[kept] + options.smoothing * mean) / (posts[kept] + options.smoothing)
        return cls(bags.vocabulary[kept], posts[kept], score, mean)

    def transform(self, bags: Bags) -> FloatArray:
        """Mean score of each post's tokens, shape (n,). A post's score depends on its own tokens alone."""
        place = self.tokens.get_indexer(bags.vocabulary)
        of_token = np.where(place >= 0, np.append(self.score, self.mean)[place], self.mean)
        total = np.bincount(bags.row, weights=of_token[bags.code], minlength=bags.posts)
        length = np.bincount(bags.row, minlength=bags.posts)
        return np.where(length > 0, total / np.maximum(length, 1), self.mean)

    def save(self, path: Path) -> None:
        """Write token, posts, score as CSV, sorted by token. The mean is not in it."""
        write_csv(path, self._table())

    @classmethod
    def load(cls, path: Path, mean: float) -> "Dictionary":
        """Read what `save` wrote."""
        types = {"token": object, "posts": np.int64, "score": np.float64}
        table = pd.read_csv(path, dtype=types, keep_default_na=False, float_precision="round_trip", encoding="utf-8")
        tokens = pd.Index([as_it_was(token) for token in table["token"]], dtype=object)
        return cls(tokens, table["posts"].to_numpy(), table["score"].to_numpy(), mean)

    def strongest(self, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The tokens with the highest and with the lowest scores, strongest first: columns token, posts, score."""
        upwards = self._table().sort_values("score", kind="stable")
        above, below = upwards[upwards["score"] > self.mean], upwards[upwards["score"] < self.mean]
        return above.iloc[::-1].head(count), below.head(count)

    def _table(self) -> pd.DataFrame:
        return pd.DataFrame({"token": self.tokens, "posts": self.posts, "score": self.score})


def score_out_of_fold(
    tokens: pd.Series, label: FloatArray, fold: IntArray, train: BoolArray, options: settings.Dictionary
) -> tuple[FloatArray, Dictionary]:
    """Scores of shape (n,) in which no training row's label takes part in a score of its own fold.

    Training rows are scored by a dictionary of the other folds' training rows, all other rows by the dictionary of
    all training rows, which is returned too. Each fold's sums are added up afresh: taking the fold's sum from the
    total would leave rounding that depends on the fold's own labels.
    """
    bags = Bags.of(tokens)
    final = Dictionary.fit(bags, label, train, options)
    scores = final.transform(bags)
    for held_out in np.unique(fold[train]):
        inside = train & (fold == held_out)
        scores[inside] = Dictionary.fit(bags, label, train & ~inside, options).transform(bags)[inside]
    return scores, final
