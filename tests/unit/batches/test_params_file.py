"""Edits of params.yaml: the entry's lines change and no other."""

import difflib
from pathlib import Path

import pytest
import yaml
from ruamel.yaml import YAML

from popularity.batches.params_file import add_entry, drop_entries, replace_value

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
    demo = {"source": "demo", "path": "data/raw/demo", "read": "as_of_post", "of": "views"}
    again = add_entry(empty, "batches", "demo", demo)
    assert again == PARAMS


def test_a_block_entry_goes_and_the_comment_after_it_stays() -> None:
    text = "a:\n  x:\n    n: 1\n  y:\n    - 1\n    - 2\n\n# about b\nb: 1\n"
    assert drop_entries(text, "a", {"y"}) == "a:\n  x:\n    n: 1\n\n# about b\nb: 1\n"


def test_a_list_is_replaced_and_its_comment_stays() -> None:
    text = "a:\n  x:                        # of x\n  - 1\n  y: 3\nb: 1\n"
    assert replace_value(text, ("a", "x"), []) == "a:\n  x: []                     # of x\n  y: 3\nb: 1\n"
    assert "  batches: []\n" in replace_value(PARAMS, ("demo", "batches"), [])


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


def changed_lines(before: str, after: str) -> list[str]:
    """What `git diff` would show, without where."""
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_edits_touch_the_lines_that_they_name_and_no_other() -> None:
    assert replace_value(PARAMS, ("base", "seed"), 20181022) == PARAMS
    night = {"source": "smp", "path": "data/raw/night-001", "files": [{"data": "posts.csv"}]}
    added = add_entry(PARAMS, "batches", "night-001", night)
    line = "+   night-001: {source: smp, path: data/raw/night-001, files: [data: posts.csv]}"
    assert changed_lines(PARAMS, added) == [line]
    newest = replace_value(added, ("dataset", "split", "newest"), ["night-001"])
    assert [line.partition("#")[0].split() for line in changed_lines(added, newest)] == [
        ["-", "newest:", "[]"],
        ["+", "newest:"],
        ["+", "-", "night-001"],
    ]
    assert changed_lines(added, drop_entries(added, "batches", {"demo"})) == [
        "-   demo: {source: demo, path: data/raw/demo, read: as_of_post, of: views}"
    ]


def test_what_ruamel_writes_otherwise_is_three_places_at_most() -> None:
    """Lists over several lines and comments behind anchors; nothing that any edit meets again."""
    text = "a: &one         # of a\n  x: [1,\n      2]\nb: *one         # of b\nc: {d: null, e: ''}\nbatches: {}\n"
    edited = add_entry(text, "batches", "may", {"source": "smp"})
    assert yaml.safe_load(edited) == {**yaml.safe_load(text), "batches": {"may": {"source": "smp"}}}
    assert edited.endswith("c: {d: null, e: ''}\nbatches:\n  may: {source: smp}\n")
    changes = difflib.SequenceMatcher(None, text.splitlines(), edited.splitlines(), autojunk=False).get_opcodes()
    assert sum(kind != "equal" for kind, *_ in changes) <= 3 + 1
    again = add_entry(edited, "batches", "june", {"source": "smp"})
    assert changed_lines(edited, again) == ["+   june: {source: smp}"]


@pytest.mark.parametrize(
    ("drop", "left"),
    [
        ("x", "a:\n  # of y\n  y: {n: 2} # and y\n  z: 3\n\n# of b\nb: 1\n"),
        ("y", "a:\n  x: 1 # and x\n  # of y\n  z: 3\n\n# of b\nb: 1\n"),
        ("z", "a:\n  x: 1 # and x\n  # of y\n  y: {n: 2} # and y\n\n# of b\nb: 1\n"),
    ],
)
def test_comments_between_entries_stay(drop: str, left: str) -> None:
    text = "a:\n  x: 1 # and x\n  # of y\n  y: {n: 2} # and y\n  z: 3\n\n# of b\nb: 1\n"
    assert drop_entries(text, "a", {drop}) == left


def test_an_entry_after_one_of_several_lines_comes_before_the_next_comment() -> None:
    text = "a:\n  x:\n    n:\n    - 1\n    - 2 # two\n\n# of b\nb: 1\n"
    edited = add_entry(text, "a", "y", 3)
    assert edited == "a:\n  x:\n    n:\n    - 1\n    - 2 # two\n  y: 3\n\n# of b\nb: 1\n"
    assert drop_entries(edited, "a", {"y"}) == text
    assert drop_entries(edited, "a", {"x", "y"}) == "a: {}\n\n# of b\nb: 1\n"


@pytest.mark.parametrize("name", ["2024-05-01", "2017", "1e5", "no", "null", "0x1f", "1_000"])
def test_a_value_that_looks_like_something_else_stays_text(name: str) -> None:
    edited = replace_value(PARAMS, ("dataset", "split", "newest"), [name, "may"])
    for read in (yaml.safe_load, YAML(typ="safe").load):
        assert read(edited)["dataset"]["split"]["newest"] == [name, "may"]


@pytest.mark.parametrize("items", [[{}], [{"tags": ["a"]}, {"text": "b"}], ["a"]])
def test_a_list_of_mappings_comes_and_goes_and_the_comment_after_it_stays(items: list[object]) -> None:
    text = "crawl:\n  searches: []\n\n# the next\nlabel: 1\n"
    there = replace_value(text, ("crawl", "searches"), items)
    assert there.endswith("\n\n# the next\nlabel: 1\n")
    assert replace_value(there, ("crawl", "searches"), items) == there
    assert replace_value(there, ("crawl", "searches"), []) == text
