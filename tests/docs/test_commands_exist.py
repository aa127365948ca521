"""Every command that a page prints is there, with the options that it is printed with."""

import ast
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import pytest
from dvc.cli.parser import get_main_parser
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from kit.printed_commands import Printed, pages, printed_in
from kit.project import ROOT
from popularity.cli import cli

PLACEHOLDER = re.compile(r"[A-Z_]+|\.\.\.|…")
"""What stands for a name of one's own."""

PRINTED = [one for page in pages() for one in printed_in(page)]


class NoSuchError(Exception):
    """A command, or an option of it, that is not there."""


def popularity(words: list[str], whole: bool) -> None:
    """whole: parse it as it is typed; else it may leave out what is needed, and ids may be placeholders."""
    command: TyperGroup | TyperCommand = cast("TyperGroup", get_command(cli))
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        if words[0] not in command.commands and command.name != "quality":
            raise NoSuchError(f"{words[0]} is none of {sorted(command.commands)}")
        found = command.commands.get(words[0])
        command, words = (found, words[1:]) if found else (command.commands["check"], words)
    if isinstance(command, TyperGroup):
        whole = False
    options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    any_options = command.context_settings.get("ignore_unknown_options")
    given = {word.split("=")[0] for word in words if word.startswith("-")}
    if not any_options and (unknown := given - options - {"--help"}):
        raise NoSuchError(f"no options {unknown}")
    if whole and "--help" not in given:
        command.make_context("popularity", list(words))


def python(words: list[str], whole: bool) -> None:
    module = words[words.index("-m") + 1]
    if PLACEHOLDER.fullmatch(module.rpartition(".")[2]):
        return
    found = find_spec(module)
    if found is None or found.origin is None:
        raise NoSuchError(f"no module {module}")
    given = {word.split("=")[0] for word in words[words.index("-m") + 2 :] if word.startswith("--")}
    if unknown := given - _of_argparse(Path(found.origin)):
        raise NoSuchError(f"{module} has no {unknown}")


def _of_argparse(file: Path) -> set[str]:
    """The options that a module's source adds to a parser."""
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    added = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"]
    return {str(name.value) for call in added for name in call.args if isinstance(name, ast.Constant)} | {"--help"}


def make(words: list[str], whole: bool) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets, variables = (
        set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)),
        set(re.findall(r"\((\w+)\)", makefile)),
    )
    for word in words:
        name, assigned, _ = word.partition("=")
        if name not in (variables if assigned else targets):
            raise NoSuchError(f"no {name} in the Makefile")


def dvc(words: list[str], whole: bool) -> None:
    get_main_parser().parse_args(words)  # raises DvcParserError


CHECKS: dict[str, Callable[[list[str], bool], None]] = {
    "popularity": popularity, "python": python, "make": make, "dvc": dvc,
}  # fmt: skip


def problems(printed: Printed) -> list[str]:
    found = []
    for program, *words in printed.calls:
        try:
            CHECKS.get(program, lambda words, whole: None)(words, printed.fenced)
        except Exception as error:  # noqa: BLE001, each parser raises its own
            found.append(f"{printed.page}: {printed.text}: {type(error).__name__}: {error}")
    return found


def test_every_command_that_is_printed_is_there_with_its_options() -> None:
    assert [problem for printed in PRINTED for problem in problems(printed)] == []


def test_commands_of_each_kind_are_found_on_the_pages() -> None:
    fenced = [one for one in PRINTED if one.fenced]
    called = [call[0] for one in PRINTED for call in one.calls]
    assert len(fenced) > 60
    assert all(called.count(program) >= 5 for program in ("popularity", "python", "make", "dvc", "git", "docker"))


@pytest.mark.parametrize(
    "text",
    [
        "popularity preditc",
        "popularity predict --bacth demo",
        "popularity explain pid",
        "true && popularity champion promot v0001",
        "docker compose run --rm worker popularity scores --protocl forward",
        "python -m flows.nigth",
        "python -m flows.night --night 7",
        "make nigth",
        "make night NIGHT=7",
        "dvc repro --singel-item x",
        "KERAS_BACKEND=jax dvc rpro",
    ],
)
def test_a_command_that_is_not_there_is_found(text: str) -> None:
    assert problems(Printed("page.md", text, fenced=True))
