"""`dvc exp run -S KEY=VALUE` sets each key of params.yaml, and that key alone."""

import copy
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.hydra import apply_overrides
from dvc.utils.serialize import load_yaml

from kit.project import ROOT

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")
PARAMS: dict[str, Any] = yaml.safe_load(TEXT)


def leaves(section: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in section.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


def others(value: object) -> list[tuple[str, object]]:
    """Other values, each as -S writes it, and as it is read."""
    match value:
        case bool():
            return [(str(not value).lower(), not value)]
        case int() | float():
            return [(str(value / 4), value / 4)]
        case list():
            return [("[one,other]", ["one", "other"]), ("[]", [])]
    return [("other", "other")]


def value_of(key: str) -> Any:
    found: Any = PARAMS
    for part in key.split("."):
        found = found[part]
    return found


def with_value(key: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(PARAMS)
    *sections, last = key.split(".")
    inside = changed
    for section in sections:
        inside = inside[section]
    inside[last] = value
    return changed


def comments(text: str) -> list[str]:
    return [line.partition("#")[2].strip() for line in text.splitlines() if "#" in line]


def shared(some: list[str], others: list[str]) -> int:
    """How many lines both start with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False)))


@pytest.mark.parametrize(
    ("key", "said", "value"), [(key, *other) for key in leaves(PARAMS) for other in others(value_of(key))]
)
def test_a_key_is_set_alone(key: str, said: str, value: object, tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(TEXT, encoding="utf-8")
    old = value_of(key)
    apply_overrides(file, [f"{key}={said}"])
    assert load_yaml(file) == with_value(key, value)
    text = file.read_text(encoding="utf-8")
    assert comments(text) == comments(TEXT)
    before, after = (list(filter(None, some.splitlines())) for some in (TEXT, text))
    same = shared(before, after) + shared(before[::-1], after[::-1])
    own, new = (len(some) if isinstance(some, list) else 0 for some in (old, value))
    assert (len(before) - same <= 1 + own, len(after) - same <= 1 + new) == (True, True)


def test_no_value_stands_for_two_keys() -> None:
    assert not [event for event in yaml.parse(TEXT) if getattr(event, "anchor", None)]


def test_the_cnn_and_the_fusion_start_from_the_same_values() -> None:
    assert PARAMS["fuse"] == PARAMS["train_cnn"]
