"""What Evidently's dashboard is given: the record's figures, at dates that ascend."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kit.nights import ORDINARY, QUARANTINED, write_three_nights
from popularity.monitoring.history import Night, read_history
from popularity.pages.dashboard import PROJECT_ID, dates, figures, rebuild


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Night]:
    monkeypatch.chdir(tmp_path)
    write_three_nights()
    return read_history()


def test_a_labelled_night_gives_every_figure(history: list[Night]) -> None:
    performance = history[0].performance
    assert performance is not None
    assert figures(history[0]) == {
        "drifted_share": 0.0, "alive_share": 0.513333, "rows": 300, "critical": 0, "warning": 1,
        "prediction_drift": 0.1043, "prediction_limit": 0.2417, "label_drift": 0.1129, "label_limit": 0.2388,
        "mae": performance.mae, "user_mean_mae": performance.user_mean_mae,
    }  # fmt: skip


def test_what_is_not_known_is_left_out_and_not_zero(history: list[Night]) -> None:
    assert figures(history[1]) == {"critical": 1, "warning": 0}
    assert not {"mae", "user_mean_mae", "label_drift"} & set(figures(history[2]))


def test_a_batch_in_quarantine_stands_a_second_behind_the_one_before(history: list[Night]) -> None:
    assert dates(history)[1] == datetime(2016, 3, 1, 22, 41, 8, tzinfo=UTC)
    assert dates(history) == sorted(dates(history))


def test_a_batch_in_quarantine_before_all_others_comes_a_day_earlier() -> None:
    refused, ordinary = (Night(record, (), None) for record in (QUARANTINED, ORDINARY))
    first, second = dates([refused, ordinary])
    assert first < second
    assert first.date() == datetime(2016, 2, 29, tzinfo=UTC).date()


def test_batches_in_quarantine_alone_have_dates_too() -> None:
    refused = Night(QUARANTINED, (), None)
    assert len(set(dates([refused, refused]))) == 2


def test_a_rebuild_replaces_what_was_there(history: list[Night], tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    rebuild(history, folder)
    rebuild(history[:1], folder)
    assert len(list((folder / str(PROJECT_ID) / "snapshots").iterdir())) == 1
    assert [path.name for path in folder.parent.iterdir() if "tmp" in path.name] == []


def test_an_empty_record_is_an_empty_project(tmp_path: Path) -> None:
    rebuild([], tmp_path / "workspace")
    assert (tmp_path / "workspace" / str(PROJECT_ID) / "dashboard.json").is_file()
