"""Each backend by what it answers here; what is not installed by what it says of that."""

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kit.corenlp_server import CoreNlpHandler
from kit.english import AmongEnglish
from kit.project import set_param
from popularity import settings
from popularity.errors import UserError
from popularity.text import backends
from popularity.text import sentiment as sentiment_module
from popularity.text.backends import open_backend
from popularity.text.backends.stanza_small import SHIPPED
from popularity.text.backends.vader import Vader
from popularity.text.sentiment import Sentiment, open_sentiment

PROJECT = Path(__file__).parents[3]
STRANGE = (
    "", " ", "\n\t", "!", "...", "2010", "\u05e9\u05e7\u05d9\u05e2\u05d4", "\u0627\u0644\u0634\u0645\u0633", "e\u0301",
    "\u200b", "&#" + "9" * 5000 + ";", "12:30", "-3.5%", "&nbsp;", "\ufeff", "\x00",
    "<b></b>", "<a href='http://example.org'>http://example.org</a>",
)  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Iterator[Sentiment]:
    with open_backend("stanza_small", {}) as backend:
        yield AmongEnglish(backend, 0.99)


@pytest.mark.parametrize("text", STRANGE)
def test_where_nothing_is_said_stanza_small_is_neutral(small: Sentiment, text: str) -> None:
    assert small.read([text]).score.tolist() == [2.0]


def test_plain_feelings_come_in_their_order(small: Sentiment) -> None:
    texts = ["I hate this horrible, disgusting place.", "We saw a street.", "I love this wonderful place!"]
    low, middle, high = small.read(texts).score
    assert 0 <= low < 1 < middle < 3 < high <= 4


def test_a_negation_turns_a_feeling(small: Sentiment) -> None:
    good, not_good, bad, not_bad = small.read(
        ["This is good.", "This is not good.", "This is bad.", "This isn't bad."]
    ).score
    assert not_good < 2 < good
    assert bad < 1 < not_bad


def test_the_card_says_how_negations_are_read(small: Sentiment) -> None:
    card = (SHIPPED / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert '"not good" is read as bad, but "not bad" as mildly bad (1.4)' in card
    assert small.read(["not good", "This is not good."]).score.max() < 1
    assert small.read(["not bad", "This isn't bad."]).score.round(1).tolist() == [1.4, 1.4]
    assert small.read(["I can't stop smiling", "can't stop smiling"]).score.max() < 1.5


@pytest.mark.parametrize(
    "text",
    ["Can't wait for summer!", "cant wait", "I cannot wait to see you", "couldn’t wait", "can't help but smile"],
)
def test_what_one_cannot_wait_for_or_help_is_liked(small: Sentiment, text: str) -> None:
    assert small.read([text]).score[0] > 2.5


def test_not_only_negates_nothing(small: Sentiment) -> None:
    assert small.read(["Not only beautiful but also fun", "not only a great place"]).score.min() > 3


def test_emoji_and_emoticons_are_felt(small: Sentiment) -> None:
    happy, sad, smile, frown = small.read(["\U0001f60d", "\U0001f62d", ":)", ":("]).score
    assert sad < 2 < happy
    assert frown < 2 < smile
    assert small.read(["<3"]).score[0] > 3


@pytest.mark.parametrize(
    ("emoji", "sign"),
    [("😀😃😄😁😆😊🙂😍🥰😘😗😚😋😎🤩🥳😇🤗❤🧡💛💚💙💜💖💕💗😻👍👏🙌👌💪🎉🎊✨🔥💯😂🤣😉😜🤪☺🙏🌹🎁😌💋", 1),
     ("😢😭😞😔😟😕🙁☹😣😖😫😩😤😠😡🤬😱😨😰😥😒🙄👎💔🤢🤮🤧😷💀😓🖕😿", -1)],
)  # fmt: skip
def test_emoji_that_are_often_used_are_felt_as_they_are_meant(small: Sentiment, emoji: str, sign: int) -> None:
    assert [
        one for one, score in zip(emoji, small.read(list(emoji)).score, strict=True) if sign * (score - 2) <= 0
    ] == []


def test_long_drawn_words_are_felt_as_short_ones(small: Sentiment) -> None:
    drawn, short = small.read(["I am so happyyyyy, I looooove this", "I am so happy, I love this"]).score
    assert drawn == short > 3


def test_a_text_scores_alone_as_among_others(small: Sentiment) -> None:
    texts = [f"We {verb} the {noun}. {end}" for verb in ("love", "hate", "saw") for noun in ("cat", "old house")
             for end in ("Nice", "It was so sad!", "A long day at the sea with all of my friends.")]  # fmt: skip
    together = small.read(texts).score
    with open_backend("stanza_small", {}) as backend:
        fresh = AmongEnglish(backend, 0.99)
        alone = [fresh.read([text]).score[0] for text in texts]
    np.testing.assert_array_equal(together, alone)


def test_another_language_is_neutral_and_said_so(small: Sentiment) -> None:
    read = small.read(["J'aime beaucoup cette belle plage, le soleil brillait", "I love this beach, the sun shone"])
    assert read.language.tolist() == ["other", "english"]
    assert read.score[0] == 2 < read.score[1]


@given(st.text(st.characters(exclude_categories=["Cs"])))
@hypothesis_settings(deadline=None)
def test_any_text_scores_within_the_scale(small: Sentiment, text: str) -> None:
    assert 0 <= small.read([text]).score[0] <= 4


@pytest.mark.parametrize("unit", ["a", "good but bad ", "<b>good</b> ", "! ", "\u0627\u0644 ", ":-)", "\U0001f60d"])
def test_a_hundred_thousand_characters_take_a_bounded_time(small: Sentiment, unit: str) -> None:
    start = time.process_time()
    assert 0 <= small.read([unit * (100_000 // len(unit))]).score[0] <= 4
    assert time.process_time() - start < 20


class Counting:
    """Scores every sentence 3, and counts them."""

    asked = 0

    def score(self, sentences: list[str]) -> np.ndarray:
        self.asked += len(sentences)
        return np.full(len(sentences), 3.0)


def test_a_text_met_before_costs_nothing() -> None:
    counting = Counting()
    sentiment = Sentiment(counting, 0.8)
    one = "The first sentence has many letters."
    assert sentiment.read([f"{one} Two.", one, f"{one} Two."]).score.tolist() == [3, 3, 3]
    sentiment.read([f"{one} Two."])
    assert counting.asked == 2


def test_what_ships_is_at_most_twelve_megabytes() -> None:
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 12e6


def official_directory(folder: Path) -> None:
    """Laid out as the official English package is, with the shipped model in it under the name `tiny`."""
    for kind, name, file in (("sentiment", "tiny", "model.pt"), ("pretrain", "tiny", "vectors.pt")):
        (folder / "en" / kind).mkdir(parents=True)
        shutil.copy(SHIPPED / file, folder / "en" / kind / f"{name}.pt")
    resources = {
        "lang_name": "English",
        "packages": {"default": {"tokenize": "tiny", "sentiment": "tiny"}},
        "default_processors": {"tokenize": "tiny", "sentiment": "tiny"},
        "default_dependencies": {},
        "tokenize": {"tiny": {}},
        "sentiment": {"tiny": {"dependencies": [{"model": "pretrain", "package": "tiny"}]}},
        "pretrain": {"tiny": {}},
    }
    (folder / "resources.json").write_text(json.dumps({"en": resources}))


def test_an_official_directory_is_read_where_params_say(tmp_path: Path, small: Sentiment) -> None:
    official_directory(tmp_path)
    options = settings.TextFeatures(sentiment="stanza", backends={"stanza": {"dir": str(tmp_path), "package": "tiny"}})
    text = "I love this place. It was sad to leave."
    with open_sentiment(options) as official:
        assert official.read([text]).score == pytest.approx(small.read([text]).score)


def test_without_the_official_model_the_error_says_how_to_fetch_it(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught, open_backend("stanza", {"dir": str(tmp_path)}):
        pass
    assert str(tmp_path) in caught.value.problem
    fetch = f"model_dir='{tmp_path}', package=None, processors={{'tokenize': 'default', 'sentiment': 'default'}})"
    assert f"stanza.download('en', {fetch}" in caught.value.next_step
    assert "stanza_small" in caught.value.next_step


def test_where_the_official_model_cannot_be_downloaded_the_error_does_not_say_to_download_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    options = {"dir": str(tmp_path), "download": True}
    with pytest.raises(UserError, match="could not be downloaded to") as caught, open_backend("stanza", options):
        pass
    assert "download: true" not in caught.value.next_step
    assert "stanza.download('en'" in caught.value.next_step


def no_pretrain(folder: Path) -> str:
    (folder / "en/pretrain/tiny.pt").unlink()
    return "tiny"


def truncated(folder: Path) -> str:
    model = folder / "en/sentiment/tiny.pt"
    model.write_bytes(model.read_bytes()[:1000])
    return "tiny"


def junk(folder: Path) -> str:
    (folder / "en/sentiment/tiny.pt").write_bytes(b"no model")
    return "tiny"


def no_resources(folder: Path) -> str:
    (folder / "resources.json").write_text('{"en": {"packages": {}}}')
    return "tiny"


@pytest.mark.parametrize("spoil", [no_pretrain, truncated, junk, no_resources, lambda _: "nosuch"])
def test_an_official_directory_that_is_not_whole_is_named_with_how_to_fetch_it(
    tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    official_directory(tmp_path)
    package = spoil(tmp_path)
    options = {"dir": str(tmp_path), "package": package}
    with pytest.raises(UserError, match="or not whole") as caught, open_backend("stanza", options):
        pass
    assert str(tmp_path) in caught.value.problem
    assert f"'sentiment': '{package}'" in caught.value.next_step


@pytest.mark.parametrize("home", [None, "nowhere"])
def test_without_corenlp_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CORENLP_HOME", raising=False)
    if home:
        monkeypatch.setenv("CORENLP_HOME", str(tmp_path / home))
    with pytest.raises(UserError, match="CORENLP_HOME") as caught, open_backend("corenlp", {}):
        pass
    assert "stanza.install_corenlp" in caught.value.next_step


def test_without_java_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="Java"), open_backend("corenlp", {}):
        pass


@pytest.fixture
def corenlp() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), CoreNlpHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_corenlp_scores_the_mean_of_a_text_s_sentences(corenlp: str) -> None:
    options = settings.TextFeatures(sentiment="corenlp", backends={"corenlp": {"endpoint": corenlp}})
    texts = [
        "I love it! I hate it? \u00e9t\u00e9 \U0001f60d",
        "",
        "We love the sea.",
        "good " * 50_000 + "a" * 150_000,
        *(f"We saw {i}." for i in range(3000)),
    ]
    with open_sentiment(options) as sentiment:
        assert sentiment.read(texts).score.tolist() == [2.0, 2.0, 4.0, *[2.0] * 3001]


@pytest.fixture
def put_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a shell script be Java, and the current folder be CORENLP_HOME."""
    java = tmp_path / "bin/java"
    java.parent.mkdir()
    (tmp_path / "stanford-corenlp.jar").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(java.parent), prepend=":")
    monkeypatch.setenv("CORENLP_HOME", str(tmp_path))

    def put(script: str) -> None:
        java.write_text(f"#!/bin/sh\n{script}\n")
        java.chmod(0o755)

    return put


def test_a_server_of_our_own_is_started_and_stopped(tmp_path: Path, put_java: Callable[[str], None]) -> None:
    put_java(f'echo ready; exec "{sys.executable}" "{PROJECT / "tests/kit/corenlp_server.py"}" "$@"')
    with open_backend("corenlp", {"memory": "1G"}) as backend:
        assert backend.score(["We love it.", "We saw it.", "We hate it."]).tolist() == [4, 2, 0]
        server = [child for child in psutil.Process().children() if "-Xmx1G" in child.cmdline()]
        assert len(server) == 1
    assert not server[0].is_running()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".work", "bin", "stanford-corenlp.jar"]
    assert (tmp_path / ".work/corenlp.log").read_text() == "ready\n"


@pytest.mark.parametrize(
    ("script", "timeout_s", "problem"),
    [
        ("echo no such class; exit 3", 20, "ended, exit code 3"),
        ("exec sleep 30", 1, "did not answer within timeout_s, 1 s"),
    ],
)
def test_a_java_that_starts_no_server_is_an_error_at_once_that_names_its_log(
    tmp_path: Path, put_java: Callable[[str], None], script: str, timeout_s: int, problem: str
) -> None:
    put_java(script)
    start = time.monotonic()
    with pytest.raises(UserError, match=problem) as caught, open_backend("corenlp", {"timeout_s": timeout_s}):
        pass
    assert time.monotonic() - start < 15
    assert "look at .work/corenlp.log" in caught.value.next_step
    assert (tmp_path / ".work/corenlp.log").read_text() == ("no such class\n" if timeout_s > 1 else "")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".work", "bin", "stanford-corenlp.jar"]


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "localhost:9000", "127.0.0.1", "", "http://["])
def test_an_endpoint_where_nobody_answers_is_named(endpoint: str) -> None:
    with pytest.raises(UserError) as caught, open_backend("corenlp", {"endpoint": endpoint}):
        pass
    assert f"no CoreNLP server answers at {endpoint!r}" in caught.value.problem
    assert "start a server there" in caught.value.next_step
    assert "endpoint: null" in caught.value.next_step


@pytest.mark.parametrize(
    ("says", "problem"),
    [("[]", "without classes, '\\[\\]'"), ("null", "without classes, 'None'"), ("no JSON", "JSONDecodeError"),
     *((f'{{"sentences": [{{"sentimentValue": {value}}}]}}', problem) for value, problem in (
        ("null", "without classes, .*'sentimentValue': None"), ('"Neutral"', "without classes, .*Neutral"),
        ('"7"', "7 is not within 0 to 4"), ('"-1"', "-1 is not within"), ('"NaN"', "nan is not within")))],
)  # fmt: skip
def test_what_corenlp_would_not_answer_is_refused(
    corenlp: str, monkeypatch: pytest.MonkeyPatch, says: str, problem: str
) -> None:
    monkeypatch.setattr(CoreNlpHandler, "says", says)
    with open_backend("corenlp", {"endpoint": corenlp}) as backend, pytest.raises(UserError, match=problem) as caught:
        backend.score(["We saw it."])
    assert f"the log of the server at {corenlp}" in caught.value.next_step


def test_a_corenlp_that_loses_a_sentence_is_refused(corenlp: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CoreNlpHandler, "broken", True)
    with open_backend("corenlp", {"endpoint": corenlp}) as backend, pytest.raises(UserError, match="0 sentences in 1"):
        backend.score(["We saw it."])


def test_an_unknown_backend_is_named() -> None:
    with pytest.raises(UserError, match="nosuch'; there are corenlp, stanza, stanza_small, vader"):
        open_backend("nosuch", {}).__enter__()


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(UserError, match=r"backends\.vader\.nosuch: Extra"), open_backend("vader", {"nosuch": 1}):
        pass


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("sentiment", "nosuch", "no sentiment backend 'nosuch'; there are corenlp, stanza, stanza_small, vader"),
        ("backends", {"corenpl": {}}, "no sentiment backend 'corenpl'; there are corenlp, stanza, stanza_small, vader"),
        ("backends", {"corenlp": {"memroy": "4G"}}, r"backends\.corenlp\.memroy: Extra"),
        (
            "backends",
            {"vader": {"a": 1}, "stanza": {"dir": 7}},
            r"\.vader\.a: Extra.*; backends\.stanza\.dir: .* string",
        ),
    ],
)
def test_params_that_no_backend_knows_are_refused_whichever_is_chosen(
    tmp_path: Path, key: str, value: object, problem: str
) -> None:
    (tmp_path / "params.yaml").write_text((PROJECT / "params.yaml").read_text())
    set_param(tmp_path, f"text_features.{key}", value)
    with pytest.raises(UserError, match=f"text_features: .*{problem}"):
        settings.load_settings(tmp_path / "params.yaml")


def test_a_new_backend_is_a_new_folder_and_no_other_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(Path(backends.__file__).parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "always_three").mkdir()
    (tmp_path / "always_three/__init__.py").write_text(
        "from contextlib import contextmanager\nimport numpy as np\nfrom popularity.settings import Section\n"
        "class Options(Section):\n    value: float = 3.0\n"
        "class Always:\n    def __init__(self, v): self.v = v\n"
        "    def score(self, sentences): return np.full(len(sentences), self.v)\n"
        "@contextmanager\ndef open_with(options):\n    yield Always(options.value)\n"
    )
    monkeypatch.setattr(backends, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(backends, "__path__", [str(tmp_path)])
    options = settings.TextFeatures(sentiment="always_three", backends={"always_three": {"value": 3.5}})
    with open_sentiment(options) as sentiment:
        assert sentiment.read(["A text of more than twenty letters.", ""]).score.tolist() == [3.5, 2.0]


def test_scores_do_not_fall_as_words_grow_kinder(small: Sentiment) -> None:
    texts = ["terrible awful horrible", "a bit sad", "nice", "wonderful amazing lovely"]
    assert all(low < high for low, high in pairwise(small.read(texts).score))


def test_no_more_texts_are_remembered_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentiment_module, "REMEMBERED", 2)
    counting = Counting()
    sentiment = Sentiment(counting, 0.8)
    one, two, three = (f"This is the photo that I took on day {number}." for number in ("one", "two", "three"))
    assert sentiment.read([one, two, three]).score.tolist() == [3, 3, 3]
    sentiment.read([two, three])
    assert counting.asked == 3
    sentiment.read([one])
    assert counting.asked == 4


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Die Mauer", "We saw a street and many people there", "I love it", "Wir sahen dort viele Menschen"]
    users = [1, 2, 2, 1]
    whole = Sentiment(Vader(), 0.99).read(texts, users)
    monkeypatch.setattr(sentiment_module, "CHUNK", 1)
    pieces = Sentiment(Vader(), 0.99).read(texts, users)
    assert whole.language.tolist() == pieces.language.tolist() == ["other", "english", "english", "other"]
    assert whole.score.tolist() == pieces.score.tolist()


@pytest.mark.parametrize("text", ["Die Mauer", "Die, die, die!", "I love it"])
def test_a_text_too_short_to_tell_its_language_is_neutral_by_itself_and_said_so(text: str) -> None:
    read = Sentiment(Vader(), 0.99).read([text, "", "\U0001f60d"])
    assert (read.score[:2].tolist(), read.language.tolist()) == ([2, 2], ["unknown", "wordless", "wordless"])
    assert read.score[2] > 2
