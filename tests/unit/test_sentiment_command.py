"""`popularity sentiment` as a user meets it."""

import gzip
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from popularity.arrays import FloatArray
from popularity.cli import cli
from popularity.text.backends import vader
from popularity.text.backends.vader import Vader

PROJECT = Path(__file__).resolve().parents[2]
LINES = [
    "I love this place, it is so wonderful!",
    "",
    "Das ist ein wunderschöner Sonnenuntergang am Meer",
    "a\rb\x0cc\u2028d",
    "   \t",
    "It was so sad that we left the place early.",
]


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "end", "last"), [("stanza_small", "\n", "\n"), ("vader", "\r\n", "")])
def test_one_number_a_line_and_nothing_else_on_stdout(tmp_path: Path, backend: str, end: str, last: str) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes((end.join(LINES) + last).encode())
    command = [sys.executable, "-m", "popularity", "sentiment", str(file), "--backend", backend]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    scores = [float(line) for line in done.stdout.split("\n")[:-1]]
    assert len(scores) == len(LINES)
    assert scores[0] > 2 > scores[-1]
    assert [scores[1], scores[2], scores[4]] == [2, 2, 2]
    assert "1 line is not English" in done.stderr


def test_help_the_readme_and_the_card_say_what_is_neutral() -> None:
    texts = [CliRunner().invoke(cli, ["sentiment", "--help"]).stdout]
    texts += [
        (PROJECT / file).read_text() for file in ("README.md", "popularity/text/backends/stanza_small/MODEL_CARD.md")
    ]
    for text in texts:
        assert "1.5 to 2.5" in " ".join(text.split())


def test_far_from_any_project_the_shipped_model_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines.txt").write_text("What a lovely day it was by the sea!")
    done = CliRunner().invoke(cli, ["sentiment", "lines.txt"])
    assert (done.exit_code, float(done.stdout) > 2) == (0, True)


def test_what_a_backend_prints_goes_to_stderr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Loud(Vader):
        def score(self, sentences: Sequence[str]) -> FloatArray:
            print("Downloading...")
            return super().score(sentences)

    monkeypatch.setattr(vader, "Vader", Loud)
    (tmp_path / "lines.txt").write_text("What a street.\n\n")
    done = CliRunner().invoke(cli, ["sentiment", str(tmp_path / "lines.txt"), "--backend", "vader"])
    assert (done.stdout, "Downloading..." in done.stderr) == ("2.0000\n2.0000\n", True)


@pytest.mark.parametrize(("file", "wrong"), [("nosuch.txt", "nosuch.txt is not there"), ("", " is a folder")])
def test_what_is_no_file_is_named(tmp_path: Path, file: str, wrong: str) -> None:
    command = [sys.executable, "-m", "popularity", "sentiment", str(tmp_path / file)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert wrong in done.stderr


def test_what_is_piped_in_is_read() -> None:
    command = [sys.executable, "-m", "popularity", "sentiment", "/dev/stdin", "--backend", "vader"]
    done = subprocess.run(
        command, cwd=PROJECT, input="I love this beautiful place!\n\n", capture_output=True, text=True, check=True
    )
    assert [float(line) > 2 for line in done.stdout.splitlines()] == [True, False]


def sentiment(file: Path) -> Result:
    return CliRunner().invoke(cli, ["sentiment", str(file), "--backend", "vader"])


@pytest.mark.parametrize(
    ("longer", "scores", "told"),
    [
        ("", [2, 2], "2 lines are too short to tell the language, and no longer line does: scored 2"),
        ("Der ganze Tag am Meer war wunderschön", [2, 2, 2], "3 lines are not English: scored 2"),
        ("We saw the street and the man in it", [0, 4, 2], ""),
    ],
)
def test_a_short_line_is_in_the_language_of_the_longer_ones(
    tmp_path: Path, longer: str, scores: list[int], told: str
) -> None:
    (tmp_path / "lines.txt").write_text(f"Die, die, hell, die!\nLove, love, love!\n{longer}")
    done = sentiment(tmp_path / "lines.txt")
    assert [round(float(line)) for line in done.stdout.splitlines()] == scores
    assert done.stderr.strip() == told


@pytest.mark.parametrize(
    ("raw", "line", "mend"),
    [
        ("A fine day\nand night\n".encode("utf-16"), 1, "looks like UTF-16"),
        ("A fine day\nand night\n".encode("utf-16-be"), 1, "looks like UTF-16"),
        (gzip.compress(b"A fine day\n", mtime=0), 1, "unpack it"),
        ("A fine day\nin the caf\u00e9\n".encode("windows-1252"), 2, "Windows-1252"),
        ("A fine day\nЗакат на море\n".encode("windows-1251"), 2, "iconv -f ENCODING"),
    ],
)
def test_what_is_not_utf_8_text_is_refused_by_its_line(tmp_path: Path, raw: bytes, line: int, mend: str) -> None:
    (tmp_path / "lines.txt").write_bytes(raw)
    command = [sys.executable, "-m", "popularity", "sentiment", str(tmp_path / "lines.txt"), "--backend", "vader"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"lines.txt, line {line}: not UTF-8 text" in done.stderr
    assert mend in done.stderr.splitlines()[1]


def test_the_mark_of_utf_8_is_no_letter_and_an_empty_file_has_no_line(tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_bytes(b"\xef\xbb\xbfhttp://example.org/a\n")
    assert sentiment(tmp_path / "lines.txt").stdout == "2.0000\n"
    (tmp_path / "lines.txt").write_bytes(b"")
    assert sentiment(tmp_path / "lines.txt").stdout == ""
