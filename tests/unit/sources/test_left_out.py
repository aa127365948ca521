"""Posts of people who asked to be forgotten, when a crawl brings them again."""

from pathlib import Path

import pytest

from popularity import paths
from popularity.files import read_json
from popularity.forgotten import REASON, Forgotten
from popularity.settings import Batch, Label
from popularity.sources.ingest import Ingested, gather, write_ingest_metrics

HEADER = (
    "pid,uid,postdate,commentcount,haspeople,titlelen,deslen,tagcount,avgview,groupcount,avgmembercount,"
    "alltags,title,description,image_url\n"
)
LABEL = Label(of="views", formula="log2_views", min_age_days=3)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POPULARITY_STORE", raising=False)
    for folder in ("crawl", "visits", "data"):
        Path(folder).mkdir()
    paths.FORGOTTEN.write_text("kind,hash\n")


def post(pid: object, uid: int, *, title: str = "a day", comments: str = "") -> str:
    return f"{pid},{uid},{1_600_000_000},{comments},,5,4,2,10,3,40,sea,{title},nice,{pid}.jpg\n"


def ingested(*posts: str) -> Ingested:
    Path("crawl/train_data.csv").write_text(HEADER + "".join(posts))
    rows = [line.split(",") for line in posts]
    Path("crawl/train_label.csv").write_text("pid,uid,label\n" + "".join(f"{row[0]},{row[1]},3\n" for row in rows))
    return gather(Batch(source="smp", path="crawl"), Path("visits"), LABEL)


def forget(users: tuple[int, ...] = (), posts: tuple[int, ...] = ()) -> None:
    Forgotten.read().adding(users, posts).write()


def test_their_posts_and_labels_are_dropped_and_counted_without_their_ids() -> None:
    forget(users=(7,), posts=(3,))
    found = ingested(post(1, 7), post(2, 8), post(3, 8))
    assert found.posts["pid"].tolist() == [2]
    assert found.labels["pid"].tolist() == [2]
    assert found.rejected.empty
    write_ingest_metrics(Path("metrics.json"), found)
    counted = read_json(Path("metrics.json"))
    assert counted["dropped"] == {REASON: 2}
    assert counted["rows_in"] - counted["rows_out"] == 2
    assert counted["label_rows_set_aside"] == {}


def test_rows_of_theirs_with_errors_are_listed_nowhere_and_counted_as_before() -> None:
    forget(users=(7,), posts=(3,))
    found = ingested(post(1, 7, comments="many"), post(2, 8, comments="many"), post(3, 8, comments="many"), post(4, 8))
    assert found.rejected["pid"].tolist() == ["2"]
    assert list(found.rejected) == ["file", "row", "pid", "column", "reason", "value"]
    assert found.dropped == {"not a number": 3}
    assert found.rows_in - len(found.posts) == 3


def test_a_row_that_is_cut_off_is_not_listed_either() -> None:
    forget(users=(7,))
    assert ingested(post(1, 8), "2,7,1600000000\n").rejected.empty


def test_labels_that_come_later_for_posts_that_are_gone_are_no_strays() -> None:
    forget(posts=(3,))
    Path("visits/late.csv").write_text("pid,label\n2,4\n3,9\n")
    found = ingested(post(2, 8))
    assert found.rejected.empty
    assert found.labels["label"].tolist() == [4]


def test_with_nobody_to_forget_all_is_as_it_was() -> None:
    found = ingested(post(1, 7), post(2, 8, comments="many"))
    assert found.posts["pid"].tolist() == [1]
    assert found.dropped == {"not a number": 1}
    assert found.rejected["pid"].tolist() == ["2"]
