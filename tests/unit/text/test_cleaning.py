import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popularity.text.cleaning import clean
from popularity.text.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain \U0001f60d text", "plain \U0001f60d text"),
        ('see <a href="http://example.org/a?b=c">my <b>site</b></a>.', "see my site."),
        ("one<br/>two<p>three</p>", "one\ntwo\nthree\n"),
        ("tea &amp; cake, I &lt;3 it", "tea & cake, I <3 it"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"),
        ("a<script>if (x < '<b>') y()</script>b<!-- no <i>c</i> -->d", "abd"),
        ("unclosed <b and more", "unclosed <b and more"),
        ("at http://example.org/x. Great!", "at  . Great!"),
        ("www.example.org/a and flickr.com/photos, flickr.com/", "  and  ,  "),
        ("Nice.It was 3.14", "Nice.It was 3.14"),
        ("flic.kr/p/2abc, goo.gl/x1 and youtu.be", " ,   and youtu.be"),
        ("so good.Net result, it was sad.but/and so on", "so good.Net result, it was sad.but/and so on"),
        ("http://t.co/abc\U0001f60d http://t.co/abc\u2026great", " \U0001f60d  \u2026great"),
        ("don\u2019t, don`t, gre\u00adat \u200bday\ufeff", "don't, don't, great day"),
        ("看https://t.co/abc日落", "看 日落"),
        ("日落（http://example.org/a）海滩。", "日落（ ）海滩。"),
        ("写真はwww.example.com/x、bit.ly/b海", "写真は 、 海"),
        ("ดูhttps://t.co/aทะเล", "ดู ทะเล"),
        ("Смотриhttp://t.co/a", "Смотри "),
        ("U.S./Canada, 24-105mm f/4.0 and/or 1.5/2", "U.S./Canada, 24-105mm f/4.0 and/or 1.5/2"),
    ],
)
def test_what_is_no_prose_goes(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<&\u2019\u02bc\u00b4`\u200b\u00ad\ufeff")))
def test_text_without_markup_keeps_every_letter_that_is_in_no_link(text: str) -> None:
    if "." not in text and ":" not in text:
        assert clean(text) == text


@pytest.mark.parametrize("unit", ["<!--", "<script>", "<b", "<", "&", "www.", "a.", "http://", "<b>", "</", "a-"])
def test_a_hundred_thousand_characters_of_markup_take_no_time(unit: str) -> None:
    start = time.process_time()
    clean(unit * (100_000 // len(unit)))
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("I don't, it's CAN'T", ["i", "do", "n't", ",", "it", "'s", "ca", "n't"]),
        ("well-made and/or :-)", ["well", "made", "and", "/", "or", ":-)"]),
        ("#awesome @somebody soooooo <3", ["awesome", "sooo", "<3"]),
        ("\U0001f60d!", ["smiling", "face", "with", "heart", "eyes", "!"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("\U0001f44d\U0001f3fd \U0001f609", ["good", ";)"]),
    ],
)
def test_words_are_spelled_as_the_vectors_spell_them(sentence: str, expected: list[str]) -> None:
    assert words(sentence) == expected
