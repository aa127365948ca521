"""What a file that is to be scored is asked before its posts are read."""

from pathlib import Path

import pytest

from kit.bundles import put_bundle
from kit.photo_server import write_crawl
from popularity.errors import UserError
from popularity.registry.bundle import load_bundle
from popularity.registry.door import refuse_faulty
from popularity.settings import FilePair
from popularity.sources.crawl import Crawl
from popularity.sources.smp import read_crawl

LISTING = Path("out-rejected.csv")


def faulty(folder: Path, *, of: int, wrong: int) -> Crawl:
    """Posts as they are read for scoring, so many of them with a negative tagcount."""
    path = write_crawl(folder / "crawl", [""] * of) / "train_data.csv"
    header, *rows = path.read_text().splitlines()
    at = header.split(",").index("tagcount")
    cells = [row.split(",") for row in rows]
    spoilt = [[*row[:at], "-5", *row[at + 1 :]] if n < wrong else row for n, row in enumerate(cells)]
    path.write_text("\n".join([header, *map(",".join, spoilt)]) + "\n")
    return read_crawl(path.parent, (FilePair(data=path.name),), "log2_views")


def test_more_faulty_rows_than_ingest_lets_pass_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"tagcount: negative, in 55 of 60 rows; .*, pids 1, 2, 3, 4, 5 ") as refusal:
        refuse_faulty(faulty(tmp_path, of=60, wrong=55), "posts.csv", LISTING, 0.01)
    assert str(LISTING) in refusal.value.next_step


@pytest.mark.parametrize(("wrong", "limit"), [(0, 0.0), (1, 0.01), (55, 0.55)])
def test_as_many_faulty_rows_as_the_limit_lets_pass_are_set_aside(tmp_path: Path, wrong: int, limit: float) -> None:
    crawl = faulty(tmp_path, of=100, wrong=wrong)
    refuse_faulty(crawl, "posts.csv", LISTING, limit)
    assert len(crawl.posts) == 100 - wrong


def test_a_bundle_says_how_many_rows_may_be_faulty_and_an_older_one_lets_as_many_pass_as_params_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_bundle("v0001", params={})
    put_bundle("v0002", params={"ingest": {"max_rejected_share": 0.5}}, label_of="likes")
    older, newer = load_bundle("v0001"), load_bundle("v0002")
    assert (older.ingest.max_rejected_share, newer.ingest.max_rejected_share) == (0.01, 0.5)
    assert (older.unit, newer.unit) == ("log2_views", "log2_views of likes")
