"""Who was champion on the night of a crawl."""

from pathlib import Path

import pandas as pd
import pytest

from kit.bundles import put_bundle
from kit.nights import ORDINARY
from popularity.monitoring.history import write_night
from popularity.registry.history import champion_then, promote, rollback
from popularity.registry.reigns import Reign, read_reigns, version_then
from popularity.settings import Label

VIEWS = Label(of="views", formula="log2_views", min_age_days=3)
DAY = 86_400
FIRST = 1_600_000_000
LATER = [
    Reign(version="v0001", at=FIRST, after=None),
    Reign(version="v0002", at=FIRST + 14 * DAY, after=FIRST + 2 * DAY),
]


@pytest.mark.parametrize(("days", "version"), [(1, "v0001"), (3, "v0001"), (13, "v0001"), (14, "v0002"), (30, "v0002")])
def test_a_late_crawl_is_of_the_champion_of_its_night_by_the_clock(days: int, version: str) -> None:
    assert version_then(FIRST + days * DAY, LATER, []) == version


def test_a_played_world_goes_by_the_crawls_that_were_answered_before() -> None:
    played = [Reign(version="v0001", at=FIRST, after=None), Reign(version="v0002", at=FIRST + 60, after=DAY * 8)]
    assert [version_then(DAY * day, played, []) for day in (7, 8, 9)] == ["v0001", "v0001", "v0002"]


def test_a_champion_that_was_rolled_back_is_nobodys() -> None:
    back = [*LATER, Reign(version="v0001", at=FIRST + 20 * DAY, after=FIRST + 19 * DAY)]
    assert [version_then(FIRST + day * DAY, back, ["v0002"]) for day in (15, 25)] == ["v0001", "v0001"]
    assert version_then(FIRST + 15 * DAY, back, []) == "v0002"


def test_one_that_got_its_place_back_has_it_from_then_on() -> None:
    again = [*LATER, Reign(version="v0001", at=FIRST + 20 * DAY, after=None)]
    again.append(Reign(version="v0002", at=FIRST + 25 * DAY, after=FIRST + 24 * DAY))
    assert [version_then(FIRST + day * DAY, again, ["v0002"]) for day in (15, 22, 26)] == ["v0001", "v0001", "v0002"]


def test_before_there_was_a_champion_the_first_one_counts() -> None:
    assert version_then(FIRST - DAY, LATER[:1], []) == "v0001"
    assert version_then(FIRST, [], []) is None


def test_promotions_are_noted_with_the_latest_crawl_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for version in ("v0001", "v0002", "v0003"):
        put_bundle(version)
    promote("v0001")
    promote("v0001")
    write_night(ORDINARY.model_copy(update={"crawled": "2016-03-01T00:00:00+00:00"}))
    promote("v0002")
    night = int(pd.Timestamp("2016-03-02T00:00:00+00:00").timestamp())
    promote("v0003", on=night)
    first, second, third = read_reigns("v0003")
    assert (first.version, first.after, second.version, second.after) == ("v0001", None, "v0002", night - DAY)
    assert third == Reign(version="v0003", at=night, after=night)
    dates = [night - 2 * DAY, night - DAY, night - DAY + 1, night, night + 1]
    versions = ["v0001", "v0001", "v0002", "v0002", "v0003"]
    assert [champion_then(VIEWS, date).version for date in dates] == versions
    rollback("v0001")
    assert champion_then(VIEWS, night + 1).version == "v0001"


def test_a_project_that_noted_nothing_has_the_champion_of_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_bundle("v0007")
    (tmp_path / "models/champions/current").write_text("v0007\n")
    assert champion_then(VIEWS, 5).version == "v0007"
    assert read_reigns("v0007") == [Reign(version="v0007", at=None, after=None)]


def test_a_champion_of_then_that_predicts_another_unit_is_told_and_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    put_bundle("v0001", label_of="likes")
    put_bundle("v0002", label_of="views")
    promote("v0001")
    promote("v0002", on=FIRST)
    assert champion_then(VIEWS, FIRST - 1).version == "v0002"
    assert "v0001 was the champion then and is not used: v0001 predicts log2_views of likes" in capsys.readouterr().out
