"""A project with an earlier batch and a night, whose finished tables a test may break."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from kit.batch_tables import write_batch
from kit.project import ROOT
from popularity import paths
from popularity.posts import PHOTOS, shard_path, write_table

POSTS_A_BATCH = 300
USERS = 12


def lay_out_batches(folder: Path) -> None:
    """params.yaml, expectations/ and the tables of the batches `before` and `night`, into the current folder."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["batches"] = {name: {"source": "smp", "path": f"data/raw/{name}"} for name in ("before", "night")}
    params["demo"]["batches"] = []
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    (folder / "expectations").symlink_to(ROOT / "expectations")
    write_night("before", first_pid=1, start=1_400_000_000)
    write_night("night", first_pid=1001, start=1_400_090_000)


def write_night(name: str, *, first_pid: int, start: int) -> None:
    """One of the two: 12 users with means of their own, half of the links dead, all posts pending."""
    rng = np.random.default_rng(first_pid)
    n = POSTS_A_BATCH
    pids = np.arange(first_pid, first_pid + n)
    posts = pd.DataFrame({"pid": pids, "uid": 1 + pids % USERS, "postdate": start + 100 * np.arange(n)})
    usual = np.exp(rng.normal(4, 0.2, n)) * (posts["uid"] + 1)
    alive = pids % 2 == 0
    posts = posts.assign(
        haspeople=0.0, titlelen=5.0, deslen=6.0, tagcount=2.0,
        avgview=usual.where(posts.index % 20 > 0), groupcount=9.0, avgmembercount=99.0,
        alltags="sun sea", title="a cat", description="asleep", image_url=[f"images/{pid}.jpg" for pid in pids],
        alive=alive, reason=np.where(alive, "", "missing file"),
        sha256=[f"{pid:064x}" if here else "" for pid, here in zip(pids, alive, strict=True)],
        phash=np.where(alive, [rng.bytes(8).hex() for _ in pids], ""),
        width=np.where(alive, 320, 0), height=np.where(alive, 320, 0),
    )  # fmt: skip
    text = pd.DataFrame({"pid": pids, "tags": [["sun", "sea"]] * n, "title": [["a", "cat"]] * n, "sentiment": 2.0})
    write_batch(name, posts, text)
    write_table(shard_path(paths.photos(name), 0), posts[alive].assign(jpeg=b"\xff\xd8"), PHOTOS)
