"""Everything but photos on many posts: the real stages through `dvc repro`, with the shipped params.

`python -m benchmarks.tabular 50000` draws posts from a seed in the layout of SMP-T1 (3,200 a user, six years, words as
frequent as Zipf's law has them, every photo gone) and runs the DAG on them in a temporary clone of the project as it is
committed. It prints a line a stage and last {"posts", "seconds", "peak_mb", "stages": {name: seconds}}; peak_mb is what
the largest stage holds with its children, pages that they share counted for each.
"""

import json
import subprocess
import sys
import tempfile
import time
from itertools import islice, product
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from benchmarks.measure import SAMPLE_S, Watched, environment, held_mb

POSTS_A_USER = 3200
YEARS, LAST = 6, 1_500_000_000  # of posting, Unix seconds
VOCABULARY = 200_000
TEST_SHARE = 0.15
DAY = 86_400


def main() -> None:
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as folder:
        crawl, clone = Path(folder) / "crawl", Path(folder) / "project"
        write_posts(crawl, posts)
        run(Path.cwd(), "git", "clone", "--quiet", ".", str(clone))
        run(clone, "popularity", "batches", "remove", "demo")
        run(clone, "popularity", "batches", "add", "many", "--source", "smp", "--path", str(crawl), "--in-place",
            "--as-of-post")  # fmt: skip
        start = time.perf_counter()
        watched = watch(subprocess.Popen(["dvc", "repro"], cwd=clone, env=environment(), stdout=sys.stderr))
        seconds = time.perf_counter() - start
    for name, one in watched.items():
        print(f"{name:20} {one.seconds:8.1f} s {one.peak_mb:8,.0f} MB")
    stages = {name: round(one.seconds, 1) for name, one in watched.items()}
    peak = max(one.peak_mb for one in watched.values())
    print(json.dumps({"posts": posts, "seconds": round(seconds, 1), "peak_mb": round(peak, 1), "stages": stages}))


def write_posts(folder: Path, n: int, test_share: float = TEST_SHARE) -> None:
    """train and test CSV files of n posts, each user's latest as test posts; views were read a month after posting.

    What moves a label: its user (two thirds of the spread), a wave of each user's own, words, the hour, chance.
    """
    rng = np.random.default_rng(1)
    users = -(-n // POSTS_A_USER)
    user = np.sort(rng.integers(0, users, n))
    date = LAST - rng.integers(0, YEARS * 365 * DAY, n)
    tags, titles, described = (words(n, length, rng) for length in (9, 4, 18))
    effect = rng.normal(0, 0.3, VOCABULARY + 1)
    wave = 0.5 * np.sin(date / (200 * DAY) + rng.uniform(0, 6, users)[user])
    label = (
        rng.normal(6, 2, users)[user] + wave + effect[tags].mean(axis=1) + effect[titles].mean(axis=1)
        + 0.3 * np.sin(date % DAY / DAY * 2 * np.pi) + rng.normal(0, 1, n)
    )  # fmt: skip
    posts = pd.DataFrame(
        {
            "pid": np.arange(n) + 1_000_000,
            "uid": user + 100,
            "postdate": date,
            "commentcount": "",
            "haspeople": "",
            "titlelen": "",
            "deslen": "",
            "tagcount": tags.shape[1],
            "avgview": rng.lognormal(5, 1, users)[user].round(1),
            "groupcount": rng.integers(1, 100, users)[user],
            "avgmembercount": rng.integers(100, 10_000, users)[user],
            "alltags": texts(tags),
            "title": texts(titles),
            "description": texts(described),
            "image_url": "images/gone.jpg",
        }
    )
    views = np.maximum(2**label - 1, 0).round().astype(np.int64)
    labels = posts[["pid", "uid"]].assign(views=views, seen=date + 30 * DAY)
    late = posts["postdate"].groupby(posts["uid"]).rank(pct=True).to_numpy() > 1 - test_share
    folder.mkdir()
    for name, rows in (("train", ~late), ("test", late)):
        posts[rows].to_csv(folder / f"{name}_data.csv", index=False)
        labels[rows].to_csv(folder / f"{name}_label.csv", index=False)


def words(n: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """Ranks of words, int64 of shape (n, length), the more common the lower."""
    return np.minimum(rng.zipf(1.3, (n, length)), VOCABULARY)


def texts(ranks: np.ndarray) -> list[str]:
    """Words of three syllables, for numbers are no English."""
    syllables = [consonant + vowel for vowel in "aeiou" for consonant in "tnshrdlcmwpvb"]
    spelt = np.array(["".join(s) for s in islice(product(syllables, repeat=3), VOCABULARY + 1)])
    return [" ".join(row) for row in spelt[ranks]]


def watch(dvc: "subprocess.Popen[bytes]") -> dict[str, Watched]:
    """What DVC's stages take, looked at every so often until it ends; a stage's process is known by its command line.

    Raises CalledProcessError where it fails.
    """
    found: dict[str, Watched] = {}
    while dvc.poll() is None:
        for process in psutil.Process(dvc.pid).children(recursive=True):
            try:
                line = process.cmdline()
                if len(line) < 3 or line[1] != "-m" or not line[2].startswith("stages."):
                    continue
                name, seconds = line[2].removeprefix("stages."), time.time() - process.create_time()
                before = found.get(name, Watched(0.0, 0.0))
                found[name] = Watched(seconds, max(before.peak_mb, held_mb(process)))
            except psutil.NoSuchProcess:
                continue
        time.sleep(SAMPLE_S)
    if dvc.returncode:
        raise subprocess.CalledProcessError(dvc.returncode, "dvc repro")
    return found


def run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, env=environment(), check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()
