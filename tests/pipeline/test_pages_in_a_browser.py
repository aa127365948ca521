"""Every page of the nights, on a phone and a desk, by day and night, by keyboard alone and on paper."""

from pathlib import Path

import pytest

from kit.browsing import Visit, faults
from kit.bundles import put_bundle
from kit.nights import QUARANTINED, write_month, write_three_nights
from kit.project import lay_out
from popularity import paths
from popularity.files import write_json
from popularity.monitoring.history import read_night
from popularity.monitoring.requests import answer, call_for, open_requests
from popularity.overviews import write_overviews
from popularity.pages.nights import write_batch_page
from popularity.registry.history import promote

pytestmark = pytest.mark.slow

LONGEST = "w" * 90
"""A batch whose name no line holds."""

NIGHTS = {
    "ok": "night-001",
    "watch": "night-010",
    "retrain": "night-003",
    "stop": "night-006",
    "stop, long name": LONGEST,
}
PAGES = {
    "index": paths.INDEX,
    "monitoring": paths.MONITORING_REPORT,
    "champions": paths.CHAMPIONS_PAGE,
    **{verdict: paths.batch_page(batch) for verdict, batch in NIGHTS.items()},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month of nights, some of them open, and two bundles with what came of the retrains."""
    folder = tmp_path_factory.mktemp("pages")
    lay_out(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_month(20)
        write_three_nights()
        write_json(paths.refused(LONGEST), QUARANTINED.model_dump(mode="json") | {"batch": LONGEST})
        for batch in ("night-006", LONGEST):
            (paths.quarantine(batch) / "crawl").mkdir()
        figures = {"mae": 1.321, "factor": 2.2, "n": 364}
        split = {"dataset": {"split": {"mode": "newest", "newest": ["night-001", LONGEST]}}}
        for version in ("v0001", "v0002", "v0003"):
            put_bundle(version, metrics={"all_posts": {"cnn": {"test": figures}}}, params=split, label_of="views")
        promote("v0001"), promote("v0002")
        call_for("night-003"), call_for("night-001")
        told = (
            "v0002 is promoted: the candidate errs less: MAE 1.102 against 1.204, difference -0.102 (-0.140 to -0.061)"
        )
        answer(open_requests()[0], "fulfilled", told)
        for batch in NIGHTS.values():
            write_batch_page(batch)
        write_overviews()
        assert [read_night(batch).verdict for batch in NIGHTS.values()] == [name.split(",")[0] for name in NIGHTS]
    return folder


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_is_read_by_everybody_everywhere(folder: Path, visit: Visit, page: str) -> None:
    assert faults(visit, (folder / PAGES[page]).as_uri()) == []
