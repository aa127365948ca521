"""What is known of posts that are to be scored: from a batch's stages, or read here and now from a CSV file."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from popularity import paths
from popularity.dataset.hindsight import without_hindsight
from popularity.dataset.joining import NUMBERS, of_the_same_posts
from popularity.dataset.overlap import Overlap
from popularity.dataset.photo_shape import SHAPE, photo_shape
from popularity.embeddings import gather
from popularity.errors import UserError
from popularity.exports import write_csv
from popularity.forgotten import REASON, Forgotten
from popularity.links.check import Reader, check_chunk, counts
from popularity.links.decoders import Decoders, decoders
from popularity.links.folder import Folder
from popularity.links.fresh import FreshAnswers
from popularity.links.telling import tell
from popularity.models.evidence import Evidence, backbone_of
from popularity.posts import read_table
from popularity.registry.bundle import Bundle
from popularity.registry.door import refuse_broken, refuse_faulty
from popularity.registry.predictor import FindPhotos, Predictor
from popularity.settings import FilePair, batch_settings, load_settings
from popularity.sources.crawl import Crawl
from popularity.sources.left_out import without_forgotten
from popularity.sources.rows import REJECTED_COLUMNS
from popularity.sources.smp import read_crawl


@dataclass(frozen=True)
class FreshEvidence:
    """Evidence read from a CSV file, and what became of its rows."""

    evidence: Evidence
    rejected: pd.DataFrame  # file, row, pid, column, reason, value
    forgotten: int  # posts of people who asked to be forgotten: they are not scored
    ignored: tuple[str, ...]  # columns that were not read
    lacking: str  # columns that were not there, and what is taken for them
    without_photo: dict[str, int]  # reason -> posts
    told: tuple[str, ...]  # about links that most posts have wrong


def of_batch(batch: str, profile: str, *, as_labelled: bool = True) -> Evidence:
    """What the stages of a batch wrote, sorted by pid, as the profile may see it; without posts of earlier batches, and
    of people who asked to be forgotten.

    as_labelled: posts with a label are asked for at its age, as the DAG does; else all at the horizon, as on a night.
    Raises UserError where something is missing.
    """
    posts = read_table(paths.posts(batch), NUMBERS).sort_values("pid", ignore_index=True)
    settings = load_settings()
    posts = without_hindsight(posts, batch_settings(settings, batch), profile)
    links = of_the_same_posts(posts, paths.links(batch), ["alive", "width", "height"])
    text = of_the_same_posts(posts, paths.text(batch))
    overlap = Overlap.of(settings.batches, settings.label.horizon_days)
    forgotten = Forgotten.read()
    kept = overlap.kept(batch, pd.concat([posts.assign(**{SHAPE: photo_shape(links)}), text, links["alive"]], axis=1))
    if kept.empty and len(posts):
        raise UserError(f"earlier batches hold every post of {batch}", next_step="score these: popularity batches list")
    kept = kept[~forgotten.rows(kept["pid"], kept["uid"])].reset_index(drop=True)
    ages = _ages_of_labels(batch, overlap) if as_labelled else pd.Series(dtype=np.float64)
    kept["age_days"] = ages.reindex(kept["pid"]).to_numpy(np.float64)
    has_photo, embeddings = kept.pop("alive").to_numpy(bool), paths.embeddings(batch)
    rows = gather(kept.loc[has_photo, "pid"].to_numpy(np.int64), [embeddings])
    return Evidence(kept, has_photo, rows, backbone_of(embeddings))


def as_on_record(batch: str, profile: str) -> Evidence:
    """The same, asked for as its scores are kept: a night's all at the horizon, else labelled posts at their age."""
    return of_batch(batch, profile, as_labelled=not paths.night_record(batch).exists())


def _ages_of_labels(batch: str, overlap: Overlap) -> "pd.Series[float]":
    """After how many days the views of a batch's labelled posts were read, index pid; a batch may be without labels."""
    if not paths.labels(batch).exists():
        return pd.Series(dtype=np.float64)
    labels = overlap.labels(batch).set_index("pid")
    return labels.loc[labels["label"].notna(), "age_days"]


@dataclass(frozen=True)
class SetAside:
    """What becomes of rows with errors: the file that lists them, and the share of all rows that they may be."""

    listing: Path
    max_share: float


def of_file(data: Path, photos: Path | None, predictor: Predictor, scratch: Path, aside: SetAside) -> FreshEvidence:
    """Read posts from a CSV file in the SMP layout, sorted by pid, their text and photos as the bundle's params say.

    photos: the folder that image_url is relative to; None: no link is followed and no post has a photo.
    scratch: a folder for what links led to, while it is read.
    Rows with errors are set aside; a column of counts may be empty.
    Raises UserError where a file or folder is not there, the file cannot be read as a whole, no row is good, too many
    have errors, or the good ones together break a critical rule of ingest.
    """
    for path, there in ((data, data.is_file()), (photos, photos is None or photos.is_dir())):
        if not there:
            raise UserError(f"{path} is not there", next_step="check --data and --photos")
    every = read_crawl(data.parent, (FilePair(data=data.name),), predictor.bundle.facts.label_formula)
    crawl = without_forgotten(every, Forgotten.read())
    crawl = replace(crawl, rejected=crawl.rejected[REJECTED_COLUMNS])
    write_csv(aside.listing, crawl.rejected)
    _refuse_nothing(data, crawl)
    refuse_faulty(crawl, str(data), aside.listing, aside.max_share)
    posts = crawl.posts.sort_values("pid", ignore_index=True)
    refuse_broken(posts, str(data), predictor.bundle)
    folder = Folder(photos) if photos else None
    with decoders() as pool:
        find = photos_below(folder, predictor.bundle, pool, scratch) if folder else None
        evidence, links = predictor.read(posts, find)
    without_photo = {"not looked for": len(posts)} if links is None else counts(links)["dropped"]
    return FreshEvidence(
        evidence=evidence,
        rejected=crawl.rejected,
        forgotten=crawl.dropped.get(REASON, 0),
        ignored=tuple(crawl.ignored.get(data.name, ())),
        lacking=crawl.lacking.get(data.name, ""),
        without_photo=without_photo,
        told=() if folder is None or links is None else tell(posts, links, folder),
    )


def photos_below(folder: Folder, bundle: Bundle, pool: Decoders, scratch: Path) -> FindPhotos:
    """Looks for photos in a folder, or follows links, as the bundle's params say.

    pool: what decodes them. scratch: a folder for what links led to, while it is read.
    """
    reader = Reader(folder, FreshAnswers(bundle.fetch, scratch), bundle.filter_links, bundle.fetch.max_bytes, pool)

    def find(posts: pd.DataFrame) -> tuple[pd.DataFrame, pa.Table]:
        return check_chunk(posts, reader, lambda _: None)

    return find


def _refuse_nothing(data: Path, crawl: Crawl) -> None:
    if len(crawl.posts):
        return
    reasons = "; ".join(f"{reason}: {n}" for reason, n in crawl.dropped.items()) or "it has no rows"
    raise UserError(f"{data} has no post that can be scored ({reasons})", next_step="mend its rows")
