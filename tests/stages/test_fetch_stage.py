"""The stage fetch against a real server that counts, and what filter_links makes of its answers."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kit.photo_server import PhotoServer, Says, photo, serving, write_crawl
from kit.project import DemoProject, lay_out, set_param
from popularity import paths
from popularity.checks.rules import read_findings
from popularity.errors import UserError
from popularity.files import read_json
from popularity.posts import photo_shards, read_table
from popularity.store.packs import pack_path
from popularity.store.place import VARIABLE

pytestmark = pytest.mark.slow

ANSWERS = {
    "/a.jpg": Says(body=photo(1)),
    "/b.jpg": Says(body=photo(2)),
    "/same.jpg": Says(body=photo(1)),
    "/page": Says(body=b"<html>"),
    "/moved": Says(302, location="/a.jpg"),
    "/placeholder": Says(302, location="/photo_unavailable.png"),
    "/photo_unavailable.png": Says(body=photo(3)),
    **{f"/{status}": Says(status) for status in (403, 404, 410, 451, 408, 425, 429, 500, 503, 401, 418)},
}
FINAL = {"/a.jpg", "/b.jpg", "/same.jpg", "/page", "/moved", "/placeholder", "/403", "/404", "/410", "/451"}
IN_FOLDER = ["images/1.jpg", ""]


@pytest.fixture
def server() -> Iterator[PhotoServer]:
    with serving(ANSWERS) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, server: PhotoServer, monkeypatch: pytest.MonkeyPatch) -> DemoProject:
    """A batch `crawl` of posts with all these links, read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    lay_out(tmp_path)
    set_param(tmp_path, "demo.batches", [])
    set_param(tmp_path, "batches", {"crawl": {"source": "smp", "path": "crawl"}})
    set_param(tmp_path, "fetch.private_hosts", [server.host])
    set_param(tmp_path, "fetch.tries", 1)
    links = [server.at(path) for path in ANSWERS if path != "/photo_unavailable.png"]
    links += [server.at("/a.jpg"), "http://127.0.0.1:9/closed", "http://10.0.0.1/", "ftp://host/x", *IN_FOLDER]
    write_crawl(tmp_path / "crawl", links)
    (tmp_path / "crawl/images").mkdir()
    (tmp_path / "crawl/images/1.jpg").write_bytes(photo(9))
    project = DemoProject(tmp_path, monkeypatch)
    project.run("ingest", "crawl")
    return project


def outcomes(server: PhotoServer) -> dict[str, tuple[str, bool]]:
    table = read_table(paths.answers("crawl"))
    assert table["link"].is_monotonic_increasing
    return {
        link.removeprefix(server.at("")): (outcome, bool(final))
        for link, outcome, final in zip(table["link"], table["outcome"], table["final"], strict=True)
    }


def test_each_link_is_answered_for_good_or_for_now(project: DemoProject, server: PhotoServer) -> None:
    project.run("fetch", "crawl")
    found = outcomes(server)
    assert {link for link, (_, final) in found.items() if final} == FINAL | {"ftp://host/x"}
    assert found["/a.jpg"] == ("ok", True)
    assert found["/404"] == ("http status 404", True)
    assert found["/429"] == ("http status 429", False)
    assert found["http://127.0.0.1:9/closed"] == ("private address", False)
    assert found["ftp://host/x"] == ("neither http nor https", True)
    counts = read_json(paths.metrics("fetch", "crawl"))
    assert (counts["rows_in"], counts["rows_out"]) == (len(found) + 2, len(found))
    assert counts["dropped"] == {"in the batch's folder": len(IN_FOLDER)}
    assert counts["final"]["ok"] == 6
    assert sum(counts["final"].values()) + sum(counts["temporary"].values()) == len(found)


def test_no_link_is_asked_for_twice(project: DemoProject, server: PhotoServer) -> None:
    project.run("fetch", "crawl")
    first, table = dict(server.asked), paths.answers("crawl").read_bytes()
    assert first["/a.jpg"] == 2  # once by itself, though two posts show it, and once through /moved
    assert first["/b.jpg"] == first["/429"] == 1
    set_param(project.folder, "fetch.timeout_s", 3)
    project.run("fetch", "crawl")
    paths.answers("crawl").unlink()
    project.run("fetch", "crawl")
    assert dict(server.asked) == first
    assert paths.answers("crawl").read_bytes() == table


def test_a_passing_answer_is_asked_for_again_within_the_run(project: DemoProject, server: PhotoServer) -> None:
    set_param(project.folder, "fetch.tries", 2)
    project.run("fetch", "crawl")
    assert {path for path, times in server.asked.items() if times > 1} == {
        "/a.jpg", "/401", "/408", "/418", "/425", "/429", "/500", "/503",
    }  # fmt: skip
    assert outcomes(server)["/429"] == ("http status 429", False)


def test_another_batch_with_the_same_links_asks_nobody(project: DemoProject, server: PhotoServer) -> None:
    project.run("fetch", "crawl")
    first = dict(server.asked)
    shutil.copytree("crawl", "second")
    set_param(project.folder, "batches.second", {"source": "smp", "path": "second"})
    project.run("ingest", "second")
    project.run("fetch", "second")
    assert dict(server.asked) == first
    assert paths.answers("second").read_bytes() == paths.answers("crawl").read_bytes()


def test_filter_links_asks_nobody_whatever_its_rules(project: DemoProject, server: PhotoServer) -> None:
    project.run("fetch", "crawl")
    server.shutdown()
    first = dict(server.asked)
    project.run("filter_links", "crawl")
    links = read_table(paths.links("crawl"))
    posts = read_table(paths.posts("crawl"))
    reasons = dict(zip(posts["image_url"], links["reason"], strict=True))
    assert reasons[server.at("/placeholder")] == "redirected to placeholder"
    assert reasons[server.at("/moved")] == reasons["images/1.jpg"] == ""
    assert reasons[server.at("/page")] == "not an image"
    assert (reasons["ftp://host/x"], reasons[""]) == ("neither http nor https", "no link")
    assert links["alive"].sum() == 6  # a twice, b, same, moved, and the file
    set_param(project.folder, "filter_links.placeholders", [])
    set_param(project.folder, "filter_links.store_px", 24)
    project.run("filter_links", "crawl")
    assert read_table(paths.links("crawl"))["alive"].sum() == 7
    assert read_table(photo_shards(paths.photos("crawl"))[0])["width"].max() == 24
    assert dict(server.asked) == first


def test_a_picture_that_stands_for_photos_that_are_gone_is_no_photo(project: DemoProject, server: PhotoServer) -> None:
    gone = {f"/gone/{n}.jpg": Says(302, location="/removed.png") for n in range(8)}
    there = {f"/there/{n}.jpg": Says(body=photo(n)) for n in range(12)}
    server.answers |= gone | there | {"/removed.png": Says(body=photo(99))}
    write_crawl(project.folder / "gone", [server.at(path) for path in [*gone, *there]])
    set_param(project.folder, "batches.gone", {"source": "smp", "path": "gone"})
    for stage in ("ingest", "fetch", "filter_links"):
        project.run(stage, "gone")
    counts = read_json(paths.metrics("filter_links", "gone"))
    assert counts == {"rows_in": 20, "rows_out": 12, "dropped": {"placeholder": 8}}
    (shard,) = photo_shards(paths.photos("gone"))
    assert len(read_table(shard)) == 12
    (warning,) = [finding for finding in read_findings(paths.quality("links", "gone")) if not finding.passed]
    assert (warning.column, warning.severity, warning.count) == ("reason", "warning", 8)


@pytest.mark.parametrize("damage", ["no store", "no pack"])
def test_bytes_that_the_store_lacks_are_an_error_and_no_dead_photo(
    project: DemoProject, server: PhotoServer, damage: str
) -> None:
    project.run("fetch", "crawl")
    if damage == "no store":
        shutil.rmtree(paths.FETCHED)
    else:
        pack_path(paths.FETCHED, 1).unlink()
    with pytest.raises(UserError, match="the store data/fetched is not whole"):
        project.run("filter_links", "crawl")
    assert not paths.links("crawl").exists()


def test_fetch_without_the_store_asks_nobody_while_answers_name_photos(
    project: DemoProject, server: PhotoServer
) -> None:
    project.run("fetch", "crawl")
    first = dict(server.asked)
    shutil.rmtree(paths.FETCHED)
    with pytest.raises(UserError, match=r"crawl\.parquet tells of 4 answers whose bytes the store") as told:
        project.run("fetch", "crawl")
    assert "bring the store along" in told.value.next_step
    assert dict(server.asked) == first


def test_a_batch_of_files_makes_no_store(project: DemoProject) -> None:
    write_crawl(project.folder / "files", IN_FOLDER)
    set_param(project.folder, "batches", {"files": {"source": "smp", "path": "files"}})
    project.run("ingest", "files")
    project.run("fetch", "files")
    assert len(read_table(paths.answers("files"))) == 0
    assert read_json(paths.metrics("fetch", "files")) == {
        "rows_in": 2, "rows_out": 0, "dropped": {"in the batch's folder": 2}, "final": {}, "temporary": {},
    }  # fmt: skip
    assert not paths.FETCHED.exists()


def test_the_store_may_lie_elsewhere(
    project: DemoProject, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("store")
    monkeypatch.setenv(VARIABLE, str(elsewhere))
    project.run("fetch", "crawl")
    project.run("filter_links", "crawl")
    assert pack_path(elsewhere, 1).exists()
    assert not paths.FETCHED.exists()


def leave_as_an_earlier_version(project: DemoProject) -> dict[str, bytes]:
    """Run the stages, then take away what only a version with a store writes; returns links, photos and counts."""
    project.run("fetch", "crawl")
    project.run("filter_links", "crawl")
    shutil.rmtree(paths.ANSWERS)
    shutil.rmtree(paths.FETCHED)
    paths.metrics("fetch", "crawl").unlink()
    return made()


def made() -> dict[str, bytes]:
    files = [paths.links("crawl"), paths.metrics("filter_links", "crawl"), *photo_shards(paths.photos("crawl"))]
    return {str(file): file.read_bytes() for file in files}


def test_a_project_without_a_store_keeps_its_photos_with_the_server_gone(
    project: DemoProject, server: PhotoServer
) -> None:
    before, links = leave_as_an_earlier_version(project), read_table(paths.links("crawl"))
    server.shutdown()
    server.server_close()
    asked = dict(server.asked)
    project.run("fetch", "crawl")
    project.run("filter_links", "crawl")
    assert dict(server.asked) == asked
    shards = [str(file) for file in photo_shards(paths.photos("crawl"))]
    assert [made()[shard] for shard in shards] == [before[shard] for shard in shards]
    now = read_table(paths.links("crawl"))
    assert now[links["alive"]].equals(links[links["alive"]])
    # of these two it had kept too little, and nobody is there to ask
    changed = now.loc[now["reason"] != links["reason"], "reason"]
    assert changed.tolist() == ["connection refused"] * 2
    assert set(links.loc[changed.index, "reason"]) == {"not an image", "redirected to placeholder"}
    assert outcomes(server)["/404"] == ("http status 404", True)
    assert outcomes(server)["/429"] == ("http status 429", False)
    assert outcomes(server)["/a.jpg"] == ("kept", True)


def test_answers_deleted_to_ask_anew_take_no_shrunk_photo_instead(project: DemoProject, server: PhotoServer) -> None:
    project.run("fetch", "crawl")
    project.run("filter_links", "crawl")
    first = dict(server.asked)
    shutil.rmtree(paths.FETCHED)
    paths.answers("crawl").unlink()
    project.run("fetch", "crawl")
    assert dict(server.asked) == {path: 2 * times for path, times in first.items()}
    assert outcomes(server)["/a.jpg"] == ("ok", True)


def test_what_a_power_cut_took_is_asked_again_in_the_same_run(project: DemoProject, server: PhotoServer) -> None:
    project.run("fetch", "crawl")
    first = dict(server.asked)
    pack = pack_path(paths.FETCHED, 1)
    pack.write_bytes(pack.read_bytes()[:-9] + bytes(9))  # the last photo, which all links were answered with
    with closing(sqlite3.connect(paths.FETCHED / "index.sqlite", isolation_level=None)) as index:
        index.execute("UPDATE synced SET pack = 1, end = 0")
    project.run("fetch", "crawl")
    again = {path for path, times in server.asked.items() if times > first[path]}
    assert again
    assert again < {"/a.jpg", "/b.jpg", "/same.jpg", "/page", "/moved", "/placeholder", "/photo_unavailable.png"}
    project.run("filter_links", "crawl")
    assert read_table(paths.links("crawl"))["alive"].sum() == 6


def test_a_kept_photo_shrinks_with_the_rules_and_keeps_what_was_known_of_it(
    project: DemoProject, server: PhotoServer
) -> None:
    leave_as_an_earlier_version(project)
    links = read_table(paths.links("crawl"))
    project.run("fetch", "crawl")
    set_param(project.folder, "filter_links.store_px", 24)
    set_param(project.folder, "filter_links.min_px", 40)  # of the photos as they came, which have 48
    project.run("filter_links", "crawl")
    now = read_table(paths.links("crawl"))
    assert now[links["alive"]].equals(links[links["alive"]])
    photos = read_table(photo_shards(paths.photos("crawl"))[0])
    assert photos["width"].tolist() == [24] * links["alive"].sum()
    set_param(project.folder, "filter_links.min_px", 49)
    project.run("filter_links", "crawl")
    assert set(read_table(paths.links("crawl")).loc[links["alive"], "reason"]) == {"too small"}


def test_a_strangers_file_that_looks_like_a_kept_photo_is_none(project: DemoProject, server: PhotoServer) -> None:
    claim = json.dumps({"sha256": "0" * 64, "phash": "", "width": 48, "height": 48}).encode() + b"\n" + photo(1)
    server.answers["/b.jpg"] = Says(body=claim)
    project.run("fetch", "crawl")
    project.run("filter_links", "crawl")
    posts, links = read_table(paths.posts("crawl")), read_table(paths.links("crawl"))
    assert links.loc[posts["image_url"] == server.at("/b.jpg"), "reason"].tolist() == ["not an image"]
