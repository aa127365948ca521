"""Every column that a profile may name is about something, and of a modality or on purpose of none."""

import pytest

from popularity.models.subjects import MODALITIES, MODALITY, SUBJECTS, TEXT, subject
from popularity.settings import CON_SOC


@pytest.mark.parametrize("name", CON_SOC)
def test_each_of_the_papers_features_is_named(name):
    assert name in SUBJECTS


def test_the_modalities_are_those_of_the_paper_and_time():
    found = {name: MODALITY.get(subject(name)) for name in CON_SOC}
    assert set(MODALITY.values()) == set(MODALITIES)
    assert {name for name, one in found.items() if one == "social"} == {
        "uid", "avgview", "groupcount", "avgmembercount",
    }  # fmt: skip
    assert {name for name, one in found.items() if one is None} == {"pid", "commentcount"}


def test_a_further_column_of_the_text_table_is_of_the_text():
    assert subject("words") == TEXT
    assert MODALITY[TEXT] == "context"
