"""The record of drift: what is written is read, and an older one too."""

from math import isnan
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kit.nights import LABELLED, ORDINARY, QUIET
from kit.project import lay_out
from popularity import paths
from popularity.monitoring.history import write_night
from popularity.monitoring.record import DRIFT, read_drift, write_drift
from popularity.overviews import write_overviews
from popularity.pages.nights import write_batch_page

ADDED = ("reference_std", "current_std", "past", "reference_shares", "current_shares")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    return tmp_path


def test_what_is_written_is_read_in_its_order() -> None:
    drift = [*reversed(QUIET), LABELLED]
    write_drift("night-001", "v0001", drift)
    assert read_drift("night-001") == drift
    write_drift("night-001", "v0001", [])
    assert read_drift("night-001") == []


def test_a_record_from_before_spreads_and_shares_is_read_and_drawn() -> None:
    write_drift("night-001", "v0001", QUIET)
    path = paths.drift("night-001")
    pq.write_table(pq.read_table(path).drop_columns(list(ADDED)), path)
    assert pq.read_schema(path).names == [name for name in DRIFT.names if name not in ADDED]
    found = read_drift("night-001")
    assert [(one.column, one.value, one.current) for one in found] == [
        (one.column, one.value, one.current) for one in QUIET
    ]
    assert all(isnan(one.reference_std) and one.past is None and one.current_shares == () for one in found)
    write_night(ORDINARY)
    write_batch_page("night-001")
    write_overviews()
    for page in (paths.batch_page("night-001"), paths.MONITORING_REPORT):
        text = page.read_text(encoding="utf-8")
        assert "nan" not in text.partition("</style>")[2]
        assert "earlier posts" not in text
