import time
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kit.english import AmongEnglish
from popularity.text.backends.vader import Vader
from popularity.text.sentences import LONGEST, MAX_WORDS, sentences

CONFIDENCE = 0.8


@cache
def reader() -> AmongEnglish:
    return AmongEnglish(Vader(), CONFIDENCE)


def score(text: str) -> float:
    return float(reader().read([text]).score[0])


@pytest.mark.parametrize("text", ["", "  ", "\n\n", "The photo shows a table.", "שקיעה"])
def test_nothing_and_nothing_felt_are_neutral(text: str) -> None:
    assert score(text) == 2.0


def test_plain_feelings_come_in_their_order() -> None:
    hate, love = "I hate this horrible, disgusting place.", "I love this wonderful place!"
    scores = (
        AmongEnglish(Vader(), CONFIDENCE)
        .read([hate, "It was a bit sad.", "We saw a street.", "A nice day.", love])
        .score
    )
    assert all(low < high for low, high in pairwise(scores))
    assert 0 <= scores[0] < 1
    assert 3 < scores[-1] <= 4


def test_a_text_scores_the_mean_of_its_sentences() -> None:
    good, bad = "I love this wonderful place!", "The food was terrible."
    assert score(f"{good} {bad}") == pytest.approx((score(good) + score(bad)) / 2)


def test_a_part_that_nobody_can_see_is_no_sentence() -> None:
    assert sentences("Nice. \u200b\n\ufeff\n\x00 \u00a0\nWell") == ["Nice.", "Well"]


def test_an_emoji_is_felt() -> None:
    assert score("\U0001f60d") > 2 > score("\U0001f62d")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("At 3.14 on www.example.org", ["At 3.14 on www.example.org"]),
        ("One\nTwo\r\n\r\nThree", ["One", "Two", "Three"]),
        ("\u4e00\u3002\u4e8c\uff01", ["\u4e00\u3002", "\u4e8c\uff01"]),
        ("Wait... what?!", ["Wait...", "what?!"]),
        ("It was cheap.Awful place, U.S.A", ["It was cheap.", "Awful place, U.S.A"]),
        ("a" * 51 + " word " + "b" * 50, ["word " + "b" * 50]),
        ("Mr. Smith met J. Doe. They left.", ["Mr. Smith met J. Doe.", "They left."]),
        ("\U0001f468\u200d\U0001f469x", ["\U0001f468\u200d\U0001f469 x"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(deadline=None)
def test_any_text_scores_within_the_scale(text: str) -> None:
    assert 0 <= score(text) <= 4


@given(st.text(st.sampled_from("ab .!?\n\u3002"), max_size=300))
def test_sentences_lose_no_character_but_spaces(text: str) -> None:
    assume(all(len(word) <= LONGEST for word in text.split()))
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param("\U0001f60d", marks=pytest.mark.slow),
        "a",
        " ",
        "good but bad ",
        "\u0627\u0644 ",
        "!",
        ". ",
        "\n ",
        "but\u00a0",
        "$%&",
        "A-",
    ],
)
def test_a_hundred_thousand_characters_take_a_bounded_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    start = time.process_time()
    assert 0 <= score(text) <= 4
    assert time.process_time() - start < 20


def test_a_sentence_without_an_end_is_read_in_pieces() -> None:
    assert [len(piece.split()) for piece in sentences("\U0001f60d" * (2 * MAX_WORDS + 1))] == [
        MAX_WORDS,
        MAX_WORDS,
        1,
    ]
