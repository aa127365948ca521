"""What is known of posts that are to be scored: from a batch's stages, or read here and now from a CSV file."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from popularity import paths
from popularity.arrays import BoolArray, HalfArray
from popularity.dataset.joining import NUMBERS, of_the_same_posts
from popularity.embeddings import gather
from popularity.errors import UserError
from popularity.images.embed import embed_photos
from popularity.links.check import check_posts, counts
from popularity.posts import read_table
from popularity.registry.bundle import Backbone, Bundle, backbone_of
from popularity.settings import FilePair
from popularity.sources.crawl import Crawl
from popularity.sources.smp import read_crawl
from popularity.text.features import read_posts
from popularity.text.sentiment import open_sentiment


@dataclass(frozen=True)
class Evidence:
    """n posts, sorted by pid, m of them with a photo; no label.

    posts: the columns that `FeatureMaker.transform` takes.
    """

    posts: pd.DataFrame
    has_photo: BoolArray  # (n,)
    embeddings: HalfArray  # (m, d), of the posts with a photo, in their order
    backbone: Backbone | None  # that made them; None where no photo was looked for


@dataclass(frozen=True)
class FreshEvidence:
    """Evidence read from a CSV file, and what became of its rows."""

    evidence: Evidence
    rejected: pd.DataFrame  # file, row, pid, column, reason, value
    ignored: tuple[str, ...]  # columns that were not read
    without_photo: dict[str, int]  # reason -> posts


def of_batch(batch: str) -> Evidence:
    """What the stages of a batch wrote; no label is read. Raises UserError where something is missing."""
    posts = read_table(paths.posts(batch), NUMBERS).sort_values("pid", ignore_index=True)
    links = of_the_same_posts(posts, paths.links(batch), ["alive"])
    text = of_the_same_posts(posts, paths.text(batch))
    return _evidence(pd.concat([posts, text], axis=1), links["alive"].to_numpy(bool), paths.embeddings(batch))


def of_file(data: Path, photos: Path | None, bundle: Bundle) -> FreshEvidence:
    """Read posts from a CSV file in the SMP layout, their text, and their photos, all as the bundle's params say.

    photos: the folder that image_url is relative to; None: no link is followed and no post has a photo.
    Rows with errors are set aside; a column of counts may be empty.
    Raises UserError where a file or folder is not there, the file cannot be read as a whole, or no row is good.
    """
    for path, there in ((data, data.is_file()), (photos, photos is None or photos.is_dir())):
        if not there:
            raise UserError(f"{path} is not there", next_step="check --data and --photos")
    crawl = read_crawl(data.parent, (FilePair(data=data.name),), bundle.facts.label_formula)
    _refuse_nothing(data, crawl)
    posts = crawl.posts.sort_values("pid", ignore_index=True)
    with open_sentiment(bundle.text_features) as sentiment:
        text = read_posts(posts, sentiment).reset_index(drop=True)
    joined = pd.concat([posts[NUMBERS], text.drop(columns="pid")], axis=1)
    if photos is None:
        evidence = Evidence(joined, np.zeros(len(posts), dtype=bool), np.empty((0, 0), np.float16), None)
        without_photo = {"not looked for": len(posts)}
    else:
        with tempfile.TemporaryDirectory() as scratch:
            stored, embedded = Path(scratch) / "photos", Path(scratch) / "embeddings"
            links = check_posts(posts[["pid", "image_url"]], photos, bundle.filter_links, stored)
            embed_photos(stored, bundle.image_embeddings, embedded)
            evidence = _evidence(joined, links["alive"].to_numpy(bool), embedded)
        without_photo = counts(links)["dropped"]
    return FreshEvidence(evidence, crawl.rejected, tuple(crawl.ignored.get(data.name, ())), without_photo)


def _evidence(posts: pd.DataFrame, has_photo: BoolArray, embeddings: Path) -> Evidence:
    rows = gather(posts.loc[has_photo, "pid"].to_numpy(np.int64), [embeddings])
    return Evidence(posts, has_photo, rows, backbone_of(embeddings))


def _refuse_nothing(data: Path, crawl: Crawl) -> None:
    if len(crawl.posts):
        return
    reasons = "; ".join(f"{reason}: {n}" for reason, n in crawl.dropped.items()) or "it has no rows"
    raise UserError(f"{data} has no post that can be scored ({reasons})", next_step="mend its rows")
