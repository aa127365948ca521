"""Names from elsewhere in what the flows print, log and show in Prefect's UI."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.pages import escaped, link
from kit.small_nights import start
from kit.small_project import Project


@pytest.mark.parametrize(
    ("name", "markdown"),
    [
        ("night-001", "night-001"),
        ("a_b*c", r"a\_b\*c"),
        ("[x](javascript:y)", r"\[x\](javascript:y)"),
        ("<img src=x>\n# big", r"\<img src=x\> \# big"),
        ("\x1b[31m|`", r"\\x1b\[31m\|\`"),
    ],
)
def test_markdown_takes_a_name_as_it_stands(name: str, markdown: str) -> None:
    assert escaped(name) == markdown
    assert link(name, Path("reports/a.html")).startswith(f"[{markdown}](file://")


@pytest.mark.slow
def test_the_name_of_a_folder_in_the_inbox_reaches_no_terminal_and_no_log(
    crowned: Project, enter: Callable[[Project], Project]
) -> None:
    project = enter(crowned)
    inbox = project.folder / "data/inbox"
    (inbox / "night-001").rename(inbox / "a\x1b]0;mine\x07\u202eb")
    assert start(project, "flows.recrawl").wait(600) == 2
    said = "".join((project.folder / ".work" / name).read_text() for name in ("stdout", "stderr"))
    assert "a\\x1b]0;mine\\x07\\u202eb" in said
    assert not [one for one in "\x1b\x07\u202e" if one in said]
