"""A project with an earlier batch and a night, whose finished tables a test may break."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from kit.project import ROOT

from popularity import paths
from popularity.posts import LABELS, LINKS, PHOTOS, POSTS, shard_path, write_table
from popularity.text.features import TEXT

POSTS_A_BATCH = 300
USERS = 12


def lay_out_batches(folder: Path) -> None:
    """params.yaml, expectations/ and the tables of the batches `before` and `night`, into the current folder."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["batches"] = {name: {"source": "smp", "path": f"data/raw/{name}"} for name in ("before", "night")}
    params["demo"]["batches"] = []
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    (folder / "expectations").symlink_to(ROOT / "expectations")
    write_batch("before", first_pid=1, start=1_400_000_000)
    write_batch("night", first_pid=1001, start=1_400_090_000)


def write_batch(name: str, *, first_pid: int, start: int) -> None:
    """The tables of one batch: 12 users with means of their own, half of the links dead, all posts pending."""
    rng = np.random.default_rng(first_pid)
    n = POSTS_A_BATCH
    pids = np.arange(first_pid, first_pid + n)
    posts = pd.DataFrame({"pid": pids, "uid": 1 + pids % USERS, "postdate": start + 100 * np.arange(n)})
    usual = np.exp(rng.normal(4, 0.2, n)) * (posts["uid"] + 1)
    posts = posts.assign(
        commentcount=np.nan, haspeople=0.0, titlelen=5.0, deslen=6.0, tagcount=2.0,
        avgview=usual.where(posts.index % 20 > 0), groupcount=9.0, avgmembercount=99.0,
        alltags="sun sea", title="a cat", description="asleep", image_url=[f"images/{pid}.jpg" for pid in pids],
    )  # fmt: skip
    write_table(paths.posts(name), posts, POSTS)
    labels = posts[["pid", "postdate"]].assign(label=np.nan, views=np.nan, seen=np.nan, given_split="")
    write_table(paths.labels(name), labels, LABELS)
    text = pd.DataFrame({"pid": pids, "tags": [["sun", "sea"]] * n, "title": [["a", "cat"]] * n, "sentiment": 2.0})
    write_table(paths.text(name), text, TEXT)
    alive = pids % 2 == 0
    sha256 = [f"{pid:064x}" if here else "" for pid, here in zip(pids, alive, strict=True)]
    links = pd.DataFrame({"pid": pids, "alive": alive, "sha256": sha256})
    links["reason"] = np.where(alive, "", "missing file")
    links["phash"] = np.where(alive, [rng.bytes(8).hex() for _ in pids], "")
    links["width"] = links["height"] = np.where(alive, 320, 0)
    write_table(paths.links(name), links, LINKS)
    write_table(shard_path(paths.photos(name), 0), links[alive].assign(jpeg=b"\xff\xd8"), PHOTOS)
