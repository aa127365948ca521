"""A project in a folder of its own whose stages run in this process, for tests that need many runs."""

import importlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from popularity.batches.params_file import replace_value

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class DemoProject:
    """The current folder, with params.yaml and expectations/ as in the repository."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def run(self, stage: str, *args: str) -> None:
        """Run a stage's main as DVC would."""
        self.monkeypatch.setattr(sys, "argv", [stage, *args])
        importlib.import_module(f"stages.{stage}").main()


def lay_out(folder: Path, raw: Path | None = None) -> None:
    """Copy what the stages read besides data; raw: a drawn demo to start from."""
    shutil.copy(ROOT / "params.yaml", folder)
    shutil.copytree(ROOT / "expectations", folder / "expectations")
    shutil.copytree(ROOT / "data/visits", folder / "data/visits")
    if raw is not None:
        shutil.copytree(raw, folder / "data/raw/demo")


def set_param(folder: Path, key: str, value: object) -> None:
    """Give one key of the folder's params.yaml, named with its sections, another value, or one where it has none."""
    file = folder / "params.yaml"
    text, keys = file.read_text(encoding="utf-8"), key.split(".")
    try:
        file.write_text(replace_value(text, keys, value), encoding="utf-8")
    except KeyError:
        editor = YAML()
        params = editor.load(text)
        inside = params
        for section in keys[:-1]:
            inside = inside[section]
        inside[keys[-1]] = value
        editor.dump(params, file)
