"""The posts suite on a batch alone: what stops it, what warns, and what is told about it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity import paths
from popularity.checks.posts_table import posts_table
from popularity.checks.rules import Finding, check, read_findings, stop_on_critical, write_findings
from popularity.errors import UserError
from popularity.posts import POSTS

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


def posts(**columns: object) -> pd.DataFrame:
    """Ten good posts, with these columns changed."""
    frame = pd.DataFrame(dict.fromkeys(POSTS.names, 1.0), index=range(10))
    texts = {"alltags": "cat", "title": "a cat", "description": "asleep", "image_url": "images/1.jpg"}
    frame = frame.assign(pid=range(1, 11), uid=7, postdate=1_500_000_000, **texts)
    return posts_table(frame.assign(**columns))


def failed(frame: pd.DataFrame) -> list[Finding]:
    return [finding for finding in check(frame, "posts") if not finding.passed]


def test_good_posts_pass_every_rule() -> None:
    assert failed(posts()) == []


def test_empty_counts_are_legal() -> None:
    assert failed(posts(commentcount=np.nan, haspeople=np.nan, avgview=np.nan)) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("postdate", 1_500_000_000_000),
        ("commentcount", -1.0),
        ("haspeople", 2.0),
        ("titlelen", -1.0),
        ("groupcount", -3.0),
    ],
)
def test_an_impossible_value_is_critical_and_names_five_pids(column: str, value: float) -> None:
    (finding,) = failed(posts(**{column: value}))
    assert (finding.column, finding.severity, finding.count) == (column, "critical", 10)
    assert finding.pids == (1, 2, 3, 4, 5)


def test_a_pid_twice_is_critical() -> None:
    (finding,) = failed(posts(pid=[1, 1, *range(3, 11)]))
    assert (finding.column, finding.severity, set(finding.pids)) == ("pid", "critical", {1})


def test_no_post_at_all_is_critical() -> None:
    assert [(f.rule, f.severity) for f in failed(posts()[:0])] == [("expect_table_row_count_to_be_between", "critical")]


def test_a_tagcount_that_contradicts_the_tags_warns() -> None:
    (finding,) = failed(posts(tagcount=30.0))
    assert (finding.column, finding.severity) == ("tagcount and tags_in_alltags", "warning")


@pytest.mark.parametrize(
    "alltags", ["#sea#sky#fog", "sea, sky;fog", "['sea', 'sky', 'fog']", '["sea", "sky", "fog"]', "Sea. sky! (sea) -"]
)
def test_tags_are_counted_as_they_are_read(alltags: str) -> None:
    assert failed(posts(alltags=alltags, tagcount=3.0)) == []
    assert len(failed(posts(alltags=alltags, tagcount=1.0))) == 1


def test_a_word_for_no_tags_is_no_tag() -> None:
    assert failed(posts(alltags="nan", tagcount=0.0)) == []


def test_a_missing_column_fails_the_schema_and_its_own_rules() -> None:
    schema, *own = failed(posts().drop(columns="uid"))
    assert schema.rule == "expect_table_columns_to_match_set"
    assert {finding.rule for finding in own} == {
        "expect_column_values_to_be_of_type",
        "expect_column_values_to_not_be_null",
    }
    assert any('column "uid"' in finding.reason for finding in own)


def test_a_column_of_another_type_is_critical() -> None:
    (finding,) = failed(posts(uid=[f"{n}" for n in range(10)]))
    assert (finding.rule, finding.column, finding.count) == ("expect_column_values_to_be_of_type", "uid", 10)


DAY = 86_400


@pytest.mark.parametrize(
    ("days", "ahead"),
    [
        ([*range(40), 30_000], 1),
        ([*range(40), 30_000, 30_001], 2),
        ([*range(40), 400], 0),  # a year's pause is one
        ([*range(0, 4000, 100), 5000], 0),
        ([*range(20), *range(30_000, 30_020)], 0),  # half of a crawl is no clock
        ([0, 30_000], 0),
        ([5], 0),
    ],
)
def test_posts_far_ahead_of_all_others_warn(days: list[int], ahead: int) -> None:
    frame = pd.DataFrame(dict.fromkeys(POSTS.names, 1.0), index=range(len(days)))
    dates = 1_000_000_000 + DAY * np.array(days)
    frame = frame.assign(pid=range(len(days)), uid=7, postdate=dates, alltags="a", title="b", description="c")
    findings = [one for one in check(posts_table(frame), "posts") if one.column == "ahead_of_all_others"]
    assert [(one.severity, one.count) for one in findings] == [("warning", ahead)]


def test_rules_that_need_earlier_batches_are_left_out_alone() -> None:
    assert not [finding for finding in check(posts(), "posts") if finding.column == "avgview_to_usual"]


@pytest.mark.parametrize("content", ["{", '{"expectations": [{"type": "x"}]}', "[]"])
def test_a_suite_that_is_none_is_told(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "posts.json").write_text(content)
    monkeypatch.setattr(paths, "EXPECTATIONS", tmp_path)
    with pytest.raises(UserError, match=r"posts\.json is no suite"):
        check(posts(), "posts")


def test_findings_are_read_as_they_were_written(tmp_path: Path) -> None:
    findings = check(posts(commentcount=-1.0), "posts")
    write_findings(tmp_path / "found.json", findings)
    assert read_findings(tmp_path / "found.json") == findings


def test_the_error_names_rule_column_count_and_pids() -> None:
    findings = check(posts(commentcount=-1.0), "posts")
    expected = "commentcount values must be at least 0; 10 of 10 rows are not so, pids 1, 2, 3, 4, 5"
    with pytest.raises(UserError, match=expected):
        stop_on_critical(findings, table="batch b", next_step="mend it")


def test_a_warning_is_printed_and_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stop_on_critical(check(posts(title=""), "posts"), table="batch b", next_step="mend it")
    assert "warning: batch b: title values must be at least 1 characters long" in capsys.readouterr().err
