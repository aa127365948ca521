"""Pages as a person opens them: on a phone or a desk, by day or night, by keyboard alone, on paper."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PHONE, DESKTOP = (390, 800), (1100, 900)
DESK = (1280, 900)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PAPER = (717, 1000)
"""What Chromium prints on an A4 page, in CSS pixels, between its usual margins."""

LONG = 3
"""Screens; a longer page needs a table of contents."""

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
"""axe's names for the levels A and AA."""

PLACES = """() => {
  const scrolls = e => /auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1
  window.places = [...document.querySelectorAll('body *')].filter(
    e => e.getClientRects().length && (e.matches('a[href]') || scrolls(e)))
  return window.places.map(e => e.tagName + ' ' + (e.getAttribute('aria-label') || e.textContent).trim().slice(0, 60))
}"""
"""Links and boxes that scroll, in window.places; returns what to call each."""

FOCUS = """() => {
  const e = document.activeElement, style = getComputedStyle(e)
  const seen = e.matches(':focus-visible') && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
  return [window.places.indexOf(e), seen, e === document.body]
}"""

CUT = """() => [...document.querySelectorAll('*')].filter(
  e => getComputedStyle(e).overflowX !== 'visible' && getComputedStyle(e).display !== 'inline'
    && !e.closest('svg') && e.scrollWidth > e.clientWidth + 1
).map(e => e.tagName + ' ' + e.innerText.slice(0, 60))"""
"""Boxes that would print only a part of what is in them."""

COLOURS = "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"


@dataclass
class Visit:
    """A page in the browser, with everything that it complained of and asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def go(self, address: str, size: tuple[int, int]) -> None:
        """Open a page on a screen of that many CSS pixels."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.goto(address)


def faults(visit: Visit, address: str) -> list[str]:
    """What keeps somebody from reading a page or from getting about in it; nothing on a good one."""
    found: list[str] = []
    for size in (PHONE, DESK):
        visit.go(address, size)
        for scheme in SCHEMES:
            visit.page.emulate_media(color_scheme=scheme)
            found += [f"{size[0]} px, {scheme}: {one}" for one in _of_axe(visit.page)]
        if visit.page.evaluate("document.documentElement.scrollWidth") > size[0]:
            found.append(f"{size[0]} px: wider than the screen")
        found += [f"{size[0]} px: {one}" for one in _by_keyboard(visit.page)]
    found += _of_contents(visit.page)
    found += _on_paper(visit.page)
    found += [f"says {one}" for one in visit.complaints]
    found += [f"asks for {url}" for url in visit.requests if not url.startswith(("file:", "data:"))]
    return found


def _of_axe(page: Page) -> Iterator[str]:
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    for one in Axe().run(page, options=options).response["violations"]:
        first, *_ = nodes = one["nodes"]
        yield f"{one['id']}, {len(nodes)} times: {first['html'][:120]} {first['failureSummary']}"


def _by_keyboard(page: Page) -> Iterator[str]:
    """Links and boxes that scroll which Tab never reaches, or where nobody sees that it has."""
    places = page.evaluate(PLACES)
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0) }")
    left = set(range(len(places)))
    for _ in range(2 * len(places) + 20):
        page.keyboard.press("Tab")
        place, seen, over = page.evaluate(FOCUS)
        if over:  # the last one was before
            break
        left.discard(place)
        if not seen:
            yield f"focus is not seen on {places[place] if place >= 0 else 'something else'}"
    yield from (f"Tab never reaches {places[place]}" for place in sorted(left))


def _of_contents(page: Page) -> Iterator[str]:
    """On a desk, as the page stands."""
    screens = page.evaluate("document.documentElement.scrollHeight") / DESK[1]
    links = page.locator("nav.contents a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    if screens > LONG and not links:
        yield f"{screens:.1f} screens long, without a table of contents"
    yield from (f"the contents lead nowhere: {link}" for link in links if page.locator(link).count() != 1)


def _on_paper(page: Page) -> Iterator[str]:
    page.set_viewport_size({"width": PAPER[0], "height": PAPER[1]})
    page.emulate_media(media="screen", color_scheme="light")
    ink, _ = page.evaluate(COLOURS)
    page.emulate_media(media="print", color_scheme="dark")
    if (printed := page.evaluate(COLOURS)) != [ink, "rgb(255, 255, 255)"]:
        yield f"printed by night it is {' on '.join(printed)}"
    if page.evaluate("document.documentElement.scrollWidth") > PAPER[0]:
        yield "printed it is wider than the paper"
    yield from (f"printed it is cut off: {one}" for one in page.evaluate(CUT))
    page.emulate_media(media="screen", color_scheme="light")
