"""A small copy of this project in a repository of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from kit.project import ROOT, set_param
from popularity.files import read_json, write_json

SMALL = {
    "demo.posts": 150,
    "demo.users": 12,
    "train_rf.trees": 5,
    "train_cnn.epochs": 1,
    "train_image.head.epochs": 1,
    "fuse.epochs": 1,
    "train_boosted.trees": 10,
    "train_boosted.losses": ["MAE"],
    "protocols.parts": 2,
    "dataset.folds": 3,
}
CODE = (
    "popularity", "stages", "flows", "expectations", "data/visits", "data/forgotten.csv",
    "dvc.yaml", "params.yaml", ".gitignore", ".dvcignore",
)  # fmt: skip


@dataclass(frozen=True)
class Project:
    """A checkout with its own DVC cache."""

    folder: Path

    def command(self, *args: str) -> str:
        """Run a Python module as in a plain shell with the environment activated; returns stdout."""
        here = Path(sys.executable).parent
        environment = {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(
            [sys.executable, "-m", *args], cwd=self.folder, env=environment, text=True, capture_output=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refusal(self, *args: str) -> str:
        """What a command of ours that ends with code 2 says."""
        with pytest.raises(AssertionError) as failure:
            self.command("popularity", *args)
        return str(failure.value)

    def copied(self, folder: Path) -> "Project":
        """A copy in a folder that is not there, or empty."""
        shutil.copytree(self.folder, folder, symlinks=True, dirs_exist_ok=True)
        return Project(folder)

    def git(self, *args: str) -> None:
        """Run git as somebody."""
        who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
        subprocess.run(["git", *who, *args], cwd=self.folder, check=True, capture_output=True)

    def repro(self) -> list[str]:
        """Bring everything up to date; returns the stages that were executed."""
        lines = self.command("dvc", "repro").splitlines()
        return [line.split("'")[1] for line in lines if line.startswith("Running stage")]

    def set_param(self, key: str, value: object) -> None:
        """Change one value of params.yaml."""
        set_param(self.folder, key, value)

    def choose(self, **best: str) -> None:
        """Have the stage evaluate name these best models (population -> model), as if they had erred least."""
        file = self.folder / "metrics/evaluate.json"
        metrics = read_json(file)
        for population, model in best.items():
            metrics[population]["best"] = {"model": model, "chosen_by": "forward", **metrics[population][model]}
        write_json(file, metrics)
        self.command("dvc", "commit", "--quiet", "--force", "evaluate")

    @property
    def lock(self) -> dict[str, object]:
        """dvc.lock's stages."""
        stages: dict[str, object] = yaml.safe_load((self.folder / "dvc.lock").read_text())["stages"]
        return stages

    def bytes_of(self, *places: str) -> dict[str, bytes]:
        """Every file below these places."""
        files = [f for place in places for f in sorted((self.folder / place).rglob("*")) if f.is_file()]
        files += [self.folder / place for place in places if (self.folder / place).is_file()]
        return {file.relative_to(self.folder).as_posix(): file.read_bytes() for file in files}


def lay_out_code(folder: Path, *, small: bool = True) -> Project:
    """This project's code and choices, made small unless told not to, in a new git and DVC repository."""
    for name in CODE:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    project = Project(folder)
    for key, value in SMALL.items() if small else ():
        project.set_param(key, value)
    project.git("init", "-q")
    project.command("dvc", "init", "-q")
    return project
