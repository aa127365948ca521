"""Pages as a person opens them."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

PHONE, DESKTOP = (390, 800), (1100, 900)


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
