"""What scores sentences: a folder here for each name that params may give, with all files that are its own.

It has `Options`, a section of params, and `open_with(options)`, a context manager that yields a Backend. What two
backends share lies outside: `text_features` depends on the folder of the one that is chosen.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from pydantic import ValidationError

from popularity.arrays import FloatArray
from popularity.errors import UserError


class Backend(Protocol):
    """Scores sentences, none of them empty."""

    def score(self, sentences: Sequence[str]) -> FloatArray:
        """0 very negative to 4 very positive, shape (n,); a sentence's score does not depend on the others."""


def backend_names() -> list[str]:
    """Every name that params may give."""
    return sorted(file.parent.name for file in Path(__file__).parent.glob("*/__init__.py"))


@contextmanager
def open_backend(name: str, options: Mapping[str, Any]) -> Iterator[Backend]:
    """The backend of that name, closed after the block. Raises UserError for a name or an option that there is not."""
    if wrong := problems(name, options):
        raise UserError(f"text_features: {'; '.join(wrong)}", next_step="mend what it names")
    module = _module(name)
    with module.open_with(module.Options.model_validate(dict(options))) as backend:
        yield backend


def problems(name: str, options: Mapping[str, Any]) -> list[str]:
    """What is wrong with a backend's name or its options, each by its key. Imports no library that a backend needs."""
    if name not in backend_names():
        return [f"no sentiment backend {name!r}; there are {', '.join(backend_names())}"]
    try:
        _module(name).Options.model_validate(dict(options))
    except ValidationError as error:
        return [f"backends.{'.'.join(map(str, (name, *e['loc'])))}: {e['msg']}" for e in error.errors()]
    return []


def _module(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name}")
