"""What Evidently's dashboard is given: the record's figures, at dates that ascend."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kit.nights import ORDINARY, QUARANTINED, write_three_nights
from popularity.monitoring.history import Night, read_history
from popularity.pages.dashboard import LATEST, PANELS, PROJECT_ID, dates, drawn, figures, rebuild


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Night]:
    monkeypatch.chdir(tmp_path)
    write_three_nights()
    return read_history()


def test_a_labelled_night_gives_every_figure(history: list[Night]) -> None:
    performance = history[0].performance
    assert performance is not None
    assert figures(history[0]) == {
        "drifted": 0.0, "quiet": 100.0, "alive": 51.3333, "gone": 48.6667, "rows": 300, "critical": 0, "warning": 1,
        "prediction_drift": 0.1043, "prediction_limit": 0.2417, "label_drift": 0.1129, "label_limit": 0.2388,
        "mae": performance.mae, "user_mean_mae": performance.user_mean_mae,
    }  # fmt: skip


def test_what_is_not_known_is_left_out_and_not_zero(history: list[Night]) -> None:
    assert figures(history[1]) == {"critical": 1, "warning": 0}
    assert not {"mae", "user_mean_mae", "label_drift"} & set(figures(history[2]))


def test_a_panel_without_a_figure_is_left_out_and_so_is_a_counter(history: list[Night]) -> None:
    assert [panel.plot for panel in drawn(history, "views")] == [panel.plot for panel in (LATEST, *PANELS)]
    unlabelled = drawn(history[1:], "views")
    assert unlabelled[0].values == {"rows": "posts"}
    assert [panel.title for panel in unlabelled if "label" in panel.title] == []
    assert [panel.title for panel in drawn(history[1:2], "views")] == ["Broken rules of the gate, number"]
    assert "Broken rules" not in str(drawn(history[2:], "views"))  # none on any night


def test_every_panel_says_its_unit(history: list[Night]) -> None:
    units = {panel.title.rpartition(", ")[2] for panel in drawn(history, "views")[1:]}
    assert units == {"%", "standard deviations", "views", "number"}


def test_shares_fill_the_axis_to_the_last_bit(history: list[Night]) -> None:
    for share in (0.0, 1 / 3, 0.123456, 0.999999, 1.0):
        record = history[0].record.model_copy(update={"alive_share": share})
        found = figures(Night(record, (), None))
        assert found["alive"] + found["gone"] == 100


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
    rebuild(history, folder, "log2 views")
    rebuild(history[:1], folder, "log2 views")
    assert len(list((folder / str(PROJECT_ID) / "snapshots").iterdir())) == 1
    assert [path.name for path in folder.parent.iterdir() if "tmp" in path.name] == []


def test_an_empty_record_is_an_empty_project(tmp_path: Path) -> None:
    rebuild([], tmp_path / "workspace", "log2 views")
    assert (tmp_path / "workspace" / str(PROJECT_ID) / "dashboard.json").is_file()
