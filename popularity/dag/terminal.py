"""A process that prints where this one does, on a terminal where this one does, and all that it printed."""

import os
import pty
import subprocess
import termios
import tty
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Thread

STDOUT, STDERR = 1, 2


def run_and_keep(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command; returns its exit code and what it printed, which is shown as it comes, bars and colours too."""
    said: list[bytes] = []
    ends = {shown: _open_like(shown) for shown in (STDOUT, STDERR)}
    into = {shown: write for shown, (_, write) in ends.items()}
    with subprocess.Popen(command, env=environment, stdout=into[STDOUT], stderr=into[STDERR]) as process:
        for write in into.values():
            os.close(write)
        listeners = [Thread(target=_pass_on, args=(read, shown, said)) for shown, (read, _) in ends.items()]
        for listener in listeners:
            listener.start()
        code = _wait(process)
        for listener in listeners:
            listener.join()
    return code, b"".join(said).decode(errors="replace")


def _open_like(shown: int) -> tuple[int, int]:
    """The ends to read from and to write to of a terminal of the same size, or of a pipe where none is shown on."""
    if not os.isatty(shown):
        return os.pipe()
    read, write = pty.openpty()
    tty.setraw(write)  # line ends are the shown one's to mend
    termios.tcsetwinsize(write, termios.tcgetwinsize(shown))
    return read, write


def _pass_on(read: int, shown: int, said: list[bytes]) -> None:
    with suppress(OSError):  # how a terminal ends; or nobody reads on, which the process learns when this end closes
        while part := os.read(read, 65_536):
            said.append(part)
            while part:
                part = part[os.write(shown, part) :]
    os.close(read)


def _wait(process: "subprocess.Popen[bytes]") -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the process has it, too, and ends in its own way
            continue
