import time
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popularity.encoders.tokens import split_tags, tag_tokens, title_tokens

texts = st.text(st.characters(exclude_categories=["Cs"]))


def tags(text: str) -> list[str]:
    return tag_tokens(pd.Series([text])).iloc[0]


def words(text: str) -> list[str]:
    return title_tokens(pd.Series([text])).iloc[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \t\n", []),
        ("b a b", ["b", "a"]),
        ("#Sunset ##sunset SUNSET", ["sunset"]),
        ("# new-york 35mm", ["new-york", "35mm"]),
        ("Straße STRASSE", ["strasse"]),
        ("\ufb01lm film", ["film"]),
        ("日本 שקיעה", ["日本", "שקיעה"]),
        ("a\u00a0b\u3000c", ["a", "b", "c"]),
        ("a\0b \0", ["a", "b"]),
        ("#lake#boat #Boat#sky", ["lake", "boat", "sky"]),
        ("\uff03湖\uff03船", ["湖", "船"]),
        ("lake, boat;sky ,fog", ["lake", "boat", "sky", "fog"]),
        ("湖、船，空；霧", ["湖", "船", "空", "霧"]),
        ("Lake. boat! (sky) «fog» #_art_ \u2026", ["lake", "boat", "sky", "fog", "art"]),
        (
            "rock'n'roll b&w new-york c++ f/2.8 geo:lat=1",
            ["rock'n'roll", "b&w", "new-york", "c++", "f/2.8", "geo:lat=1"],
        ),
        ("['lake', \"o'neill\", '東京']", ["lake", "o'neill", "東京"]),
        ("['lake' 'boat']", ["lake", "boat"]),
        ("('lake', 'boat')", ["lake", "boat"]),
        ('["lake", "\\u6771\\u4eac", "o\\"x"]', ["lake", "東京", 'o"x']),
        ('["\\ud83d", "\\u0000", "lake"]', ["lake"]),
        ("[" * 50_000, []),
        ("[]", []),
        ("[lake]", ["lake"]),
        (r"""[u'lake', u"o'neill", u'caf\xe9', u'\u6771\u4eac']""", ["lake", "o'neill", "café", "東京"]),
        (r"['it\'s', '\d', '\ud83d', 'boat']", ["it's", "d", "boat"]),
        ("['lake', 3, boat]", ["lake", "3", "boat"]),
        ("lake|boat | sky", ["lake", "boat", "sky"]),
        ("b&amp;w rock&#39;n&#x2019;roll rock&reggae", ["b&w", "rock'n'roll", "rock&reggae"]),
        ("日落海滩", ["日落海滩"]),
    ],
)
def test_tags(text: str, expected: list[str]) -> None:
    assert tags(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("!?-_", []),
        ("The sea, the SEA!", ["the", "sea"]),
        ("don't 'quote' o\u2019clock", ["don't", "quote", "o'clock"]),
        ("IMG_2041.JPG", ["img", "2041", "jpg"]),
        ("हिन्दी की", ["हिन्दी", "की"]),
        ("شروق الشمس", ["شروق", "الشمس"]),
        ("e\u0301te\u0301", ["\u00e9t\u00e9"]),
        ("sun\U0001f31e\U0001f31esea", ["sun", "\U0001f31e", "sea"]),
        (
            "\U0001f468\u200d\U0001f467 \U0001f44b\U0001f3fd",
            ["\U0001f468\u200d\U0001f467", "\U0001f44b\U0001f3fd"],
        ),
        ("\U0001f1e8\U0001f1ed\U0001f1eb\U0001f1f7", ["\U0001f1e8\U0001f1ed", "\U0001f1eb\U0001f1f7"]),
        ("早上的城市", ["早上", "的", "城市"]),
        ("2024年冬天iPhone手机", ["2024", "年", "冬天", "iphone", "手机"]),
        ("きれいな夜景", ["きれい", "な", "夜景"]),
        ("เที่ยวทะเล", ["เที่ยว", "ทะเล"]),
        ("ພາສາລາວ", ["ພາສາ", "ລາວ"]),
        ("ខ្ញុំស្រឡាញ់ភ្នំពេញ", ["ខ្ញុំ", "ស្រឡាញ់", "ភ្នំពេញ"]),
        ("မြန်မာစကား", ["မြန်မာ", "စကား"]),
        ("겨울 바다", ["겨울", "바다"]),
    ],
)
def test_title_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("texts", "token"),
    [
        (["\u0130STANBUL", "I\u0307stanbul", "istanbul", "ISTANBUL"], "istanbul"),
        (["\u2764\ufe0f", "\u2764", "\u2764\ufe0e"], "\u2764"),
        (["gre\u00adat", "\u200egreat\u200f", "g\u200breat", "\ufeffgreat", "gr\u034feat"], "great"),
        (["می\u200cروم", "می\u200dروم", "میروم"], "میروم"),
        (["don\u2019t", "don't", "don\u02bct", "don\u00b4t", "don`t", "don&rsquo;t", "don&#39;t"], "don't"),
        (["caf&eacute;", "café", "cafe\u0301"], "café"),
    ],
)
def test_what_reads_the_same_is_one_token(texts: list[str], token: str) -> None:
    for text in texts:
        assert words(text) == [token]
        assert tags(text) == [token]


@pytest.mark.parametrize(
    "emoji",
    [
        "\U0001f469\U0001f3fd\u200d\U0001f680",
        "\U0001f3f3\u200d\U0001f308",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_an_emoji_keeps_what_makes_it_another(emoji: str) -> None:
    assert words(f"a{emoji}b") == ["a", emoji, "b"]
    assert tags(emoji) == [emoji]


def test_a_selector_before_a_joiner_makes_no_difference() -> None:
    flag = "\U0001f3f3\u200d\U0001f308"
    assert words("\U0001f3f3\ufe0f\u200d\U0001f308") == tags("\U0001f3f3\ufe0f\u200d\U0001f308") == [flag]


@pytest.mark.parametrize("text", ["nan", " NaN ", "None", "null", "NULL", "<NA>"])
def test_a_word_for_nothing_is_no_word(text: str) -> None:
    assert words(text) == tags(text) == []


def test_such_a_word_among_others_is_one() -> None:
    assert words("None of them") == ["none", "of", "them"]
    assert tags("nan grandma") == ["nan", "grandma"]


def test_tags_that_come_twice_are_counted_twice() -> None:
    assert split_tags("#sea, Sea") == ["sea", "sea"]


@pytest.mark.parametrize(
    "unit", ["ไทย", "日", "か", '["', "&", "&#1", "\u200d", "\U0001f3f4\U000e0067", "a' ", "#", "'"]
)
def test_a_hundred_thousand_characters_take_a_bounded_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    start = time.process_time()
    words(text)
    tags(text)
    assert time.process_time() - start < 5


@given(texts)
def test_each_token_comes_once_and_is_not_empty(text: str) -> None:
    for found in (tags(text), words(text)):
        assert all(found)
        assert len(found) == len(set(found))


@given(texts)
def test_no_token_holds_whitespace_and_no_tag_starts_with_a_hash(text: str) -> None:
    assert not any(character.isspace() for token in tags(text) + words(text) for character in token)
    assert not any(tag.startswith("#") for tag in tags(text))


@given(texts)
def test_the_way_a_text_is_encoded_makes_no_difference(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert words(unicodedata.normalize(form, text)) == words(text)
        assert tags(unicodedata.normalize(form, text)) == tags(text)


@given(st.lists(texts, max_size=4))
def test_a_row_is_read_without_the_others(rows: list[str]) -> None:
    together = title_tokens(pd.Series(rows, dtype="str", index=range(5, 5 + len(rows))))
    assert together.tolist() == [words(text) for text in rows]
