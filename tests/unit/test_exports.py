"""CSV files that people open in a spreadsheet compute nothing."""

from pathlib import Path

import pandas as pd
import pytest

from popularity.encoders.dictionary import Dictionary
from popularity.exports import as_it_was, no_formula, write_csv


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "'=1", "''@x"])
def test_a_formula_becomes_text_and_can_be_read_back(text: str) -> None:
    assert no_formula(text) == "'" + text
    assert as_it_was("'" + text) == text


@pytest.mark.parametrize("text", ["", "-3", "+1.5", "-1e-05", "a=b", "'tis", "'", "cat"])
def test_numbers_and_words_stay(text: str) -> None:
    assert no_formula(text) == text
    assert as_it_was(text) == text


def test_numbers_of_a_table_stay_numbers(tmp_path: Path) -> None:
    table = pd.DataFrame({"pid": [1, 2], "prediction": [-1.5, 2.0], "model": ["=x", "rf"]})
    write_csv(tmp_path / "out.csv", table)
    assert (tmp_path / "out.csv").read_bytes() == b"pid,prediction,model\n1,-1.5,'=x\n2,2.0,rf\n"


def test_a_dictionary_computes_nothing_and_is_read_as_it_was(tmp_path: Path) -> None:
    tokens = pd.Index(["'=x", "-5", "=cmd|' /c calc'!a0", "@me", "cat"], dtype=object)
    ones = pd.Series([1.0] * len(tokens)).to_numpy()
    Dictionary(tokens, ones.astype(int), ones, 1.0).save(tmp_path / "tags.csv")
    lines = (tmp_path / "tags.csv").read_text().splitlines()[1:]
    assert not [line for line in lines if line.strip('"')[0] in "=+@"]
    assert Dictionary.load(tmp_path / "tags.csv", 1.0).tokens.tolist() == tokens.tolist()
