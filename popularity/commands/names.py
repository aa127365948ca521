"""Names on the command line: what a shell completes them to, and what is said of one that is not known.

Completion reads folders and params.yaml as they lie there: it answers at once, in a project that is out of order too.
"""

from enum import StrEnum
from typing import Any

import typer
import yaml

from popularity import paths
from popularity.errors import nearest


def batch_names(incomplete: str) -> list[str]:
    """The batches of params.yaml that begin so."""
    try:
        batches = yaml.safe_load(paths.PARAMS.read_text(encoding="utf-8"))["batches"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        return []
    return [name for name in batches if str(name).startswith(incomplete)] if isinstance(batches, dict) else []


def champion_versions(incomplete: str) -> list[str]:
    """The bundles of models/champions/ that begin so."""
    return sorted(folder.name for folder in paths.CHAMPIONS.glob("v[0-9]*") if folder.name.startswith(incomplete))


def one_of(choices: type[StrEnum]) -> dict[str, Any]:
    """Of an option or argument: it takes one of these, and of another word says which of them is nearest."""
    names = [choice.value for choice in choices]

    def parse(word: str) -> StrEnum:
        if word not in names:
            raise typer.BadParameter(f"{word!r} is not one of {', '.join(names)}{nearest(word, names)}")
        return choices(word)

    return {
        "parser": parse,
        "metavar": f"[{'|'.join(names)}]",
        "autocompletion": lambda incomplete: [name for name in names if name.startswith(incomplete)],
    }
