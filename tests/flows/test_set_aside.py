"""A crawl that is refused: its record, its page, and what is left of it."""

from pathlib import Path

import pytest

from flows.recrawl import set_aside
from kit.gate_project import lay_out_batches
from popularity import paths
from popularity.checks.rules import Finding, write_findings
from popularity.monitoring.history import read_history, read_night
from popularity.settings import load_settings

BROKEN = Finding("at_most", "avgview", "critical", False, 60, (1001, 1002), "a unit is off")


@pytest.fixture(autouse=True)
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder: a project whose batch `night` is still in the inbox, and rows of it are set aside."""
    monkeypatch.chdir(tmp_path)
    lay_out_batches(tmp_path)
    paths.inbox("night").mkdir(parents=True)
    (paths.inbox("night") / "COMPLETE").touch()
    paths.rejected("night").parent.mkdir(parents=True)
    paths.rejected("night").write_text("file,row,pid,column,reason,value\n")


def test_what_the_rules_found_is_the_reason_and_all_of_it_moves() -> None:
    write_findings(paths.quality("posts", "night"), [BROKEN])
    record = set_aside("night", None, [])
    assert (record.verdict, record.critical, record.warning, record.version) == ("stop", 1, 0, None)
    assert record.reasons == (f"stop: Gate, critical: {BROKEN}.",)
    assert record.findings[0].pids == (1001, 1002)
    assert read_night("night") == record
    assert [night.record.batch for night in read_history()] == ["night"]
    assert list(load_settings().batches) == ["before"]
    assert not paths.posts("night").exists()
    assert not paths.inbox("night").exists()
    assert {path.name for path in paths.quarantine("night").iterdir()} == {
        "crawl", "night.csv", "night.html", "record.json",
    }  # fmt: skip
    page = (paths.quarantine("night") / "night.html").read_text()
    assert "a unit is off" in page
    assert 'href="../../../reports/monitoring.html"' in page
    assert paths.batch_page("night").read_text() == page.replace("../../../reports/", "../")
    assert "night" in paths.MONITORING_REPORT.read_text()


def test_what_a_stage_said_is_the_reason_where_no_rule_tells() -> None:
    paths.posts("night").unlink()
    record = set_aside("night", "posts.csv: not UTF-8\n  next: save it anew", [])
    assert record.reasons == ("stop: posts.csv: not UTF-8\n  next: save it anew",)
    assert (record.verdict, record.critical) == ("stop", 1)
    assert [rule.rule for rule in record.findings] == ["batch_can_be_read"]
    assert read_night("night") == record


def test_a_crawl_that_never_was_a_batch_is_set_aside_too() -> None:
    paths.inbox("Night 7").mkdir()
    record = set_aside("Night 7", "'Night 7' cannot name a batch", [])
    assert read_night("Night 7") == record
    assert set(load_settings().batches) == {"before", "night"}
    assert (paths.quarantine("Night 7") / "crawl").is_dir()
