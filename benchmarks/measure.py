"""Seconds and peak memory of one piece of work, in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

SAMPLE_S = 0.2


@dataclass(frozen=True)
class Watched:
    """What a command took."""

    seconds: float
    peak_mb: float  # with its children


def watched(command: Sequence[str], folder: Path, may_end_with: Sequence[int]) -> Watched:
    """Run a command in a folder, its output on stderr. Raises CalledProcessError where it ends with another status."""
    start, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=sys.stderr)
    while process.poll() is None:
        try:
            peak = max(peak, held_mb(psutil.Process(process.pid)))
        except psutil.NoSuchProcess:
            continue
        time.sleep(SAMPLE_S)
    if process.returncode not in may_end_with:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Watched(time.perf_counter() - start, peak)


def held_mb(process: psutil.Process) -> float:
    """What a process holds with its children, MB; pages that they share counted for each."""
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 1e6


def environment() -> dict[str, str]:
    """This one's, where this interpreter's programs are found first."""
    here = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}


def in_a_process(module: str, *arguments: str) -> dict[str, Any]:
    """Run `python -m module arguments` and read the JSON object on its last line."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def peak_mb() -> float:
    """The most memory that this process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
