"""After three nights both dashboards, opened in a browser, show the record and ask the network for nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from kit.browsing import DESKTOP, PHONE, Visit
from kit.evidently_ui import PATIENCE_S, evidently_ui
from kit.nights import HOSTILE, write_three_nights
from kit.project import lay_out
from popularity import paths
from popularity.cli import cli
from popularity.monitoring.history import Night, read_history
from popularity.pages.dashboard import drawn, figures
from popularity.pages.digits import three
from popularity.settings import load_settings

pytestmark = pytest.mark.slow


@dataclass
class Proxy:
    """Where a program that would leave the machine is sent; it answers nothing and keeps what was asked for."""

    asked: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(4096).split(b"\r\n")[0])


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Night]]:
    """Three nights on record in the current folder, with what `popularity monitor rebuild` makes of them."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("nights")
        lay_out(folder)
        patch.chdir(folder)
        write_three_nights()
        done = CliRunner().invoke(cli, ["monitor", "rebuild"], catch_exceptions=False)
        assert "3 batches on record" in done.output
        yield read_history()


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    listening = Proxy()
    yield listening
    listening.socket.close()


@pytest.fixture(scope="module")
def dashboard(history: list[Night], proxy: Proxy) -> Iterator[str]:
    """The address of Evidently's UI, with no way out but by the proxy."""
    sent_here = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy.address)
    with evidently_ui({**sent_here, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}) as address:
        yield address


def test_evidently_shows_the_records_very_figures(history: list[Night], dashboard: str, visit: Visit) -> None:
    shown: dict[str, list[float]] = {}

    def keep(response: Any) -> None:
        if response.url.endswith("data_series_batch"):
            for series in response.json()["series"]:
                shown[series["params"]["column"]] = [value for value in series["values"] if value is not None]

    visit.page.on("response", keep)
    visit.page.goto(dashboard)
    visit.page.get_by_text("photo-popularity").click()
    panels = drawn(history, load_settings().label.unit)
    for panel in panels:
        expect(visit.page.get_by_text(panel.title, exact=True)).to_be_visible()
    known = [figures(night) for night in history]
    expected = {name: [night[name] for night in known if name in night] for panel in panels for name in panel.values}
    until = time.monotonic() + PATIENCE_S
    while shown.keys() != expected.keys() and time.monotonic() < until:
        visit.page.wait_for_timeout(100)
    assert shown == expected
    performance = history[0].performance
    assert performance is not None
    for figure in ("287", f"{performance.mae:.2f}", f"{performance.user_mean_mae:.2f}"):
        expect(visit.page.get_by_text(figure, exact=True)).to_be_visible()
    for date in ("2016-03-01 22:41:07", "2016-03-03 23:10:55"):
        expect(visit.page.get_by_text(date).first).to_be_visible()


def test_evidently_complains_of_nothing_and_stays_on_the_machine(dashboard: str, visit: Visit, proxy: Proxy) -> None:
    visit.page.goto(dashboard)
    visit.page.get_by_text("photo-popularity").click()
    visit.page.get_by_role("tab", name="Reports").click()
    visit.page.get_by_role("row").filter(has_text="night-003").get_by_role("link", name="View").click()
    expect(visit.page.get_by_text("48.8", exact=True)).to_be_visible()
    visit.page.wait_for_timeout(1000)  # for what comes late
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith((dashboard, "data:", "blob:"))] == []
    assert proxy.asked == []


def test_the_page_opens_from_disk_and_says_what_is_on_record(history: list[Night], visit: Visit) -> None:
    visit.page.context.set_offline(True)
    visit.page.goto(paths.MONITORING_REPORT.absolute().as_uri())
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Nothing is open")
    expect(visit.page.get_by_role("heading", level=2).first).to_have_text("The models should learn from it")
    strangers, refused, ordinary = visit.page.locator("table.nights tbody tr").all()
    performance = history[0].performance
    assert performance is not None
    for row, texts in (
        (strangers, ("night-003", "retrain", "47.4 % in 287 posts", "33.3 %", "2 of 6", "48.8 %", "no labels yet")),
        (refused, ("night-002", "stop", HOSTILE)),
        (ordinary, ("night-001", "ok", three(performance.mae), three(performance.user_mean_mae), "51.3 %", "of 300")),
    ):
        for text in texts:
            expect(row).to_contain_text(text)
        assert row.locator("svg").count() == 3
    assert visit.page.title() == "What the nights brought"

    refused.get_by_role("link").click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Refused at the door")
    visit.page.get_by_role("link", name="All batches").click()
    ordinary.get_by_role("link").click()
    expect(visit.page.get_by_text("Scores of v0001")).to_be_visible()
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize("batch", [None, "night-001", "night-002", "night-003"])
def test_no_page_is_wider_than_the_screen(
    history: list[Night], visit: Visit, size: tuple[int, int], batch: str | None
) -> None:
    visit.page.set_viewport_size({"width": size[0], "height": size[1]})
    page = paths.batch_page(batch) if batch else paths.MONITORING_REPORT
    visit.page.goto(page.absolute().as_uri())
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= size[0]
