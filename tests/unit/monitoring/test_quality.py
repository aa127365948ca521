"""The posts suite: what stops a batch, what warns, and what is told about it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity.errors import UserError
from popularity.monitoring.quality import Finding, check, stop_on_critical, with_tag_counts
from popularity.posts import POSTS
from popularity.sources.smp import read_crawl

SUITE = Path(__file__).resolve().parents[3] / "expectations" / "posts.json"


def posts(**columns: object) -> pd.DataFrame:
    """Ten good posts, with these columns changed."""
    frame = pd.DataFrame(dict.fromkeys(POSTS.names, 1.0), index=range(10))
    texts = {"alltags": "cat", "title": "a cat", "description": "asleep", "image_url": "images/1.jpg"}
    frame = frame.assign(pid=range(1, 11), uid=7, postdate=1_500_000_000, **texts)
    return with_tag_counts(frame.assign(**columns))


def failed(frame: pd.DataFrame) -> list[Finding]:
    return [finding for finding in check(frame, SUITE) if not finding.passed]


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


def test_a_missing_column_fails_its_rules_and_says_so() -> None:
    (finding,) = failed(posts().drop(columns="uid"))
    assert 'column "uid"' in finding.reason


def test_the_error_names_rule_column_count_and_pids() -> None:
    findings = check(posts(commentcount=-1.0), SUITE)
    expected = r"expect_column_values_to_be_between on column commentcount: 10 rows, pids 1, 2, 3, 4, 5"
    with pytest.raises(UserError, match=expected):
        stop_on_critical(findings, table="batch b", next_step="mend it")


def test_a_warning_is_printed_and_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stop_on_critical(check(posts(title=""), SUITE), table="batch b", next_step="mend it")
    assert "warning: batch b: expect_column_value_lengths_to_be_between on column title" in capsys.readouterr().out


@pytest.mark.long
@pytest.mark.parametrize("name", ["instagram", "instagram-profiles"])
def test_the_real_sets_pass(real_data: Path, name: str) -> None:
    assert failed(with_tag_counts(read_crawl(real_data / name, None, "log2_views").posts)) == []
