"""Which source a folder looks like, by what lies in it."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from popularity.errors import UserError
from popularity.settings import Batch, FilePair
from popularity.sources.mapping import OURS
from popularity.sources.reading import NEEDED

TOOLS = ("instaloader", "gallery_dl", "flickr_export", "flickr_api")
TABLES = ("parquet", "json_lines", "csv")
"""Sources whose columns may have names of their own."""

PAPER = ("train_data.csv", "test_data.csv")
POSTS = "posts.csv"
"""What a crawl in the paper's layout that has no labels calls its posts."""

LIKELY = {
    "pid": ("id", "post_id", "photo_id", "media_id", "shortcode"),
    "uid": ("owner", "owner_id", "owner.id", "user_id", "user", "user.id", "userid", "author", "username"),
    "postdate": (
        "created_at",
        "date",
        "timestamp",
        "taken_at",
        "taken_at_timestamp",
        "dateupload",
        "posted",
        "created",
    ),
    "title": ("name", "headline"),
    "description": ("caption", "text", "body"),
    "alltags": ("tags", "hashtags"),
    "image_url": ("url", "image", "photo", "photo_url", "display_url", "link"),
    "views": ("view_count", "viewcount", "count_views"),
    "likes": ("like_count", "likecount", "likes_count", "favorites"),
    "seen": ("crawled_at", "fetched_at", "read_at", "retrieved_at", "scraped_at"),
    "commentcount": ("comments", "comment_count", "count_comments"),
}
"""What others call our columns; a guess, which a person sees before it is used."""


def recognise(folder: Path) -> Batch:
    """A folder as the batch that it looks like: source, and files and columns where these must be named.

    Columns are guessed where a file has names of its own. Raises UserError where nothing is recognised.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder", next_step="name the folder that holds the crawl")
    path = str(folder)
    for name in TOOLS:
        if reader(name).recognises(folder):
            return Batch(source=name, path=path)
    if any((folder / file).is_file() for file in PAPER):
        return Batch(source="smp", path=path)
    if (folder / POSTS).is_file() and not _has_names_of_its_own(folder / POSTS):
        return Batch(source="smp", path=path, files=(FilePair(data=POSTS),))
    for name in TABLES:
        if reader(name).recognises(folder):
            batch = Batch(source=name, path=path)
            return batch.model_copy(update={"columns": guess(columns_of(batch))})
    raise UserError(
        f"{folder} holds neither train_data.csv nor test_data.csv, nor {POSTS}, nor files of a tool that is known",
        next_step="name the source and, of tables, the columns: popularity batches add --help",
    )


def reader(source: str) -> ModuleType:
    """The folder of `popularity.sources.readers` of this name."""
    return import_module(f"popularity.sources.readers.{source}")


def columns_of(batch: Batch) -> list[str]:
    """What the first file of a source of TABLES calls its columns."""
    module = reader(batch.source)
    names: list[str] = module.names(module.files(Path(batch.path), batch)[0])
    return names


def guess(theirs: Iterable[str]) -> dict[str, str] | None:
    """Our column -> theirs, for columns that are likely the same under another name; None where no name differs."""
    there = {name.casefold(): name for name in reversed(list(theirs))}
    found: dict[str, str] = {}
    for ours, others in LIKELY.items():
        if ours not in there.values():
            likely = (there[name] for name in (ours, *others) if name in there and there[name] not in OURS)
            name = next((name for name in likely if name not in found.values()), None)
            found |= {ours: name} if name else {}
    return found or None


def missing(batch: Batch) -> list[str]:
    """Of a source of TABLES, columns that a post needs and that neither `columns` nor a file's own names give."""
    there = columns_of(batch)
    return [name for name in NEEDED if name not in (batch.columns or {}) and name not in there]


def _has_names_of_its_own(file: Path) -> bool:
    try:
        theirs = reader("csv").names(file)
    except UserError:
        return False
    return "pid" not in theirs and {*NEEDED} <= (guess(theirs) or {}).keys()
