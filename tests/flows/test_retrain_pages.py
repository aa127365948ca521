"""What came of a retrain stands on the pages of the nights that asked for it, and on that of champions."""

from pathlib import Path

import pytest

from flows.retrain import tell_on_pages
from kit.nights import write_three_nights
from kit.project import lay_out
from kit.reading import Page
from popularity import paths
from popularity.monitoring.requests import answer, call_for, read_requests


def test_the_nights_that_asked_say_what_came_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    write_three_nights()
    call_for("night-003"), call_for("killed-before-its-verdict")
    for request in read_requests():
        answer(request, "fulfilled", "v0002 is promoted")
    tell_on_pages([request.batch for request in read_requests()])
    for page in (paths.batch_page("night-003"), paths.CHAMPIONS_PAGE):
        assert "It asked for a retrain, and this came of it: v0002 is promoted." in Page(page).text
    assert [page.stem for page in paths.BATCH_PAGES.iterdir()] == ["night-003"]
    assert "champions.html" in Page(paths.INDEX).links
