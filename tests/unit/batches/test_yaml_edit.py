"""Edits of a mapping in YAML text: the entry's lines change and no other."""

from pathlib import Path

import pytest
import yaml
from ruamel.yaml import YAML

from popularity.batches.yaml_edit import add_entry, drop_entries, replace_value

PARAMS = (Path(__file__).resolve().parents[3] / "params.yaml").read_text()


def test_an_added_entry_is_one_new_line() -> None:
    edited = add_entry(PARAMS, "batches", "may", {"source": "smp", "path": "data/raw/may"})
    new = [line for line in edited.splitlines() if line not in PARAMS.splitlines()]
    assert new == ["  may: {source: smp, path: data/raw/may}"]
    assert list(yaml.safe_load(edited)["batches"]) == ["demo", "may"]


def test_dropping_what_was_added_gives_the_text_back() -> None:
    edited = add_entry(PARAMS, "batches", "may", {"source": "smp", "path": "data/raw/may"})
    assert drop_entries(edited, "batches", {"may"}) == PARAMS


def test_the_last_entry_leaves_an_empty_mapping_that_takes_a_new_one() -> None:
    empty = drop_entries(PARAMS, "batches", {"demo"})
    assert yaml.safe_load(empty)["batches"] == {}
    again = add_entry(empty, "batches", "demo", {"source": "demo", "path": "data/raw/demo"})
    assert again == PARAMS


def test_a_block_entry_goes_and_the_comment_after_it_stays() -> None:
    text = "a:\n  x:\n    n: 1\n  y:\n    - 1\n    - 2\n\n# about b\nb: 1\n"
    assert drop_entries(text, "a", {"y"}) == "a:\n  x:\n    n: 1\n\n# about b\nb: 1\n"


def test_a_list_is_replaced_and_its_comment_stays() -> None:
    edited = replace_value(PARAMS, ("demo", "batches"), [])
    assert "  batches: []               # the batches with source demo; empty when none is\n" in edited


def test_a_list_of_lines_is_replaced_by_lines_and_comments_stay() -> None:
    text = "a:\n  x:  # of x\n    - 1\n    - 2\n  # of y\n  y: 3\nb: 1\n"
    assert replace_value(text, ("a", "x"), ["p", "q"]) == "a:\n  x:  # of x\n  - p\n  - q\n  # of y\n  y: 3\nb: 1\n"


def test_a_scalar_deep_down_is_replaced_and_its_comment_stays() -> None:
    edited = replace_value(PARAMS, ("dataset", "split", "mode"), "newest")
    assert yaml.safe_load(edited)["dataset"]["split"]["mode"] == "newest"
    assert "    mode: newest            # given: the source" in edited


def test_a_key_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="splot"):
        replace_value(PARAMS, ("dataset", "splot"), 1)


@pytest.mark.parametrize("name", ["2024-05-01", "2017", "1e5", "no", "null", "0x1f", "1_000"])
def test_a_key_that_looks_like_something_else_stays_text(name: str) -> None:
    edited = add_entry(PARAMS, "batches", name, {"source": "smp", "path": "data"})
    assert list(yaml.safe_load(edited)["batches"]) == ["demo", name]
    assert list(YAML(typ="safe").load(edited)["batches"]) == ["demo", name]  # which DVC reads params with
    assert drop_entries(edited, "batches", {name}) == PARAMS
