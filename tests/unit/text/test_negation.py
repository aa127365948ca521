import pytest

from popularity.text.negation import mark_negated

VOCABULARY = {"good", "not_good", "bad", "not_bad", "day"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("not good", "not not_good"),
        ("was n't a very good day", "was n't a very not_good day"),
        ("not one of the good", "not one of the good"),  # beyond three words
        ("good not", "good not"),
        ("no day is bad", "no day is not_bad"),
        ("not unheard", "not unheard"),  # no such word in the vocabulary
        ("", ""),
    ],
)
def test_what_a_negation_reaches_is_spelled_apart(words: str, expected: str) -> None:
    assert mark_negated(words.split(), VOCABULARY) == expected.split()
