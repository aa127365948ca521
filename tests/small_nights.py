"""Nights of the small project's own world, cut short, as a crawler would leave them, and labels that come later."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from small_project import Project

from popularity.settings import load_settings
from popularity.sources.demo import draw_posts
from popularity.sources.demo_events import Event
from popularity.sources.demo_night import Night, draw_night, labels_seen_later, write_labels, write_night
from popularity.sources.demo_world import build_world

POSTS = 60
"""Posts of a night: enough for the gate's figures, few enough to draw their photos at once."""


def draw(project: Project, number: int, event: Event | None = None, posts: int = POSTS) -> Night:
    """Every so many posts of a night, so that all its days and users are in it; every second for half of `posts`."""
    settings = load_settings(project.folder / "params.yaml")
    world = build_world(settings.demo, settings.base.seed)
    night = draw_night(world, draw_posts(world, settings.demo), settings.demo, number, event)
    kept = np.linspace(0, len(night.draw.posts) - 1, posts).round().astype(int)
    shots = [night.draw.shots[place] for place in kept]
    return replace(night, draw=replace(night.draw, posts=night.draw.posts.iloc[kept], shots=shots))


def put_in_inbox(project: Project, batch: str, night: Night) -> Path:
    """Have the night's crawl come; returns its folder."""
    folder = project.folder / "data/inbox" / batch
    write_night(folder, night)
    return folder
