"""Commands as the pages print them: in fenced blocks, and between backticks in running text."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kit.project import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`]+)`")
ENDS = {"for": "done", "while": "done", "if": "fi"}
PROGRAMS = {
    "popularity", "python", "make", "dvc", "git", "docker", "prefect", "uv", "pip", "tar", "touch", "mkdir", "mv", "rm",
    "cp", "source", "export", "printf", "cd", "du", "truncate", *ENDS,
}  # fmt: skip
ASSIGNMENT = re.compile(r"[A-Za-z_]+=.*")


@dataclass(frozen=True)
class Printed:
    """A command. page: relative to the repository; text: on one line or more, without remarks; fenced: in a block."""

    page: str
    text: str
    fenced: bool

    @property
    def calls(self) -> list[list[str]]:
        """The words of each program that it calls, without what is assigned before and redirected after."""
        lexer = shlex.shlex(self.text, posix=True, punctuation_chars="();<>|&\n")
        lexer.whitespace, lexer.whitespace_split = " \t\r", True
        calls: list[list[str]] = [[]]
        redirected = False
        for word in lexer:
            if set(word) <= set("();|&\n"):
                calls.append([])
            elif set(word) <= set("<>"):
                redirected = True
                continue
            elif not redirected:
                calls[-1].append(word)
            redirected = False
        return [stripped for call in calls if (stripped := _without_wrapping(call))]


def pages() -> list[Path]:
    """README.md, CONTRIBUTING.md and docs/, in the order in which one reads them."""
    return [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), ROOT / "CONTRIBUTING.md"]


def printed_in(page: Path) -> list[Printed]:
    """All of a page, in its order; in blocks every statement, in running text what begins with a program's name."""
    text, name, found, end = page.read_text(encoding="utf-8"), page.relative_to(ROOT).as_posix(), [], 0
    for block in [*FENCE.finditer(text), None]:
        running = text[end : block.start()] if block else text[end:]
        spans = (" ".join(span.split()) for span in INLINE.findall(running))
        found += [Printed(name, span, fenced=False) for span in spans if " " in span and _is_command(span)]
        if block:
            end = block.end()
            if block[1] in ("", "bash", "sh") and _is_command(block[2]):
                found += [Printed(name, statement, fenced=True) for statement in _statements(block[2])]
    return found


def _is_command(text: str) -> bool:
    """Whether it begins with a program; `make night` in a table of words does, a file's name does not."""
    words = [word for word in text.split() if not ASSIGNMENT.fullmatch(word)]
    return bool(words) and words[0].removeprefix(".venv/bin/") in PROGRAMS


def _statements(block: str) -> Iterator[str]:
    """A block's lines without remarks, those of a loop together."""
    lines = iter([re.sub(r"(^|\s+)#.*", "", line) for line in block.splitlines()])
    for line in lines:
        if not line.strip():
            continue
        whole = [line]
        if (end := ENDS.get(line.split()[0])) and end not in line.replace(";", " ").split():
            for more in lines:
                whole.append(more)
                if more.strip() == end:
                    break
        yield "\n".join(whole)


def _without_wrapping(call: list[str]) -> list[str]:
    """The program and its words: no assignment, no word of a loop, and of `docker compose run` what is run."""
    words = list(call)
    while words and (ASSIGNMENT.fullmatch(words[0]) or words[0] in ("do", "then", "else", "if", "exec")):
        words = words[1:]
    if words[:2] == ["docker", "compose"] and "worker" in words and words[2] in ("run", "exec"):
        words = words[words.index("worker") + 1 :]
    return [words[0].removeprefix(".venv/bin/"), *words[1:]] if words else []
