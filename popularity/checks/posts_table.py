"""A batch's posts as their suite sees them. By itself: which photos are there does not hang on how tags are read."""

import pandas as pd

from popularity.encoders.tokens import split_tags


def posts_table(posts: pd.DataFrame) -> pd.DataFrame:
    """Posts with `tags_in_alltags`, the number of tags that alltags holds, those that come twice counted twice."""
    return posts.assign(tags_in_alltags=[float(len(split_tags(tags))) for tags in posts["alltags"]])
