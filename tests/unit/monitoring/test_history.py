"""The record of verdicts: what is written is read, in the order of the nights, whatever became of them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from kit.nights import HOSTILE, ORDINARY, QUARANTINED, REFUSED, STRANGERS, write_three_nights
from popularity import paths
from popularity.errors import UserError
from popularity.files import write_json
from popularity.monitoring.history import NightRecord, find_night, read_history, read_night, write_night


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names() -> list[str]:
    return [night.record.batch for night in read_history()]


def on(batch: str, crawled: str) -> NightRecord:
    return ORDINARY.model_copy(update={"batch": batch, "crawled": crawled})


def test_what_is_written_is_read() -> None:
    write_night(ORDINARY)
    assert read_night("night-001") == ORDINARY


def test_the_same_verdict_twice_has_the_same_bytes() -> None:
    write_night(ORDINARY)
    first = paths.night_record("night-001").read_bytes()
    write_night(read_night("night-001"))
    assert paths.night_record("night-001").read_bytes() == first


def test_a_batch_in_quarantine_is_read_from_there_and_left_nothing_in_the_record() -> None:
    write_three_nights()
    assert read_night(REFUSED) == QUARANTINED
    assert list(paths.MONITORING.rglob(f"{REFUSED}.*")) == []


def test_batches_come_by_their_latest_post_and_not_by_name() -> None:
    for batch, crawled in (("a", "2016-03-03T00:00:00+00:00"), ("b", "2016-03-01T00:00:00+00:00")):
        write_night(on(batch, crawled))
    assert names() == ["b", "a"]


def test_a_batch_in_quarantine_stands_at_its_place_by_name() -> None:
    write_three_nights()
    assert names() == ["night-001", "night-002", "night-003"]


def test_two_in_quarantine_keep_their_order_also_before_all_others() -> None:
    for batch in ("a2", "a1"):
        write_json(paths.refused(batch), QUARANTINED.model_copy(update={"batch": batch}).model_dump(mode="json"))
    write_night(on("b", "2016-03-01T00:00:00+00:00"))
    assert names() == ["a1", "a2", "b"]


def test_a_night_joins_its_drift_and_its_performance() -> None:
    write_three_nights()
    ordinary, refused, strangers = read_history()
    assert (ordinary.drifted_share, refused.drifted_share) == (0.0, None)
    assert strangers.drifted_share == pytest.approx(2 / 6)
    assert ordinary.performance is not None
    assert (ordinary.performance.n, ordinary.performance.version) == (240, "v0001")
    assert (refused.performance, strangers.performance) == (None, None)


def test_a_write_that_was_killed_is_no_verdict() -> None:
    write_night(STRANGERS)
    paths.night_record("night-003").rename(paths.night_record("x").with_name(".night-003.json.77.tmp"))
    assert names() == []


def test_no_record_is_an_empty_history() -> None:
    assert read_history() == []


def test_a_batch_without_a_verdict_says_how_to_get_one() -> None:
    with pytest.raises(UserError, match=r"flows\.recrawl --batch may"):
        find_night("may")


def test_a_finding_of_the_gate_is_kept_as_it_is_and_hostile_text_too() -> None:
    found = {"rule": "r", "column": "", "severity": "critical", "passed": False, "count": 2, "pids": (1, 2),
             "reason": HOSTILE}  # fmt: skip
    record = NightRecord.model_validate(QUARANTINED.model_dump() | {"findings": (found,)})
    write_night(record)
    (rule,) = read_night(REFUSED).findings
    assert (rule.count, rule.pids, rule.reason) == (2, (1, 2), HOSTILE)


def test_an_unknown_verdict_is_refused() -> None:
    with pytest.raises(ValidationError, match="verdict"):
        NightRecord.model_validate(ORDINARY.model_dump() | {"verdict": "perhaps"})
