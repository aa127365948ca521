import sys
from pathlib import Path

import pandas as pd
import pytest

from popularity import paths
from popularity.checks.rules import read_findings
from popularity.files import read_json
from popularity.posts import POSTS, read_table, write_table
from stages import text_features

PROJECT = Path(__file__).parents[2]


def test_text_features_writes_tokens_sentiment_and_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["text_features", "demo"])
    paths.PARAMS.write_bytes((PROJECT / "params.yaml").read_bytes())
    paths.EXPECTATIONS.symlink_to(PROJECT / "expectations")
    posts = pd.DataFrame({field.name: "" if field.type == "string" else 0.0 for field in POSTS}, index=[0, 1]).assign(
        pid=[1, 2],
        uid=1,
        postdate=0,
        alltags=["#Sea sea", ""],
        title=["", "My cat"],
        description=["", "I love it, a beautiful day!"],
    )
    write_table(paths.posts("demo"), posts, POSTS)
    text_features.main()
    assert all(finding.passed for finding in read_findings(paths.quality("text", "demo")))
    text = read_table(paths.text("demo"))
    assert [list(tags) for tags in text["tags"]] == [["sea"], []]
    assert [list(words) for words in text["title"]] == [[], ["my", "cat"]]
    assert text["sentiment"].iloc[0] == 2.0 < text["sentiment"].iloc[1]
    assert read_json(paths.metrics("text_features", "demo")) == {
        "rows_in": 2,
        "rows_out": 2,
        "dropped": {},
        "without_tags": 1,
        "without_title": 1,
        "without_description": 1,
        "word_for_nothing": {"alltags": 0, "title": 0, "description": 0},
        "description_not_english": 0,
        "description_language_unknown": 0,
    }
