import pytest

from popularity.text.spelling import respell

VOCABULARY = {"good", "not_good", "bad", "not_bad", "day", "love", "not_love", "happy", "sooo", ":)"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("not good", "not not_good"),
        ("was n't a very good day", "was n't a very not_good day"),
        ("not one of the good", "not one of the good"),  # beyond three words
        ("good not", "good not"),
        ("no day is bad", "no day is not_bad"),
        ("no , good", "no , good"),
        ("not sure but good", "not sure but good"),
        ("not :) good", "not :) good"),
        ('not " good "', 'not " not_good "'),
        ("not bad not good", "not not_bad not not_good"),
        ("not unheard", "not unheard"),  # no such word in the vocabulary
        ("", ""),
    ],
)
def test_what_a_negation_reaches_is_spelled_apart(words: str, expected: str) -> None:
    assert respell(words.split(), VOCABULARY) == expected.split()


@pytest.mark.parametrize(
    ("word", "expected"),
    [("gooood", "good"), ("looove", "love"), ("happyyy", "happy"), ("sooo", "sooo"), ("aaa", "aaa"), ("...", "...")],
)
def test_a_long_drawn_word_is_the_one_that_the_vocabulary_has(word: str, expected: str) -> None:
    assert respell([word], VOCABULARY) == [expected]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ca n't wait , good", "excited , good"),
        ("I cannot wait", "I excited"),
        ("could not waiiit", "excited"),
        ("ca n't help but love", "must love"),
        ("ca n't help", "ca n't help"),
        ("not only good", "also good"),
        ("not just good but not bad", "also good but not not_bad"),
        ("wait not good", "wait not not_good"),
        ("cannot waiter", "cannot waiter"),
    ],
)
def test_an_idiom_is_the_word_that_it_means_and_negates_nothing(words: str, expected: str) -> None:
    assert respell(words.split(), VOCABULARY | {"wait"}) == expected.split()


def test_a_long_drawn_word_is_negated_as_the_short_one() -> None:
    assert respell(["not", "gooood"], VOCABULARY) == ["not", "not_good"]
