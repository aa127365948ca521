"""What earlier batches know: which posts there are, and how often a user's had been seen before a post went out."""

import numpy as np
import pandas as pd

from popularity import paths
from popularity.crawl.batch import flickr_batches
from popularity.posts import read_table
from popularity.settings import Settings


def known_posts(settings: Settings) -> set[int]:
    """The pids of all batches that came from Flickr and have been read."""
    there = [paths.posts(batch) for batch in flickr_batches(settings)]
    return {int(pid) for path in there if path.exists() for pid in read_table(path, ["pid"])["pid"]}


def earlier_views(settings: Settings) -> pd.DataFrame:
    """Each reading of views that is a label: uid, seen (Unix seconds), views; of batches whose labels count views."""
    none = {"uid": np.array([], np.int64), "seen": np.array([], np.float64), "views": np.array([], np.float64)}
    parts = [pd.DataFrame(none)]
    for name, batch in settings.batches.items():
        counted = (batch.of or settings.label.of) == "views"
        if counted and paths.posts(name).exists() and paths.labels(name).exists():
            labels = read_table(paths.labels(name), ["pid", "views", "seen"]).dropna()
            parts.append(labels.merge(read_table(paths.posts(name), ["pid", "uid"]), on="pid"))
    return pd.concat([part[list(none)] for part in parts], ignore_index=True)


def means_before(posts: pd.DataFrame, readings: pd.DataFrame) -> "pd.Series[float]":
    """The mean views of each post's user as they had been read before it went out; NaN where none had.

    posts: uid, postdate (Unix seconds). readings: as `earlier_views`.
    """
    ordered = readings.sort_values("seen", kind="stable")
    counted = ordered.groupby("uid")["views"]
    means = ordered.assign(mean=counted.cumsum() / (counted.cumcount() + 1), seen=ordered["seen"].astype(np.float64))
    left = posts[["uid", "postdate"]].astype({"postdate": np.float64}).sort_values("postdate", kind="stable")
    found = pd.merge_asof(
        left.reset_index(), means[["uid", "seen", "mean"]],
        left_on="postdate", right_on="seen", by="uid", allow_exact_matches=False,
    )  # fmt: skip
    return found.set_index("index")["mean"].reindex(posts.index).round(1)
