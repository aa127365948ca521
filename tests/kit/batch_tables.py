"""The tables of one batch as the stages leave them: posts, labels, links, text; answers and embeddings: none."""

import numpy as np
import pandas as pd

from popularity import paths
from popularity.posts import ANSWERS, LABELS, LINKS, POSTS, write_table
from popularity.text.features import TEXT

USUAL = {
    "commentcount": np.nan,
    "label": np.nan, "views": np.nan, "seen": np.nan, "age_days": np.nan, "given_split": "",
    "alive": False, "reason": "", "sha256": "", "phash": "", "width": 0, "height": 0,
}  # fmt: skip
"""What a post is that a test says nothing about: without a label, without a photo."""


def write_batch(batch: str, posts: pd.DataFrame, text: pd.DataFrame) -> None:
    """posts: columns of POSTS, LABELS and LINKS, those of USUAL where they differ from it; text: columns of TEXT."""
    whole = posts.assign(**{name: value for name, value in USUAL.items() if name not in posts})
    write_table(paths.posts(batch), whole, POSTS)
    write_table(paths.labels(batch), whole, LABELS)
    write_table(paths.links(batch), whole, LINKS)
    write_table(paths.answers(batch), ANSWERS.empty_table().to_pandas(), ANSWERS)
    write_table(paths.text(batch), text, TEXT)
    paths.embeddings(batch).mkdir(parents=True, exist_ok=True)
