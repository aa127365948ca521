"""What reading a crawl gives, whatever its layout."""

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Crawl:
    """What a batch's files hold.

    posts: the columns of `popularity.posts.POSTS`. labels: those of `popularity.posts.LABELS` but age_days, one row
    a post, and `pending`: why it has no label, "" where it has one.
    rejected: rows set aside: file, row (the line on which it starts), pid, column, reason, value; uid where it is said.
    dropped: reason -> posts, so that rows_in - len(posts) is their sum: those set aside, and those that are no photo
    posts. pids: of all posts, even those set aside.
    """

    posts: pd.DataFrame
    labels: pd.DataFrame
    rejected: pd.DataFrame
    rows_in: int  # posts
    rows_read: int  # posts and labels
    dropped: dict[str, int]
    pids: frozenset[int]
    ignored: dict[str, list[str]]  # file -> columns that are not read
    lacking: dict[str, str]  # file of posts -> columns that it lacks, and what is taken for them
    passed_over: dict[str, int] = field(default_factory=dict)  # kind -> files that tell no post
