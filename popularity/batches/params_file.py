"""Edits of params.yaml that leave every other line, comment, quote and blank as it is.

ruamel.yaml hangs what follows an entry (a comment at its end, blank lines, the comment above the next one) on the last
value of that entry. Here it stays in its place when the entry goes, gets another value, or another comes after it.
"""

import io
from collections.abc import Container, Sequence
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from ruamel.yaml.tokens import CommentToken

WIDE = 1_000_000
"""Columns of a line: none is wrapped."""

BEFORE_VALUE = 3
"""Where ruamel.yaml keeps comments between a key and a value of several lines."""


def add_entry(text: str, parent: str, key: str, value: Any) -> str:
    """Add `key: value`, on one line, after the last entry of the top-level mapping `parent`."""
    params = _read(text)
    mapping = _mapping(params, parent)
    tail = _cut_tail(params, parent)
    mapping.fa.set_block_style()  # {}: an empty mapping has no other form
    mapping[_one_line(key)] = _one_line(value)
    _hang_tail(mapping, key, tail)
    return _write(params)


def drop_entries(text: str, parent: str, keys: Container[str]) -> str:
    """Take these entries out of the top-level mapping `parent`, which becomes {} when none is left."""
    params = _read(text)
    mapping = _mapping(params, parent)
    for key in [key for key in mapping if key in keys]:
        before = list(mapping)[: list(mapping).index(key)]
        tail = _cut_tail(mapping, key)
        del mapping[key]
        mapping.ca.items.pop(key, None)
        if before:
            _hang_tail(mapping, before[-1], tail)
        else:
            _hang(params, parent, tail)
    if not mapping:
        mapping.fa.set_flow_style()
    return _write(params)


def replace_value(text: str, keys: Sequence[str], value: Any) -> str:
    """Put another value in place of the one that these keys lead to, from the top level down: a list on a line an item,
    and anything else on one line. A comment stays in its column. Raises KeyError where there is no such key.
    """
    params = _read(text)
    mapping = params
    for key in keys[:-1]:
        mapping = _mapping(mapping, key)
    tail = _cut_tail(mapping, keys[-1])
    if keys[-1] in mapping.ca.items:
        mapping.ca.items[keys[-1]][BEFORE_VALUE] = None
    mapping[keys[-1]] = _lines(value) if isinstance(value, list) else _one_line(value)
    _hang_tail(mapping, keys[-1], tail)
    return _write(params)


def _yaml() -> YAML:
    """As DVC's, but lines are as long as they are, and quotes stay."""
    ours = YAML()
    ours.width = WIDE
    ours.preserve_quotes = True
    return ours


def _read(text: str) -> CommentedMap:
    params: CommentedMap = _yaml().load(text)
    return params


def _write(params: CommentedMap) -> str:
    written = io.StringIO()
    _yaml().dump(params, written)
    return written.getvalue()


def _mapping(parent: CommentedMap, key: str) -> CommentedMap:
    child = parent[key]
    if not isinstance(child, CommentedMap):
        raise KeyError(key)
    return child


def _lines(items: list[Any]) -> CommentedSeq:
    """The same for ruamel.yaml, on a line an item; [] where there is none."""
    lines = CommentedSeq(map(_one_line, items))
    lines.fa.set_block_style() if items else lines.fa.set_flow_style()
    return lines


def _one_line(value: Any) -> Any:
    """The same for ruamel.yaml: lists and mappings on one line, texts in quotes where a reader takes them otherwise.

    2024-05-01 is a date to some, 1e5 a number, no a truth value. ruamel.yaml knows what YAML 1.2 takes otherwise.
    """
    if isinstance(value, dict):
        mapping = CommentedMap({_one_line(key): _one_line(entry) for key, entry in value.items()})
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        items = CommentedSeq([_one_line(item) for item in value])
        items.fa.set_flow_style()
        return items
    if isinstance(value, str) and not _is_text(value):
        return DoubleQuotedScalarString(value)
    return value


def _is_text(unquoted: str) -> bool:
    try:
        return bool(yaml.safe_load(unquoted) == unquoted)
    except yaml.YAMLError:
        return False


def _last(parent: CommentedMap, key: str) -> tuple[Any, Any]:
    """The collection and the key of the last value below an entry."""
    owner: Any = parent
    place: Any = key
    while isinstance(value := owner[place], CommentedMap | CommentedSeq) and value and not value.fa.flow_style():
        owner, place = value, len(value) - 1 if isinstance(value, CommentedSeq) else list(value)[-1]
    return owner, place


def _cut_tail(parent: CommentedMap, key: str) -> str:
    """Take off and return the lines between an entry and the next one, as far as they hang on the entry."""
    owner, place = _last(parent, key)
    if owner.ca.end:  # of a list whose last item is a mapping on one line
        tail = "".join(token.value for token in owner.ca.end)
        owner.ca.end.clear()
        return tail
    comments = owner.ca.items.get(place)
    token = comments[_slot(owner)] if comments else None
    if token is None:
        return ""
    at_the_end, _, tail = token.value.partition("\n")
    token.value = f"{at_the_end}\n"
    if not at_the_end:
        comments[_slot(owner)] = None
    return str(tail)


def _hang_tail(parent: CommentedMap, key: str, tail: str) -> None:
    """Put these lines behind an entry."""
    _hang(*_last(parent, key), tail)


def _hang(owner: Any, place: Any, tail: str) -> None:
    if not tail:
        return
    comments = owner.ca.items.setdefault(place, [None, None, None, None])
    if comments[_slot(owner)] is None:
        comments[_slot(owner)] = CommentToken("\n", CommentMark(0))
    comments[_slot(owner)].value += tail


def _slot(owner: Any) -> int:
    """Where ruamel.yaml keeps the comment that follows a value."""
    return 0 if isinstance(owner, CommentedSeq) else 2
