"""Fitted models: what they hold post by post, or word by word, goes; weights are the next training's to change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from popularity.arrays import BoolArray, IntArray
from popularity.exports import as_it_was
from popularity.forgetting.csv_file import drop_rows, read_rows
from popularity.forgetting.steps import Step
from popularity.forgetting.whom import Whom
from popularity.models.arrays_file import Arrays, read_arrays, text_array, text_index, write_arrays
from popularity.models.background import FILE as BACKGROUND
from popularity.models.boosted import ARRAYS

HISTORY, TIDE, WORDS = "before/history/", "before/tide/", "before/words/"


@dataclass(frozen=True)
class InModel:
    """What a boosted model's arrays hold: posts of the history, of the tide, and words by their column."""

    history: BoolArray  # (n,)
    tide: BoolArray  # (n,)
    words: Mapping[str, BoolArray]  # (v,) each

    @classmethod
    def find(cls, arrays: Arrays, whom: Whom) -> "InModel":
        """Posts of the history are theirs by user, or by user and date; those of the tide by the second alone."""
        uid, postdate = arrays[f"{HISTORY}uid"], arrays[f"{HISTORY}postdate"]
        history = _of_history(uid, postdate, whom)
        tide = np.isin(arrays[f"{TIDE}since"], arrays[f"{HISTORY}since"][history])
        words = {
            column: np.asarray(text_index(arrays[f"{WORDS}{column}/vocabulary"]).isin(tokens))
            for column, tokens in whom.tokens.items()
        }
        return cls(history, tide, words)

    def __bool__(self) -> bool:
        return bool(self.history.any() or any(gone.any() for gone in self.words.values()))

    def __str__(self) -> str:
        return f"{self.history.sum():,} posts, {sum(gone.sum() for gone in self.words.values()):,} words"

    def left(self, arrays: Arrays) -> Arrays:
        """The arrays without all that."""
        rooms = ((HISTORY, self.history), (TIDE, self.tide))
        kept = {name: one[~gone] for room, gone in rooms for name, one in arrays.items() if name.startswith(room)}
        for column, gone in self.words.items():
            vocabulary, score = f"{WORDS}{column}/vocabulary", f"{WORDS}{column}/score"
            kept[vocabulary] = text_array(text_index(arrays[vocabulary])[~gone])
            kept[score] = arrays[score][:, :, ~gone]
        return {name: kept.get(name, one) for name, one in arrays.items()}


def _of_history(uid: IntArray, postdate: IntArray, whom: Whom) -> BoolArray:
    theirs = pd.MultiIndex.from_frame(whom.posts[["uid", "postdate"]])
    return np.asarray(whom.forgotten.of_users(uid) | pd.MultiIndex.from_arrays([uid, postdate]).isin(theirs))


def model_steps(folder: Path, whom: Whom) -> Iterator[Step]:
    """What lies below a folder of fitted models, or of a bundle."""
    for file in sorted(folder.rglob(ARRAYS)):
        found = InModel.find(read_arrays(file), whom)
        if found:
            yield Step(str(file), str(found), partial(_rewrite, file, whom))
    for file in sorted(folder.rglob(BACKGROUND)):
        if posts := int(whom.forgotten.of_posts(read_arrays(file)["pid"]).sum()):
            yield Step(str(file), f"{posts:,} posts", partial(_drop_rows, file, whom))
    for column, tokens in whom.tokens.items():
        for file in sorted(folder.rglob(f"{column}.csv")) if tokens else ():
            rows = [row for row in read_rows(file) if as_it_was(row.cells["token"]) in tokens]
            if rows:
                yield Step(str(file), f"{len(rows):,} words", partial(drop_rows, file, rows))


def _drop_rows(file: Path, whom: Whom) -> None:
    """Take their rows out of those that a model keeps to tell reasons by; the others stay as they are."""
    arrays = read_arrays(file)
    stays = ~whom.forgotten.of_posts(arrays["pid"])
    write_arrays(file, {name: one[stays] for name, one in arrays.items()})


def _rewrite(file: Path, whom: Whom) -> None:
    arrays = read_arrays(file)
    write_arrays(file, InModel.find(arrays, whom).left(arrays))
