"""Which texts are read as English."""

import pytest

from popularity.text import language
from popularity.text.language import LETTER, settle, tell


@pytest.mark.parametrize(
    "text",
    ["The dog sleeps near the warm fire", "Canon EOS 5D Mark II, EF 24-105mm f/4L IS USM, ISO 100",
     "Taken in Barcelona, Spain - Plaza de Catalunya, Sagrada Familia", "lol omg im so tired 2day gonna sleep ttyl"],
)  # fmt: skip
def test_english_and_doubtful_texts_are_read(text: str) -> None:
    assert tell(text, 0.99) == "english"


@pytest.mark.parametrize(
    "text",
    ["La plage était magnifique et le soleil brillait", "Ein wunderschöner Sonnenuntergang am Meer",
     "Kaunis päivä rannalla Helsingissä tänään", "שקיעה יפה מעל הים בתל אביב היום אחר הצהריים",
     "海辺の美しい夕日を見ながら散歩しました、とても楽しかったです", "هذا المساء جميل جدا على شاطئ البحر",
     "Красивая кошка сидит на окне дома", "आज समुद्र पर सूर्यास्त बहुत सुंदर है", "En vakker solnedgang ved sjøen i kveld",
     "Matahari terbenam yang indah di pantai"],
)  # fmt: skip
def test_what_is_surely_another_language_is_not(text: str) -> None:
    assert tell(text, 0.99) == "other"


def test_only_twenty_letters_or_more_tell_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    twenty = "Die Sonne scheint am Teich, 2010 :-)"
    nineteen = twenty.replace("Teich", "Meer")
    assert [len(LETTER.findall(text)) for text in (nineteen, twenty)] == [19 + 2, 20 + 2]
    monkeypatch.setattr(language, "MIN_LETTERS", 22)
    assert (tell(nineteen, 0.99), tell(twenty, 0.99)) == ("short", "other")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Die Mauer", "short"),
        ("So nice!", "short"),
        ("", "wordless"),
        ("\U0001f60d 2010 :-)", "wordless"),
        ("日落", "other"),
        ("Кошка", "other"),
        ("O \u05d9\u05e4\u05d4", "other"),
        ("Fuji 富士", "short"),
    ],
)
def test_a_short_text_is_told_by_its_script_alone(text: str, expected: str) -> None:
    assert tell(text, 0.99) == expected


@pytest.mark.parametrize(
    ("told", "users", "expected"),
    [
        ("S", [1], "U"),
        ("", [], ""),
        ("SEO", [1, 1, 2], "EEO"),
        ("SEO", [2, 1, 2], "OEO"),
        ("SEEO", [1, 2, 2, 2], "EEEO"),
        ("SEOO", [1, 2, 2, 2], "OEOO"),
        ("SSEO", [2, 1, 1, 2], "OEEO"),
        ("SEEO", [1, 1, 1, 1], "EEEO"),
        ("SWW", [1, 1, 2], "UWW"),
        ("SEOW", None, "EEOW"),
        ("SOOE", None, "OOOE"),
    ],
)
def test_a_short_text_takes_the_language_of_most_of_its_users_or_all_longer_ones(
    told: str, users: list[int] | None, expected: str
) -> None:
    names = {"E": "english", "O": "other", "S": "short", "W": "wordless", "U": "unknown"}
    found = settle([names[one] for one in told], users)
    assert found.tolist() == [names[one] for one in expected]
