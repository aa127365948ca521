"""Edits of one mapping of a YAML file that leave every other line, comment and blank as it is.

A round trip through a YAML library rewraps lists, moves comments and turns `null` into nothing; here only the
lines of the entries themselves change.
"""

import re
from collections.abc import Container, Sequence
from typing import Any

import yaml


def add_entry(text: str, parent: str, key: str, value: Any) -> str:
    """Add `key: value`, on one line, after the last entry of the top-level mapping `parent`."""
    mapping = _child(text, parent)
    if mapping.flow_style:  # {}: an empty mapping has no other form
        entries = {**yaml.safe_load(text)[parent], key: value}
        block = "".join(f"\n  {_key(name)}: {_one_line(entry)}" for name, entry in entries.items())
        return text[: mapping.start_mark.index].rstrip(" ") + block + text[mapping.end_mark.index :]
    lines = text.splitlines()
    indent = " " * mapping.value[0][0].start_mark.column
    lines.insert(_last_line(mapping) + 1, f"{indent}{_key(key)}: {_one_line(value)}")
    return "\n".join(lines) + "\n"


def drop_entries(text: str, parent: str, keys: Container[str]) -> str:
    """Take these entries out of the top-level mapping `parent`, which becomes {} when none is left."""
    mapping = _child(text, parent)
    if mapping.flow_style:
        left = {key: value for key, value in yaml.safe_load(text)[parent].items() if key not in keys}
        return text[: mapping.start_mark.index] + _one_line(left) + text[mapping.end_mark.index :]
    gone = [(key, value) for key, value in mapping.value if key.value in keys]
    lines = text.splitlines()
    for key, value in reversed(gone):
        del lines[key.start_mark.line : _last_line(value) + 1]
    if len(gone) == len(mapping.value):
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{parent}:"))
        lines[at] = f"{parent}: {{}}" + lines[at].removeprefix(f"{parent}:")
    return "\n".join(lines) + "\n"


def replace_value(text: str, keys: Sequence[str], value: Any) -> str:
    """Put another value in place of the one that these keys lead to, from the top level down: a list on a line an item,
    and anything else on one line. A comment stays in its column.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    name, node = _entry(root, keys[0])
    for key in keys[1:]:
        name, node = _entry(node, key)
    lines = text.splitlines()
    at, behind = name.end_mark.line, name.end_mark.column + 1
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        comment = lines[at][behind:].lstrip()
        del lines[node.start_mark.line : _last_line(node) + 1]
    else:
        comment = lines[node.end_mark.line][node.end_mark.column :].lstrip()
        del lines[at + 1 : node.end_mark.line + 1]
    column = lines[at].index(comment) if comment else 0
    items = value if isinstance(value, list) else []
    said = lines[at][:behind] + ("" if items else f" {_one_line(value)}")
    lines[at] = f"{f'{said} '.ljust(column)}{comment}" if comment else said
    lines[at + 1 : at + 1] = [f"{' ' * name.start_mark.column}- {_one_line(item)}" for item in items]
    return "\n".join(lines) + "\n"


def _child(text: str, parent: str) -> yaml.MappingNode:
    _, child = _entry(yaml.compose(text, Loader=yaml.SafeLoader), parent)
    if not isinstance(child, yaml.MappingNode):
        raise KeyError(parent)
    return child


def _entry(mapping: yaml.Node | None, key: str) -> tuple[yaml.Node, yaml.Node]:
    """A mapping's key and value. Raises KeyError where there is no such key."""
    if isinstance(mapping, yaml.MappingNode):
        for name, value in mapping.value:
            if name.value == key:
                return name, value
    raise KeyError(key)


def _last_line(node: yaml.Node) -> int:
    """The line on which a node's text ends; to PyYAML a block ends where the next token begins, comments later."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(node, yaml.MappingNode) else last)
    return int(node.end_mark.line)


def _key(name: str) -> str:
    """A key that every reader of YAML takes for text: 2024-05-01 is a date to some, 1e5 a number, no a truth value."""
    return name if re.fullmatch(r"[a-z][a-z0-9_-]*", name) and yaml.safe_load(name) == name else f'"{name}"'


def _one_line(value: Any) -> str:
    dumped: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1e9)
    return dumped.removesuffix("...\n").strip()  # what ends the document of a bare scalar
