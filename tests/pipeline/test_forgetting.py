"""A person who asks for it is forgotten: no file that a later run would read tells of them any more."""

import csv
import io
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

from kit.photo_server import Says, photo, serving
from kit.shared import made_once
from kit.small_nights import bring, start
from kit.small_project import Project, lay_out_code
from kit.traces import Traces
from popularity.files import read_json, write_json

pytestmark = pytest.mark.long

USER, WORD = 7009, "zyxquokka"
"""Who will ask, and a word that nobody else writes, in each of that user's titles."""
STORED_NO_MORE = (".git", ".dvc/cache", ".dvc/tmp", ".prefect")
"""What `popularity forget` says it leaves: git's history, DVC's cache until `dvc gc`, Prefect's history."""


def edit(file: Path, links: dict[str, str]) -> None:
    """Write the user's word into the titles, and links to the web in place of some paths."""
    with file.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        row["title"] = f"{row['title']} {WORD}" if int(row["uid"]) == USER else row["title"]
        row["titlelen"] = str(len(row["title"]))
        row["image_url"] = links.get(row["pid"], row["image_url"])
    write_rows(file, rows)


def write_rows(file: Path, rows: list[dict[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.write_text(out.getvalue(), encoding="utf-8")


def linked(crawl: Path) -> dict[str, bytes]:
    """Some posts of the user, and of another, whose photos will be fetched: pid -> photo."""
    posts = pd.read_csv(crawl / "train_data.csv", dtype=str)
    some = pd.concat([posts[posts["uid"] == str(uid)].head(2) for uid in (USER, 7001)])
    return {pid: photo(int(pid), side=96) for pid in some["pid"]}


def make_known(folder: Path) -> None:
    """A small project with a crawl that was added, a champion, a night on record, one that waits and one refused."""
    project = lay_out_code(folder)
    project.command("stages.demo", "demo")
    crawl = folder.with_name("people-crawl")
    shutil.rmtree(crawl, ignore_errors=True)
    shutil.move(folder / "data/raw/demo", crawl)
    (crawl / "truth.json").unlink()
    photos = linked(crawl)
    project.command("popularity", "batches", "remove", "demo")
    with serving({f"/{pid}.jpg": Says(body=body) for pid, body in photos.items()}) as server:
        for name in ("train_data.csv", "test_data.csv"):
            edit(crawl / name, {pid: server.at(f"/{pid}.jpg") for pid in photos})
        project.set_param("fetch.private_hosts", [server.host])
        added = ("add", "may", "--source", "smp", "--path", str(crawl), "--as-of-post")
        project.command("popularity", "batches", *added)
        project.repro()
    project.choose(all_posts="boosted", posts_with_photo="multimodal")
    project.command("popularity", "champion", "create")
    for number, batch in ((1, "night-001"), (2, "night-002"), (3, "night-003")):
        bring(project, batch, number)
        edit(folder / f"data/inbox/{batch}/posts.csv", {})
        if number == 1:
            run(project, "flows.recrawl")
    refused = folder / "data/quarantine/night-003"
    refused.mkdir(parents=True)
    shutil.move(folder / "data/inbox/night-003", refused / "crawl")
    name_them(project)


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """That project; not to be changed."""
    return Project(made_once(tmp_path_factory, "people", make_known))


def name_them(project: Project) -> None:
    """Have records, alerts, logs and later labels name the user's posts, as any of them may."""
    posts = pd.concat(pd.read_parquet(file) for file in (project.folder / "data/posts").glob("*.parquet"))
    theirs = posts.loc[posts["uid"] == USER, "pid"].tolist()
    rule = {
        "rule": "some",
        "column": "title",
        "severity": "warning",
        "count": len(theirs),
        "pids": theirs[:5],
        "reason": "so",
    }
    night = read_json(project.folder / "monitoring/nights/night-001.json")
    write_json(project.folder / "monitoring/nights/night-001.json", night | {"findings": [rule], "warning": 1})
    refused = night | {
        "batch": "night-003",
        "verdict": "stop",
        "findings": [rule],
        "reasons": [f"pid {theirs[0]} is odd"],
    }
    nothing = dict.fromkeys(("version", "posts", "alive_share", "crawled", "labels", "expected_mae"))
    write_json(project.folder / "data/quarantine/night-003/record.json", refused | nothing)
    (project.folder / "monitoring/alerts").mkdir(parents=True, exist_ok=True)
    (project.folder / "monitoring/alerts/sent.jsonl").write_text(f'{{"lines": ["the first is pid {theirs[0]}"]}}\n')
    (project.folder / ".work/logs").mkdir(parents=True, exist_ok=True)
    (project.folder / ".work/logs/ingest@may.log").write_text(f"pid {theirs[0]}\n")
    visits = posts.assign(views=5, seen="2031-01-01")[["pid", "views", "seen"]]
    visits[visits["pid"].isin(theirs)].to_csv(project.folder / "data/visits/may/late.csv", index=False)


def run(project: Project, *args: str) -> str:
    """Run a module of the project with a Prefect of its own; returns what it printed."""
    (project.folder / ".work").mkdir(exist_ok=True)
    (project.folder / ".work/stdout").write_text("")
    process = start(project, *args)
    assert process.wait() == 0, (project.folder / ".work/stderr").read_text()[-3000:]
    told = (project.folder / ".work/stdout").read_text()
    for left in ("stdout", "stderr"):
        (project.folder / ".work" / left).unlink()
    return told


def traces_of(project: Project) -> Traces:
    """All that tells of the user, by the files as they are now; but pictures that others post too."""
    data = project.folder / "data"
    files = [file for place in ("raw", "inbox", "quarantine") for file in (data / place).rglob("*_data.csv")]
    files += [file for place in ("inbox", "quarantine", "raw") for file in (data / place).rglob("posts.csv")]
    posts = pd.concat(pd.read_csv(file).assign(folder=file.parent) for file in files)
    posts["own"] = posts["uid"] == USER
    pids = frozenset(posts.loc[posts["own"], "pid"])
    shown: dict[bool, set[bytes]] = {True: set(), False: set()}
    for folder, link, own in posts[["folder", "image_url", "own"]].dropna().itertuples(index=False):
        if (folder / link).is_file():
            shown[own].add((folder / link).read_bytes())
    fetched = [photo(pid, side=96) for pid in pids if f"/{pid}.jpg" in "".join(_links_to_the_web(posts))]
    shards = [pd.read_parquet(file) for file in (data / "photos").rglob("*.parquet")]
    stored = [jpeg for shard in shards for jpeg in shard.loc[shard["pid"].isin(pids), "jpeg"]]
    assert len(pids) > 5
    assert len(fetched) == 2
    assert len(stored) > 2
    return Traces(pids | {USER}, (WORD,), tuple({*shown[True] - shown[False], *stored, *fetched}))


def _links_to_the_web(posts: pd.DataFrame) -> list[str]:
    return [link for link in posts["image_url"].dropna() if link.startswith("http")]


def test_no_file_that_a_later_run_reads_tells_of_a_user_who_asked(known: Project, tmp_path: Path) -> None:
    project = known.copied(tmp_path / "project")
    traces = traces_of(project)
    before = traces.found_in(project.folder, *STORED_NO_MORE)
    for place in (
        "data/raw/may/", "data/inbox/night-002/", "data/quarantine/night-003/crawl/", "data/visits/may/late.csv",
        "data/fetched/index.sqlite", "data/fetched/packs/", "data/posts/", "data/labels/", "data/answers/",
        "data/links/", "data/photos/", "data/text/", "data/embeddings/", "data/dataset.parquet", "models/dictionaries/",
        "models/boosted/", "models/champions/v0001/reference/reference.parquet",
        "models/champions/v0001/models/boosted/",
        "models/champions/v0001/reference/user_mean.json", "models/champions/v0001/reference/labels.parquet",
        "predictions/", "plots/", "monitoring/scores/", "monitoring/nights/", "monitoring/alerts/sent.jsonl",
        "reports/evaluation.html", "data/quarantine/night-003/record.json", ".work/embeddings/", ".work/logs/",
    ):  # fmt: skip
        assert any(name.startswith(place) for name in before), place

    told = project.command("popularity", "forget", "--user", str(USER), "--yes")

    assert traces.found_in(project.folder, *STORED_NO_MORE) == {}
    assert "left:" not in told
    assert "dvc gc --workspace --force" in told
    project.command("dvc", "gc", "--workspace", "--force")
    assert traces.found_in(project.folder, ".git", ".dvc/tmp", ".prefect") == {}
    assert project.command("popularity", "champion", "list").count("v0002") == 1
    assert not (project.folder / "models/champions/v0001").exists()
    others = pd.read_parquet(project.folder / "data/posts/may.parquet")
    assert 7001 in set(others["uid"])
    assert "may" not in " ".join(project.command("dvc", "status", "ingest@may", "image_embeddings@may").split())

    project.command("popularity", "predict", "--batch", "may", "--out", "scores.csv")
    again = ("--data", str(known.folder / "data/raw/may/train_data.csv"), "--out", "again.csv")
    project.command("popularity", "predict", *again)
    scored = set(pd.read_csv(project.folder / "again.csv")["pid"])
    assert scored
    assert not scored & traces.ids
    assert "night-002: " in run(project, "flows.recrawl")
    assert traces.found_in(project.folder, *STORED_NO_MORE) == {}


def test_posts_that_come_again_are_dropped_and_one_that_was_killed_goes_on(known: Project, tmp_path: Path) -> None:
    project = known.copied(tmp_path / "project")
    traces = traces_of(project)
    posts = project.folder / "data/inbox/night-002/posts.csv"
    with posts.open(encoding="utf-8", newline="") as source:
        again = list(csv.DictReader(source))
    again += [row | {"uid": str(USER), "pid": str(990_001 + place)} for place, row in enumerate(again[:2])]
    theirs = sum(row["uid"] == str(USER) for row in again)
    process = start(project, "popularity", "forget", "--user", str(USER), "--yes")
    wait_for(process, project.folder / "models/champions/v0002/bundle.json")
    process.send_signal(signal.SIGKILL)
    process.wait()
    for left in ("stdout", "stderr"):
        (project.folder / ".work" / left).unlink()
    assert traces.found_in(project.folder, *STORED_NO_MORE)

    project.command("popularity", "forget", "--user", str(USER), "--yes")

    assert traces.found_in(project.folder, *STORED_NO_MORE) == {}
    write_rows(posts, again)
    run(project, "flows.recrawl")
    assert theirs > 2
    counted = read_json(project.folder / "metrics/ingest/night-002.json")
    assert counted["dropped"] == {"forgotten at a person's request": theirs}
    assert (counted["rows_in"], counted["rows_out"]) == (len(again), len(again) - theirs)
    scored = pd.read_parquet(project.folder / "monitoring/scores/night-002.parquet")
    assert len(scored) == len(again) - theirs
    assert not set(scored["pid"]) & {*traces.ids, 990_001, 990_002}


def test_a_batch_that_holds_nobody_of_them_runs_no_stage(known: Project, tmp_path: Path) -> None:
    project = known.copied(tmp_path / "project")
    pid = int(pd.read_parquet(project.folder / "data/posts/may.parquet", columns=["pid"])["pid"].iloc[0])
    marks = project.bytes_of(".work/marks")
    project.command("popularity", "forget", "--pid", str(pid), "--yes")
    ran = {name for name, content in project.bytes_of(".work/marks").items() if marks.get(name) != content}
    stages = ("ingest", "fetch", "filter_links", "text_features", "image_embeddings")
    assert ran == {f".work/marks/{stage}@may.json" for stage in stages} | {".work/marks/dataset.json"}
    assert "ingest@night-001" not in project.command("dvc", "status", "ingest@night-001")


def wait_for(process: "subprocess.Popen[str]", file: Path) -> None:
    while not file.exists():
        assert process.poll() is None, "it ended before"
        time.sleep(0.01)
