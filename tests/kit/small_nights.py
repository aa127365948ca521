"""Nights of the small project's own world, cut short, as a crawler would leave them, and labels that come later."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from kit.small_project import Project
from popularity.demo.events import Event
from popularity.demo.night import Night, draw_night, labels_seen_later, write_labels, write_night
from popularity.demo.posts import draw_posts
from popularity.demo.world import build_world
from popularity.settings import load_settings

POSTS = 60
"""Posts of a night: enough for the gate's figures, few enough to draw their photos at once."""
TIMES = 7
"""How many times more views than expected: nearly three units of the label, which may be a changed world."""


def draw(project: Project, number: int, event: Event | None = None) -> Night:
    """POSTS of a night's posts, evenly taken, so that all its days and users are in it."""
    settings = load_settings(project.folder / "params.yaml")
    world = build_world(settings.demo, settings.base.seed)
    night = draw_night(world, draw_posts(world, settings.demo), settings.demo, number, event)
    kept = np.linspace(0, len(night.draw.posts) - 1, POSTS).round().astype(int)
    shots = [night.draw.shots[place] for place in kept]
    return replace(night, draw=replace(night.draw, posts=night.draw.posts.iloc[kept], shots=shots))


def bring(project: Project, batch: str, number: int, event: Event | None = None) -> None:
    """Have a night's crawl come to the inbox."""
    write_night(project.folder / "data/inbox" / batch, draw(project, number, event))


def bring_labels(
    project: Project, batch: str, number: int, event: Event | None = None, *, times: int = 1, days: int | None = None
) -> None:
    """Have the views of a night's posts come, so many times as many as the world gives, read so long after posting."""
    age = days or load_settings(project.folder / "params.yaml").label.min_age_days
    labels = labels_seen_later(draw(project, number, event), age)
    write_labels(project.folder / "data/visits" / batch / "views.csv", labels.assign(views=labels["views"] * times))


def start(project: Project, *args: str) -> "subprocess.Popen[str]":
    """Start a Python module in the project, a group of processes of its own; what it prints goes to .work/."""
    here = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
        "PREFECT_HOME": str(project.folder / ".prefect"),
    }
    for name in ("PREFECT_API_URL", "PREFECT_API_DATABASE_CONNECTION_URL"):  # of a test server
        environment.pop(name, None)
    with (project.folder / ".work/stdout").open("a") as out, (project.folder / ".work/stderr").open("a") as err:
        return subprocess.Popen(
            [sys.executable, "-m", *args], cwd=project.folder, env=environment, text=True, stdout=out, stderr=err,
            start_new_session=True,
        )  # fmt: skip
