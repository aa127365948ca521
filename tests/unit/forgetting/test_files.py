"""Tables and JSON of the project without somebody's posts."""

import json
from pathlib import Path

import pandas as pd
import pytest

from popularity.files import read_json, write_json
from popularity.forgetting.files import answers_steps, json_steps, lines_steps, scrubbed_text, table_steps
from popularity.forgotten import Forgotten

FORGOTTEN = Forgotten(b"").adding(users=[7], posts=[12, 200_001])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("the first is pid 12", "the first is pid (forgotten)"),
        ("12 posts by user 7", "12 posts by user (forgotten)"),
        ("200001, 200002", "(forgotten), 200002"),
        ("pids: 12", "pids: (forgotten)"),
        ("7 of 12", "7 of 12"),
    ],
)
def test_an_id_in_a_sentence_goes_and_a_count_stays(before: str, after: str) -> None:
    assert scrubbed_text(before, FORGOTTEN) == after


def test_ids_leave_lists_and_sentences_of_json(tmp_path: Path) -> None:
    file = tmp_path / "night.json"
    write_json(file, {"findings": [{"pids": [12, 13], "count": 12}], "reasons": ["pid 12 is odd"], "ok": [True]})
    for step in json_steps([file], FORGOTTEN):
        step.do()
    told = {"findings": [{"pids": [13], "count": 12}], "reasons": ["pid (forgotten) is odd"], "ok": [True]}
    assert read_json(file) == told
    assert not list(json_steps([file], FORGOTTEN))


def test_lines_that_name_nobody_stay_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "sent.jsonl"
    file.write_text('{"a":1}\n{"lines": ["pid 12"]}\n')
    for step in lines_steps([file], FORGOTTEN):
        step.do()
    first, second = file.read_text().splitlines()
    assert first == '{"a":1}'
    assert json.loads(second) == {"lines": ["pid (forgotten)"]}


def test_rows_leave_tables(tmp_path: Path) -> None:
    scores, answers = tmp_path / "scores.parquet", tmp_path / "answers.parquet"
    pd.DataFrame({"pid": [11, 12, 13], "prediction": [1.0, 2.0, 3.0]}).to_parquet(scores)
    pd.DataFrame({"link": ["a", "b"], "outcome": ["ok", "ok"]}).to_parquet(answers)
    for step in [*table_steps([scores], FORGOTTEN), *answers_steps([answers], {"b"})]:
        step.do()
    assert pd.read_parquet(scores)["pid"].tolist() == [11, 13]
    assert pd.read_parquet(answers)["link"].tolist() == ["a"]
    assert not list(table_steps([scores], FORGOTTEN))
