"""The pages over all others: where one begins, and what is known of champions."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kit.bundles import put_bundle
from kit.nights import HOSTILE, ORDINARY, REFUSED, write_three_nights
from kit.project import lay_out
from kit.reading import Page
from popularity import paths
from popularity.cli import cli
from popularity.files import write_json
from popularity.forgetting.records import draw_pages
from popularity.monitoring.history import write_night
from popularity.monitoring.requests import answer, call_for, open_requests
from popularity.overviews import write_overviews
from popularity.pages.nights import write_batch_page
from popularity.registry.history import promote, rollback

MARCH = 1_456_828_800
"""1 March 2016, 10:40 UTC."""
DAY = 86_400


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    return tmp_path


def page(path: Path) -> Page:
    write_overviews()
    return Page(path)


def test_one_begins_with_what_is_open_and_the_latest_verdict() -> None:
    write_three_nights()
    text = page(paths.INDEX).text
    assert "Nothing is open Latest batch: night-003, crawled 3 Mar 2016, 23:10 UTC The models should learn" in text
    (paths.quarantine(REFUSED) / "crawl").mkdir()
    call_for("night-003")
    opened = page(paths.INDEX)
    assert f"2 things are open stop {REFUSED} in quarantine retrain night-003 asks for a retrain" in opened.text
    assert opened.links.index("monitoring.html") < opened.links.index("champions.html")


def test_every_page_there_is_has_a_link_and_no_link_leads_nowhere() -> None:
    write_three_nights()
    for batch in ("night-001", REFUSED):
        write_batch_page(batch)
    there = {"monitoring.html", "champions.html", "batches/night-001.html", f"batches/{REFUSED}.html"}
    links = page(paths.INDEX).links
    assert {link for link in links if not link.startswith("data:")} == there  # night-003 has no page
    paths.EVALUATION_REPORT.touch()
    assert "evaluation.html" in page(paths.INDEX).links
    assert (paths.REPORTS / "evaluation.html").exists()
    for other in (paths.MONITORING_REPORT, paths.CHAMPIONS_PAGE):
        assert "index.html" in Page(other).links


def test_the_latest_batch_is_named_first() -> None:
    write_three_nights()
    for batch in ("night-001", REFUSED, "night-003"):
        write_batch_page(batch)
    batches = [link for link in page(paths.INDEX).links if link.startswith("batches/")]
    assert batches == ["batches/night-003.html", f"batches/{REFUSED}.html", "batches/night-001.html"]


def test_before_any_night_the_pages_say_so() -> None:
    first = page(paths.INDEX)
    assert "Nothing is open No crawl has been through the night shift yet, so there is no verdict." in first.text
    champions = Page(paths.CHAMPIONS_PAGE).text
    assert "There is no champion yet Nothing scores new posts. popularity champion create" in champions
    assert "No night has asked for one." in champions


def test_hostile_names_stay_text() -> None:
    batch = "<img src=x onerror=alert(1)>"
    write_night(ORDINARY.model_copy(update={"batch": batch, "reasons": (f"watch: {HOSTILE}",)}))
    put_bundle("v0001", batches=[HOSTILE], label_of=HOSTILE)
    promote("v0001")
    for path in (paths.INDEX, paths.CHAMPIONS_PAGE):
        found = page(path)
        assert not {"script", "img"} & set(found.tags)
        assert HOSTILE in found.text
    assert batch in Page(paths.INDEX).text


def splits(test: float | None, n: int = 364) -> dict[str, Mapping[str, object]]:
    """Of a model, as metrics/evaluate.json has them."""
    return {"validation": {"mae": 1.386, "factor": 2.4, "n": 2036}, "test": {"mae": test, "factor": 2.2, "n": n}}


def split(mode: str, *newest: str) -> dict[str, object]:
    return {"dataset": {"split": {"mode": mode, "test_share": 0.2, "newest": newest}}}


def three_bundles() -> None:
    """v0002 reigns since 9 March, after v0001 and v0003, which a person took the place from."""
    put_bundle("v0001", metrics={"all_posts": {"cnn": splits(1.321)}}, params=split("given"), label_of="views")
    put_bundle(
        "v0002", metrics={"all_posts": {"cnn": splits(1.2, 77)}}, params=split("newest", "night-003", "night-007")
    )
    put_bundle("v0003", metrics={"all_posts": {"cnn": splits(None, 0)}}, params=split("time"), batches=["demo", "may"])
    promote("v0001", MARCH)
    promote("v0003", MARCH + 3 * DAY)
    rollback("v0001")
    promote("v0002", MARCH + 8 * DAY)


def test_each_error_says_whose_rows_it_is_of() -> None:
    three_bundles()
    third, second, first = page(paths.CHAMPIONS_PAGE).rows[1:4]
    assert first.startswith(
        "v0001 earlier fitted on 1,234 posts of demo All posts by CNN 1.32 log₂ views half off by less than a "
        "factor of 2.20 364 test posts that it did not learn from: those that their source sets apart."
    )
    assert "77 test posts that it did not learn from: those of half of the users of night-003, night-007." in second
    assert "1.39 log₂ views" in third
    assert "2,036 training posts, each predicted by a model that had not seen it: there was no test post." in third


def test_the_champion_is_named_with_the_day_it_became_that_and_those_that_are_not() -> None:
    three_bundles()
    found = page(paths.CHAMPIONS_PAGE)
    assert (
        "v0002 is the champion It has scored new posts since 9 Mar 2016, 10:40 UTC. It was fitted on 1,234"
        in found.text
    )
    assert [row.split(" fitted")[0] for row in found.rows[1:4]] == [
        "v0003 rolled back",
        "v0002 champion",
        "v0001 earlier",
    ]
    reigns = found.rows[5:]
    assert reigns[0] == "v0002 9 Mar 2016, 10:40 UTC it reigns"
    assert reigns[2].startswith("v0003 4 Mar 2016, 10:40 UTC ")
    assert reigns[3].startswith("v0001 1 Mar 2016, 10:40 UTC 4 Mar 2016, 10:40 UTC")


def test_a_newer_bundle_that_waits_is_told_with_its_commands() -> None:
    put_bundle("v0001"), put_bundle("v0002")
    promote("v0001")
    text = page(paths.CHAMPIONS_PAGE).text
    assert "v0002 is newer, and not in charge" in text
    assert "popularity champion promote v0002" in text


def test_what_cannot_be_read_is_told_and_keeps_no_page_from_being_written() -> None:
    put_bundle("v0001"), put_bundle("v0002")
    (paths.champion("v0001") / "bundle.json").write_text("{")
    (paths.champion("v0002") / "bundle.json").unlink()
    paths.CURRENT_CHAMPION.write_text("nonsense")
    found = page(paths.CHAMPIONS_PAGE)
    assert (
        "Nobody can tell which bundle is the champion models/champions/current names no version: 'nonsense'"
        in found.text
    )
    second, first = found.rows[1:3]
    assert first.startswith("v0001 ")
    assert "bundle.json" in first
    assert second.startswith("v0002 models/champions/v0002 holds no bundle")


def test_each_retrain_says_what_came_of_it_and_who_asked() -> None:
    write_three_nights()
    write_batch_page("night-003")
    call_for("night-003"), call_for("night-001")
    _, request = open_requests()
    assert request.batch == "night-003"
    answer(request, "fulfilled", f"v0002 is promoted: MAE 1.1 against 1.2 {HOSTILE}")
    found = page(paths.CHAMPIONS_PAGE)
    assert "night-001 It asked for a retrain, which nobody has tried yet." in found.text
    assert "night-003 It asked for a retrain, and this came of it: v0002 is promoted: MAE 1.1 against 1.2" in found.text
    assert "script" not in found.tags
    assert "batches/night-003.html" in found.links
    assert "batches/night-001.html" not in found.links


def call(*arguments: str) -> None:
    CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_whoever_changes_the_champion_finds_it_on_the_page() -> None:
    put_bundle("v0001"), put_bundle("v0002")
    call("champion", "promote", "v0001")
    assert "v0001 is the champion" in Page(paths.CHAMPIONS_PAGE).text
    assert "champions.html" in Page(paths.INDEX).links
    call("champion", "promote", "v0002")
    call("champion", "rollback", "v0001")
    assert "v0002 rolled back" in Page(paths.CHAMPIONS_PAGE).text


def test_rebuild_and_a_forgotten_person_have_the_pages_written_anew() -> None:
    write_json(paths.ROLLED_BACK, [])
    put_bundle("v0001")
    promote("v0001")
    call("monitor", "rebuild")
    paths.CHAMPIONS_PAGE.unlink()
    draw_pages()
    assert "v0001 is the champion" in Page(paths.CHAMPIONS_PAGE).text
