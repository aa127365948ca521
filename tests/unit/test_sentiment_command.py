"""`popularity sentiment` as a user meets it."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LINES = [
    "I love this place!",
    "",
    "Das ist ein wunderschöner Sonnenuntergang am Meer",
    "a\rb\x0cc\u2028d",
    "It was so sad.",
]


@pytest.mark.parametrize(("backend", "end"), [("stanza-small", "\n"), ("vader", "")])
def test_one_number_a_line_and_nothing_else_on_stdout(tmp_path: Path, backend: str, end: str) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("\n".join(LINES) + end, encoding="utf-8", newline="\n")
    command = [sys.executable, "-m", "popularity", "sentiment", str(file), "--backend", backend]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    scores = [float(line) for line in done.stdout.split("\n")[:-1]]
    assert len(scores) == len(LINES)
    assert scores[0] > 2 > scores[4]
    assert scores[1] == scores[2] == 2
    assert "1 lines are not English" in done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "popularity", "sentiment", str(tmp_path / "nosuch.txt")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nosuch.txt is not there" in done.stderr
