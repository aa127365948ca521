"""The evaluation report of a small demo, opened in a browser: all of it shows, and nothing is wider than the screen."""

from typing import Literal

import pandas as pd
import pytest
from playwright.sync_api import expect

from kit.browsing import DESKTOP, PHONE, Visit, faults
from kit.small_project import Project
from popularity import paths
from popularity.pages.contact_sheet import SIDE_PX, shorten
from popularity.posts import POSTS, write_table
from stages import evaluate

pytestmark = pytest.mark.slow

TITLES = [
    "<script>document.body.innerHTML = 'gone'</script>",
    "'\"><img src=x onerror=\"document.body.innerHTML = 'gone'\">",
    "\u05e9\u05dc\u05d5\u05dd, \u05e2\u05d5\u05dc\u05dd",  # read from right to left
    "\u202eturned around and never back",
    "W" * 10_000,
    "",
]


@pytest.fixture(scope="module")
def report(template: Project, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the report lies, made anew with titles that a page could stumble over."""
    project = template.copied(tmp_path_factory.mktemp("titles"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.folder)
        posts = pd.read_parquet(paths.posts("demo"))
        titles = [TITLES[place % len(TITLES)] for place in range(len(posts))]
        write_table(paths.posts("demo"), posts.assign(title=titles), POSTS)
        evaluate.main()
        return paths.EVALUATION_REPORT.absolute().as_uri()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_every_photo_shows_and_nothing_is_wider_than_the_screen(
    report: str, visit: Visit, size: tuple[int, int]
) -> None:
    visit.page.set_viewport_size({"width": size[0], "height": size[1]})
    visit.page.context.set_offline(True)
    visit.page.goto(report)
    expect(visit.page.get_by_role("heading", name="The photos")).to_be_visible()
    pictures = visit.page.locator(".sheet img").all()
    assert len(pictures) > 8
    for picture in pictures:
        assert 0 < picture.evaluate("image => Math.max(image.naturalWidth, image.naturalHeight)") <= SIDE_PX
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    boxes = [figure.bounding_box() for figure in visit.page.locator(".sheet figure").all()]
    assert max(box["height"] for box in boxes if box) < 300  # the title of 10,000 characters is cut
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(("file:", "data:"))] == []


def test_on_a_phone_a_strip_scrolls_inside_itself(report: str, visit: Visit) -> None:
    visit.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    visit.page.goto(report)
    strip = visit.page.get_by_role("group", name="Predicted highest")
    assert strip.evaluate("strip => strip.scrollWidth > strip.clientWidth")
    strip.focus()
    visit.page.keyboard.press("ArrowRight")
    visit.page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_titles_are_words_and_keep_their_direction_to_themselves(report: str, visit: Visit) -> None:
    visit.page.goto(report)
    titles = visit.page.locator(".sheet b")
    shown = set(titles.all_text_contents())
    assert shown <= {shorten(title) or "No title" for title in TITLES}
    assert len(shown) > 3
    assert visit.page.locator("script").count() == 0
    directions = titles.evaluate_all("titles => titles.map(title => getComputedStyle(title).unicodeBidi)")
    assert set(directions) == {"isolate"}


CHARTS = ("predicted", "calibration", "sizes", "hours", "time")
"""Places of a population's section that hold drawings."""
COLOUR = "mark => getComputedStyle(mark)[mark.tagName === 'circle' ? 'fill' : 'stroke']"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_every_chart_names_its_axes_and_lies_within_the_screen(
    report: str, visit: Visit, scheme: Literal["light", "dark"]
) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    visit.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    visit.page.goto(report)
    paper = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    for population in ("all_posts", "posts_with_photo"):
        section = visit.page.locator(f"#{population}")
        panels = section.locator(".panel").all()
        assert len(panels) >= 2 * len(CHARTS)
        for panel in panels:
            box = panel.bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= PHONE[0]
            up, across = panel.locator("svg > text").all_text_contents()[:2]
            assert up.endswith(("views", "%"))
            assert across.endswith(("views", "UTC", "lowest first", "learned from"))
            small = panel.locator("svg > text").first.bounding_box()
            assert small is not None
            assert small["height"] >= 12
            assert panel.locator(".dot, .dots").first.evaluate(COLOUR) not in ("none", paper)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_on_a_phone_wide_tables_scroll_inside_themselves(report: str, visit: Visit) -> None:
    visit.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    visit.page.goto(report)
    tables = visit.page.locator("table").all()
    assert len(tables) > 10
    outside = "table => table.closest('.scroll').getBoundingClientRect().right"
    assert max(table.evaluate(outside) for table in tables) <= PHONE[0]
    wider = "table => table.closest('.scroll').scrollWidth > table.closest('.scroll').clientWidth"
    assert any(table.evaluate(wider) for table in tables)


def test_the_page_opens_with_three_sentences_and_each_link_of_its_contents_leads_where_it_says(
    report: str, visit: Visit
) -> None:
    visit.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    visit.page.goto(report)
    assert visit.page.locator("header .verdict").count() == 3
    links = visit.page.get_by_role("navigation").get_by_role("link").all()
    assert len(links) > 20
    for link in links:
        title = link.text_content()
        link.click()
        there = visit.page.locator(":target")
        heading = there if there.evaluate("place => place.tagName") == "H3" else there.locator("h2").first
        assert heading.text_content() == title
        expect(heading).to_be_in_viewport()


def test_the_report_is_read_by_everybody_everywhere(report: str, visit: Visit) -> None:
    assert faults(visit, report) == []
