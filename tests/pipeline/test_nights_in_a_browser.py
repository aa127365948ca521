"""Two nights and a month of them, in a browser: panels show points and say their unit, and pages are read whole."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from typer.testing import CliRunner

from kit.browsing import PHONE, Visit
from kit.evidently_ui import evidently_ui
from kit.nights import write_month
from kit.project import lay_out
from popularity import paths
from popularity.cli import cli
from popularity.monitoring.history import Night, read_history
from popularity.pages.dashboard import Panel, drawn, figures
from popularity.settings import load_settings

pytestmark = pytest.mark.slow

LAPTOP = (1280, 900)
UNITS = (", %", ", standard deviations", ", log₂ views", ", number")
POINTS = {"line": ".MuiMarkElement-root", "bar": ".MuiBarElement-root", "counter": "h2"}


@pytest.fixture(params=[2, 30])
def history(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Night]:
    """So many nights on record in the current folder, with what is drawn of them."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    write_month(request.param)
    CliRunner().invoke(cli, ["monitor", "rebuild"], catch_exceptions=False)
    return read_history()


def test_every_panel_of_evidently_has_points_and_a_unit_and_none_is_empty(history: list[Night], visit: Visit) -> None:
    visit.page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    panels = drawn(history, load_settings().label.unit)
    assert len(panels) == 8
    with evidently_ui() as address:
        visit.page.goto(address)
        visit.page.get_by_text("photo-popularity").click()
        cards = visit.page.locator(".MuiCard-root")
        expect(cards).to_have_count(len(panels))
        for panel in panels:
            card = cards.filter(has=visit.page.get_by_text(panel.title, exact=True))
            expect(card).to_contain_text(panel.subtitle)
            expect(card.locator(POINTS[panel.plot])).to_have_count(points(panel, history))
            if panel.plot != "counter":
                assert panel.title.endswith(UNITS)
                assert_it_is_drawn(card, panel)
            if panel.title.endswith("%"):
                ticks = card.locator(".MuiChartsAxis-directionY .MuiChartsAxis-tickLabel").all_text_contents()
                assert (ticks[0], ticks[-1]) == ("0", "100")
        said = visit.page.locator("body").inner_text().lower()
        assert [word for word in ("no value", "no data", "nan", "undefined", "empty") if word in said] == []
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= LAPTOP[0]
        assert visit.complaints == []


def points(panel: Panel, history: list[Night]) -> int:
    """How many marks, bars or numbers a panel has."""
    if panel.plot == "counter":
        return len(panel.values)
    known = [figures(night) for night in history]
    return sum(name in night for night in known for name in panel.values)


def assert_it_is_drawn(card: Locator, panel: Panel) -> None:
    """The legend names every figure, and some point lies inside the drawing and takes room."""
    for legend in panel.values.values():
        expect(card.locator(".MuiChartsLegend-label").get_by_text(legend, exact=True)).to_be_visible()
    frame = card.bounding_box()
    boxes = [box for point in card.locator(POINTS[panel.plot]).all() if (box := point.bounding_box())]
    assert frame is not None
    assert max(box["width"] * box["height"] for box in boxes) > 20
    assert all(frame["x"] <= box["x"] <= frame["x"] + frame["width"] for box in boxes)


@pytest.mark.parametrize("size", [PHONE, LAPTOP])
def test_the_pages_of_the_nights_are_read_without_scrolling_sideways(
    history: list[Night], visit: Visit, size: tuple[int, int]
) -> None:
    visit.page.set_viewport_size({"width": size[0], "height": size[1]})
    for page in (paths.MONITORING_REPORT, *(paths.batch_page(night.record.batch) for night in history[:7])):
        visit.page.goto(page.absolute().as_uri())
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        cut = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.innerText)"
        assert visit.page.locator(".scroll").evaluate_all(cut) == []
    visit.page.goto(paths.MONITORING_REPORT.absolute().as_uri())
    assert visit.page.locator("table.nights tbody tr").count() == len(history)
    weekday = visit.page.locator("table.stack tbody tr").filter(has_text="weekday")
    expect(weekday).to_contain_text("Monday 15.2 %")
    assert visit.complaints == []
