"""A DVC project in git of two stages whose figures follow from params, in which experiments take seconds."""

import os
import subprocess
import sys
from pathlib import Path

PARAMS = """\
base:
  seed: 1
train_boosted:
  trees: 300  # of each fit
  losses:
  - MAE
  - RMSE
"""
DVC_YAML = """\
stages:
  train_boosted:
    cmd: python train_boosted.py
    deps: [train_boosted.py]
    params: [base.seed, train_boosted]
    outs: [trees.txt]
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, trees.txt]
    metrics: [metrics/evaluate.json: {cache: false}]
"""
TRAIN = """\
import sys, yaml
trees = yaml.safe_load(open('params.yaml'))['train_boosted']['trees']
if trees < 0:
    sys.exit('fewer trees than none')
open('trees.txt', 'w').write(str(trees))
"""
EVALUATE = """\
import json, os
error = 300 / float(open('trees.txt').read())
part = {'mae': error, 'spearman': 1 / (1 + error), 'coverage': 0.9}
best = {'model': 'boosted', 'chosen_by': 'forward', 'validation': part, 'test': part}
os.makedirs('metrics', exist_ok=True)
json.dump({'profile': 'p', 'all_posts': {'best': best}}, open('metrics/evaluate.json', 'w'))
"""


def lay_out_experiments(folder: Path) -> None:
    """The project, run once and committed."""
    files = {"params.yaml": PARAMS, "dvc.yaml": DVC_YAML, "train_boosted.py": TRAIN, "evaluate.py": EVALUATE}
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "init", "-q", "-b", "main")
    dvc(folder, "init", "-q")
    dvc(folder, "repro", "-q")
    commit(folder, "First run")


def commit(folder: Path, message: str) -> None:
    """Commit all that there is."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


def git(folder: Path, *args: str) -> None:
    """Run git as somebody."""
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


def dvc(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run DVC as in a plain shell with the environment activated."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DVC_NO_ANALYTICS": "1",
        **{
            f"GIT_{role}_{part}": "somebody@example.org"
            for role in ("AUTHOR", "COMMITTER")
            for part in ("NAME", "EMAIL")
        },
    }
    return subprocess.run(
        [sys.executable, "-m", "dvc", *args], cwd=folder, env=environment, capture_output=True, text=True
    )
