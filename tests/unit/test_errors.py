"""Text from strangers as it is printed: a terminal and a log obey none of it, none fills more than a screen."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from kit.posts_csv import posts, write_csv
from popularity.errors import UserError
from popularity.printing import listed, log_printably, printable, say, shortened
from popularity.sources.smp import COLUMNS

HOSTILE = "\x1b[2J\x1b]0;mine\x07\x9b31m\u202egnp.exe\x7f\r"


def test_what_a_terminal_obeys_is_printed_as_its_escape() -> None:
    assert printable(HOSTILE) == r"\x1b[2J\x1b]0;mine\x07\x9b31m\u202egnp.exe\x7f\r"


def test_what_people_write_stays() -> None:
    text = "naïve café\n\t日本語 👩\u200d🚀 שלום"
    assert printable(text) == text


@pytest.mark.parametrize("err", [True, False])
def test_a_message_is_printed_on_the_stream_that_is_asked_for(err: bool, capsys: pytest.CaptureFixture[str]) -> None:
    say("note: \x1b[31m", err=err)
    out, told = capsys.readouterr()
    assert (told if err else out) == "note: \\x1b[31m\n"


def test_an_error_may_be_printed_and_is_a_screen_at_most() -> None:
    error = UserError("x\x1b" + "y" * 100_000, next_step="see \u202e")
    assert str(error).startswith("x\\x1by")
    assert str(error).endswith("more characters)\n  next: see \\u202e")
    assert len(str(error)) < 1600


def test_long_lists_are_cut_with_a_count_of_the_rest() -> None:
    assert listed(["a", "b\nc"]) == "a, b c"
    assert listed(range(12), 10) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    assert listed(["z" * 1040]) == "z" * 40 + "... (1,000 more characters)"
    assert shortened("abc", 3) == "abc"


def test_every_logger_writes_printably(caplog: pytest.LogCaptureFixture) -> None:
    before = logging.getLogRecordFactory()
    log_printably()
    try:
        logging.getLogger("somebodys").warning("\x1b %s %s %d", "\x1b", UserWarning("\x1b"), 7)
    finally:
        logging.setLogRecordFactory(before)
    assert caplog.messages == ["\\x1b \\x1b \\x1b 7"]


ESCAPES = ("\x1b", "\x9b", "\u202e", "\x07", "\x7f")


def popularity(folder: Path, *arguments: str) -> str:
    """What the real command prints, on both streams."""
    call = [sys.executable, "-m", "popularity", *arguments]
    done = subprocess.run(call, cwd=folder, capture_output=True, timeout=300, check=False)
    return (done.stdout + done.stderr).decode()


def test_the_command_prints_no_escape_of_a_header_a_cell_or_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / f"crawl{HOSTILE}"
    folder.mkdir()
    (folder / "posts.csv").write_text(f"{HOSTILE},b\n1,2\n")
    project = Path(__file__).parents[2]
    (tmp_path / "params.yaml").write_text((project / "params.yaml").read_text())
    said = popularity(tmp_path, "batches", "add", "mine", "--source", "smp", "--path", str(folder))
    assert "crawl\\x1b[2J" in said
    assert not [one for one in ESCAPES if one in said]


def test_the_stage_prints_no_escape_of_a_header_or_a_cell(tmp_path: Path) -> None:
    project = Path(__file__).parents[2]
    (tmp_path / "params.yaml").write_text((project / "params.yaml").read_text())
    (tmp_path / "expectations").symlink_to(project / "expectations")
    raw = tmp_path / "data/raw/demo"
    raw.mkdir(parents=True)
    hostile = HOSTILE.rstrip()
    rows = posts({"uid": hostile}, {}, {})
    write_csv(raw / "train_data.csv", [row | {f"a{hostile}b": "1"} for row in rows], (*COLUMNS, f"a{hostile}b"))
    call = [sys.executable, "-m", "stages.ingest", "demo"]
    environment = {"PYTHONPATH": str(project), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, timeout=300, check=False, env=environment)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 2
    assert "columns not read: a\\x1b[2J" in said
    assert "not a whole number" in said
    kept = (tmp_path / "reports/quality/rejected/demo.csv").read_text()
    assert not [one for one in ESCAPES if one in said + kept]
