"""A DVC project of two stages that leave marks, in which a test says how the first ends."""

import subprocess
import sys
from pathlib import Path

DVC_YAML = """
stages:
  shout:
    cmd: python shout.py
    deps: [word.txt, shout.py]
    outs: [loud.txt]
  count:
    cmd: python count.py
    deps: [loud.txt]
    outs: [length.txt]
"""
STAGE = """\
import os, sys
from popularity.errors import UserError
from popularity.marks import run
def main():
    {does}
run(main)
"""
SHOUT = "print(open('word.txt').read().upper(), file=open('loud.txt', 'w'))"
COUNT = "print(len(open('loud.txt').read()), file=open('length.txt', 'w'))"


def lay_out_two_stages(folder: Path) -> None:
    """The project, not yet run."""
    (folder / "dvc.yaml").write_text(DVC_YAML)
    (folder / "shout.py").write_text(STAGE.format(does=SHOUT))
    (folder / "count.py").write_text(STAGE.format(does=COUNT))
    (folder / "word.txt").write_text("hello")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=folder, check=True)


def shout(does: str) -> None:
    """What the current project's first stage does instead of writing its output."""
    Path("shout.py").write_text(STAGE.format(does=does))
