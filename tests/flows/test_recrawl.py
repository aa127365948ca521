"""Crawls that come to the inbox of a small project: taken in, refused, or left alone by a crash."""

import json
import os
import re
from collections.abc import Callable

import pandas as pd
import pytest

from kit.small_nights import POSTS, bring, bring_labels, start
from kit.small_project import Project
from popularity.batches.project import PER_BATCH_STAGES
from popularity.checks.rules import check
from popularity.dataset.whole import whole_batches
from popularity.demo.events import Event
from popularity.errors import UserError
from popularity.files import read_json
from popularity.settings import load_settings

pytestmark = pytest.mark.slow

Enter = Callable[[Project], Project]
KEPT = ("data", "models", "predictions", "metrics", "plots", "monitoring", "params.yaml", "dvc.lock", ".gitignore")
"""Everything that a refused crawl must leave as it was, but for PASSING."""

PASSING = ("data/inbox/", "data/quarantine/")


def kept(project: Project) -> dict[str, bytes]:
    """Every file that lasts."""
    return {name: text for name, text in project.bytes_of(*KEPT).items() if not name.startswith(PASSING)}


def executed(said: str) -> list[str]:
    """The stages that DVC ran."""
    return re.findall(r"^Running stage '(.+)'", said, re.MULTILINE)


def names_of_runs() -> set[str]:
    """Of all that the server has."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return {run.name for run in client.read_flow_runs()}


def test_an_ordinary_night_runs_its_own_stages_and_is_put_on_record(
    server: None, crowned: Project, enter: Enter, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.recrawl import recrawl, tell
    from popularity.checks import gate

    project = enter(crowned)
    before = kept(project)
    suites: list[str] = []
    monkeypatch.setattr(gate, "check", lambda frame, suite, **how: suites.append(suite) or check(frame, suite, **how))
    records = recrawl()
    assert sorted(suites) == sorted(gate.SUITES)  # once here; and once in its stage, which runs once
    assert executed(capsys.readouterr().err) == [f"{stage}@night-001" for stage in PER_BATCH_STAGES]
    (record,) = records
    assert record.verdict in ("ok", "watch")
    assert (record.posts, record.version, record.critical) == (POSTS, "v0001", 0)
    after = kept(project)
    assert {name for name in before if before[name] != after.get(name)} == {"params.yaml", "dvc.lock"}
    assert "night-001" in after["params.yaml"].decode()
    assert list((project.folder / "data/inbox").iterdir()) == []
    scores = pd.read_parquet(project.folder / "monitoring/scores/night-001.parquet")
    assert scores["pid"].tolist() == pd.read_csv(project.folder / "data/raw/night-001/posts.csv")["pid"].tolist()
    assert set(scores["model"]) == {"cnn", "multimodal"}
    assert read_json(project.folder / "monitoring/nights/night-001.json")["verdict"] == record.verdict
    drift = pd.read_parquet(project.folder / "monitoring/drift/night-001.parquet")
    assert drift["column"].is_unique
    assert "night-001" in (project.folder / "reports/monitoring.html").read_text()
    tell(records)
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {
        "batch": "night-001",
        "verdict": record.verdict,
        "drifted": list(record.drifted),
        "quality": {"critical": 0, "warning": record.warning},
        "page": "reports/batches/night-001.html",
    }
    assert (project.folder / last["page"]).exists()

    assert recrawl() == []
    assert executed(capsys.readouterr().err) == []
    assert kept(project) == after
    assert {f"night-001: {record.verdict}", "no crawl"} <= names_of_runs()


def test_a_crawl_of_another_form_is_taken_in_and_its_posts_are_scored_as_they_would_be(
    server: None, crowned: Project, played: Project, enter: Enter
) -> None:
    from flows.recrawl import recrawl

    project = enter(crowned)
    crawl = project.folder / "data/inbox/night-001"
    pd.read_csv(crawl / "posts.csv", keep_default_na=False).to_parquet(crawl / "posts.parquet")
    (crawl / "posts.csv").unlink()
    (record,) = recrawl()
    assert load_settings().batches["night-001"].source == "parquet"
    assert record.posts == POSTS
    assert record.verdict == read_json(played.folder / "monitoring/nights/night-001.json")["verdict"]
    scores, same = (one.folder / "monitoring/scores/night-001.parquet" for one in (project, played))
    pd.testing.assert_frame_equal(pd.read_parquet(scores), pd.read_parquet(same))


@pytest.mark.long
def test_a_crawl_that_overlaps_an_earlier_one_is_scored_without_its_old_posts(crowned: Project, enter: Enter) -> None:
    from flows.recrawl import recrawl

    project = enter(crowned)
    bring(project, "night-001", 1)
    posts = project.folder / "data/inbox/night-001/posts.csv"
    old = pd.read_csv(project.folder / "data/raw/demo/train_data.csv", dtype=str).head(3).assign(image_url="")
    pd.concat([pd.read_csv(posts, dtype=str), old]).to_csv(posts, index=False)
    (record,) = recrawl()
    assert record.verdict in ("ok", "watch")
    assert record.posts == POSTS
    assert record.seen_before.startswith("3 posts are of an earlier batch")
    assert record.crawled == "2016-07-08T00:00:00+00:00"  # the date of COMPLETE, as the demo's nights have it
    assert record.seen_before in (project.folder / "reports/batches/night-001.html").read_text()
    scores = pd.read_parquet(project.folder / "monitoring/scores/night-001.parquet")
    assert len(scores) == POSTS
    assert not set(scores["pid"]) & set(old["pid"].astype(int))


def test_a_refused_crawl_goes_to_quarantine_and_all_else_stays(crowned: Project, enter: Enter) -> None:
    project = enter(crowned)
    before = kept(project)
    bring(project, "night-002", 2, Event.THOUSANDS)
    assert start(project, "flows.recrawl", "--batch", "night-002").wait() == 2
    assert kept(project) == before
    said = (project.folder / ".work/stderr").read_text()
    assert "Traceback" not in said
    assert "Task run 'gate night-002' - Finished in state Failed" in said
    assert not [stage for stage in ("fetch", "filter_links") if f"{stage}@night-002" in said]  # no photo was fetched
    said = (project.folder / ".work/stdout").read_text()
    last = json.loads(said.splitlines()[-1])
    assert (last["batch"], last["verdict"], last["drifted"]) == ("night-002", "stop", [])
    assert last["quality"]["critical"] > 0
    assert "avgview" in said
    folder = project.folder / "data/quarantine/night-002"
    assert read_json(folder / "record.json")["critical"] == last["quality"]["critical"]
    assert (folder / "crawl/posts.csv").exists()
    page = (project.folder / last["page"]).read_text()
    assert (folder / "night-002.html").read_text() == page.replace('href="../', 'href="../../../reports/')
    assert [path.name for path in (project.folder / "data/inbox").iterdir()] == ["night-001"]


@pytest.mark.long
def test_refused_crawls_do_not_keep_the_others_from_being_taken_in(
    server: None, crowned: Project, enter: Enter
) -> None:
    from flows.recrawl import RecrawlError, recrawl

    project = enter(crowned)
    inbox = project.folder / "data/inbox"
    bring(project, "a-shifted-one", 2, Event.SHIFTED_COLUMNS)
    for name in ("A Bad Name", "demo", "empty"):
        (inbox / name).mkdir()
        (inbox / name / "COMPLETE").touch()
    (inbox / "half").mkdir()
    with pytest.raises(RecrawlError, match="a-shifted-one is quarantined") as stopped:
        recrawl()
    verdicts = {record.batch: (record.verdict, record.reasons[:1]) for record in stopped.value.records}
    assert verdicts.pop("night-001")[0] in ("ok", "watch")
    assert {verdict for verdict, _ in verdicts.values()} == {"stop"}
    assert "cannot name a batch" in verdicts["A Bad Name"][1][0]
    assert "holds neither train_data.csv nor test_data.csv" in verdicts["empty"][1][0]
    assert ["there is another batch 'demo' already" in str(failure) for failure in stopped.value.failures] == [True]
    assert sorted(path.name for path in inbox.iterdir()) == ["demo", "half"]
    assert {path.name for path in (project.folder / "data/quarantine").iterdir()} == set(verdicts)
    assert [path.name for path in (project.folder / "data/posts").glob("*.parquet")] == [
        "demo.parquet",
        "night-001.parquet",
    ]


def test_a_crash_quarantines_nothing(crowned: Project, enter: Enter) -> None:
    project = enter(crowned)
    (project.folder / "stages/text_features.py").write_text("raise OSError('out of luck')\n")
    assert start(project, "flows.recrawl").wait() == 1
    assert "OSError: out of luck" in (project.folder / ".work/stderr").read_text()
    assert not (project.folder / "data/quarantine").exists()
    assert (project.folder / "data/inbox/night-001/COMPLETE").exists()
    assert [path.name for path in (project.folder / "monitoring").rglob("*")] == ["champions.json"]


def break_for(project: Project, batch: str) -> None:
    """Have the stage text_features crash for one batch, as by a text that no library can read."""
    stage = project.folder / "stages/text_features.py"
    crash = f"import sys\n\nif sys.argv[1] == {batch!r}:\n    raise OSError('out of luck')\n\n"
    stage.write_text(crash + stage.read_text().replace('"""Stage', '"""The stage', 1))


def test_a_crawl_that_crashes_stops_no_other_and_is_set_aside_after_three_runs(
    server: None, crowned: Project, enter: Enter
) -> None:
    from flows.recrawl import RecrawlError, recrawl

    project = enter(crowned)
    (project.folder / "data/inbox/night-001").rename(project.folder / "data/inbox/a-broken-one")
    bring(project, "night-002", 2)
    long = project.folder / "data/inbox" / ("b" * 250)
    long.mkdir()
    (long / "COMPLETE").touch()
    break_for(project, "a-broken-one")

    with pytest.raises(RecrawlError, match="OSError: out of luck") as ended:
        recrawl()
    verdicts = {record.batch: record.verdict for record in ended.value.records}
    assert verdicts.pop("night-002") in ("ok", "watch")
    ((unfit, answer),) = verdicts.items()
    assert (unfit.startswith(f"unfit.{'b' * 40}."), answer) == (True, "stop")
    assert (project.folder / "data/quarantine" / unfit / "crawl/COMPLETE").exists()
    assert list(load_settings().batches) == ["demo", "a-broken-one", "night-002"]  # `dvc repro` tries it again
    assert whole_batches(load_settings().batches) == ["demo", "night-002"]

    for given_up in (False, True):
        with pytest.raises(RecrawlError, match="OSError: out of luck") as ended:
            recrawl()
        assert [record.batch for record in ended.value.records] == ["a-broken-one"] * given_up
    assert list(load_settings().batches) == ["demo", "night-002"]
    assert (project.folder / "data/quarantine/a-broken-one/crawl/posts.csv").exists()
    record = read_json(project.folder / "data/quarantine/a-broken-one/record.json")
    assert record["verdict"] == "stop"
    assert "could not be taken in by 3 runs" in record["reasons"][0]
    assert not (project.folder / ".work/failures/a-broken-one.json").exists()
    assert recrawl() == []


def test_a_crawl_that_cannot_even_be_set_aside_stops_no_other(server: None, crowned: Project, enter: Enter) -> None:
    from flows.recrawl import RecrawlError, recrawl

    project = enter(crowned)
    (project.folder / "data/inbox/night-001").rename(project.folder / "data/inbox/0-stuck")
    os.mkfifo(project.folder / "data/inbox/0-stuck/pipe.csv")
    (project.folder / "data/quarantine").mkdir()
    (project.folder / "data/quarantine/0-stuck").write_text("a file, and no folder")
    (project.folder / "data/inbox/empty").mkdir()
    (project.folder / "data/inbox/empty/COMPLETE").touch()
    for _ in range(3):
        with pytest.raises(RecrawlError) as ended:
            recrawl()
        assert [record.batch for record in ended.value.records] in (["empty"], [])
    assert (project.folder / "data/quarantine/empty/crawl/COMPLETE").exists()
    with pytest.raises(RecrawlError, match="0-stuck"):
        recrawl()


@pytest.mark.long
def test_a_candidate_is_trained_and_bundled_without_a_crawl_that_crashed(
    server: None, played: Project, enter: Enter
) -> None:
    from flows.monitor import monitor
    from flows.recrawl import RecrawlError, recrawl
    from flows.retrain import retrain
    from popularity.registry.create import create_bundle

    project = enter(played)
    bring(project, "night-002", 2)
    break_for(project, "night-002")
    with pytest.raises(RecrawlError):
        recrawl()
    bring_labels(project, "night-001", 1)
    assert [record.batch for record in monitor()] == ["night-001"]
    assert "MAE" in retrain()
    assert read_json(project.folder / "metrics/dataset.json")["left_out"] == ["night-002"]
    assert "night-002" in (project.folder / "reports/evaluation.html").read_text()
    facts = create_bundle(load_settings()).facts
    assert facts.batches == ("demo", "night-001")


@pytest.mark.long
def test_a_retrain_that_crashes_leaves_the_verdict_told(crowned: Project, enter: Enter) -> None:
    project = enter(crowned)
    (project.folder / "data/inbox/night-001/COMPLETE").unlink()
    bring(project, "night-002", 2, Event.NEW_USERS)
    (project.folder / "data/labels/demo.parquet").unlink()
    (project.folder / "data/labels/demo.parquet").write_bytes(b"PAR1, but no table")
    assert start(project, "flows.recrawl").wait() == 2
    assert "data/labels/demo.parquet" in (project.folder / ".work/stderr").read_text()
    told = json.loads((project.folder / ".work/stdout").read_text().splitlines()[-1])
    assert (told["batch"], told["verdict"]) == ("night-002", "retrain")
    assert (project.folder / told["page"]).exists()
    request = read_json(project.folder / "monitoring/requests/night-002.json")
    assert request["state"] == "new"


def test_without_a_champion_nothing_is_taken_in(server: None, crowned: Project, enter: Enter) -> None:
    from flows.recrawl import recrawl

    project = enter(crowned)
    before = kept(project)
    (project.folder / "models/champions/current").rename(project.folder / "elsewhere")
    with pytest.raises(UserError, match="popularity champion create"):
        recrawl()
    (project.folder / "elsewhere").rename(project.folder / "models/champions/current")
    assert kept(project) == before
    assert (project.folder / "data/inbox/night-001/COMPLETE").exists()


@pytest.mark.long
def test_two_at_once_wait_for_each_other(crowned: Project, played: Project, enter: Enter) -> None:
    project = enter(crowned)
    bring(project, "night-002", 2)
    flows = [start(project, "flows.recrawl", "--batch", name) for name in ("night-001", "night-002")]
    assert [flow.wait() for flow in flows] == [0, 0]
    assert list((project.folder / "data/inbox").iterdir()) == []
    ran = executed((project.folder / ".work/stderr").read_text())
    names = ("night-001", "night-002")
    assert sorted(ran) == sorted(f"{stage}@{name}" for stage in PER_BATCH_STAGES for name in names)
    assert len({stage.partition("@")[2] for stage in ran[:4]}) == 1  # one night's after the other's
    nights = project.folder / "monitoring/nights"
    assert {path.name for path in nights.iterdir()} == {f"{name}.json" for name in names}
    for place in ("data/posts", "data/text", "monitoring/scores"):
        table = f"{place}/night-001.parquet"
        assert (project.folder / table).read_bytes() == (played.folder / table).read_bytes()
    assert json.loads(project.command("dvc", "status", "--json", *sorted(ran))) == {}
