"""What a process prints is shown as it comes, and kept."""

import os
import pty
import subprocess
import sys
import termios

import pytest

from popularity.dag.terminal import run_and_keep

RUN = "import os, sys; from popularity.dag.terminal import run_and_keep; "
ASK = "import os, sys; print([os.isatty(fd) for fd in (1, 2)], os.get_terminal_size(2).columns, file=sys.stderr)"


def test_both_streams_are_shown_apart_and_kept_with_the_exit_code(capfd: pytest.CaptureFixture[str]) -> None:
    code = "import os, sys; os.write(1, b'out\\n'); os.write(2, b'err\\n'); sys.exit(7)"
    ended, said = run_and_keep([sys.executable, "-c", code], os.environ)
    assert (ended, sorted(said.split())) == (7, ["err", "out"])
    assert tuple(capfd.readouterr()) == ("out\n", "err\n")


def test_a_process_sees_a_terminal_of_the_same_size_where_there_is_one() -> None:
    here, there = pty.openpty()
    termios.tcsetwinsize(there, (24, 97))
    command = [sys.executable, "-c", f"{RUN}run_and_keep([sys.executable, '-c', {ASK!r}], os.environ)"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=there, check=True, timeout=60)
    assert os.read(here, 1000).decode() == "[False, True] 97\r\n"  # once, by the terminal that shows it
    os.close(here)
    os.close(there)


def test_a_process_ends_when_nobody_reads_what_it_prints() -> None:
    endless = f"{RUN}print(run_and_keep(['yes'], os.environ)[0], file=sys.stderr)"
    command = f"'{sys.executable}' -c \"{endless}\" | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.stdout, int(done.stderr) != 0) == ("y\n", True)
