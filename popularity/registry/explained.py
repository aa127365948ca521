"""Why a post is predicted as it is, in words and in factors of its count."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from popularity.posts import DAY

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORDS = {
    "user": "the user", "tags": "tags", "title": "the title", "description": "the description",
    "text": "what else was read of its text", "photo": "the photo", "season": "how everyone's posts did lately",
    "comments": "comments", "number": "the post's number",
}  # fmt: skip
AVERAGE = "average"
"""Column beside the reasons: what is predicted of the posts learned from, in the mean."""


def in_words(reason: str, post: Mapping[Any, Any]) -> str:
    """What a reason is, of this post. post: a row of `Evidence.posts`."""
    if reason == "time":
        posted = int(post["postdate"])
        return f"posted on a {DAYS[(posted // DAY + 3) % 7]} at {posted % DAY // 3600}, UTC"
    if reason == "age":
        return f"counted {post['age_days']:,.3g} days after posting"
    return WORDS[reason]


def factors(worth: "pd.Series[float]") -> "pd.Series[float]":
    """By how much each reason multiplies a post's count + 1, the strongest first.

    worth: of one post, by reason, log2. Their product is the predicted count + 1 over that of the average prediction.
    """
    strongest_first = worth.iloc[np.argsort(-worth.abs().to_numpy(), kind="stable")]
    return strongest_first.map(np.exp2)


def told(worth: "pd.Series[float]", post: Mapping[Any, Any]) -> str:
    """The reasons of one post in a line."""
    return "; ".join(f"{in_words(str(name), post)}: x {factor:.2f}" for name, factor in factors(worth).items())
