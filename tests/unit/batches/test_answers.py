from pathlib import Path

import pandas as pd
import pytest

from kit.project import lay_out, set_param
from popularity import paths
from popularity.batches.answers import recent_temporary
from popularity.posts import ANSWERS, POSTS, write_table

NOW = 1_700_000_000
DAY_S = 86_400


def write_batch(name: str, *, posted: int, final: bool) -> None:
    """Two posts, the later one posted then, and an answer that is final and one that may not be."""
    posts = POSTS.empty_table().to_pandas().reindex(range(2))
    texts = dict.fromkeys(("alltags", "title", "description"), "")
    links = ["http://a.example/1", "http://a.example/2"]
    posts = posts.assign(pid=[1, 2], uid=1, postdate=[posted - 400 * DAY_S, posted], **texts, image_url=links)
    write_table(paths.posts(name), posts, POSTS)
    answers = pd.DataFrame({"link": links, "address": links, "outcome": "http status 503", "sha256": ""})
    write_table(paths.answers(name), answers.assign(final=[True, final]), ANSWERS)


def test_batches_crawled_lately_that_have_temporary_answers_are_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    of = {"source": "smp", "path": "crawl"}
    batches = {
        "said": {**of, "crawled": NOW - 13 * DAY_S},
        "said-long-ago": {**of, "crawled": NOW - 15 * DAY_S},
        "posted": of,
        "posted-long-ago": of,
        "final": {**of, "crawled": NOW},
        "not-fetched": {**of, "crawled": NOW},
    }
    set_param(tmp_path, "demo.batches", [])
    set_param(tmp_path, "batches", batches)
    set_param(tmp_path, "fetch.retry_days", 14)
    write_batch("said", posted=NOW - 900 * DAY_S, final=False)
    write_batch("said-long-ago", posted=NOW, final=False)
    write_batch("posted", posted=NOW - 13 * DAY_S, final=False)
    write_batch("posted-long-ago", posted=NOW - 15 * DAY_S, final=False)
    write_batch("final", posted=NOW, final=True)
    assert recent_temporary(NOW) == ["said", "posted"]
