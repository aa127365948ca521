"""Seconds and peak memory of judging a large batch: the gate, and drift with its page, as the two commands.

`python -m benchmarks.monitoring [BATCH_POSTS REFERENCE_POSTS]` draws posts as `benchmarks.tabular` does, makes a
champion's reference of the older ones (100,000 and 200,000 unless told), of the models boosted trees alone, and runs
`popularity quality` and `popularity drift` on the rest. It prints a line a command and last {"seconds", "peak_mb"}:
both together, and what the larger one holds with its children.
"""

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.drifting.sets import LATER, inside, lay_out, open_world, set_param
from benchmarks.measure import watched
from benchmarks.tabular import write_posts
from popularity import paths
from popularity.files import read_json
from popularity.registry.scoring import write_scores
from popularity.settings import load_settings

POSTS = (100_000, 200_000)
COMMANDS = {"quality": (0, 1, 2), "drift": (0,)}
"""Each with the statuses that it may end with: the gate's tell what it found."""


def main() -> None:
    batch, reference = map(int, sys.argv[1:3]) if len(sys.argv) > 1 else POSTS
    with tempfile.TemporaryDirectory() as folder:
        crawl, project = Path(folder) / "crawl", Path(folder) / "project"
        write_posts(crawl, batch + reference, batch / (batch + reference))
        project.mkdir()
        lay_out(project, crawl)
        score_later(project)
        found = {
            name: watched([sys.executable, "-m", "popularity", name, LATER], project, may_end_with)
            for name, may_end_with in COMMANDS.items()
        }
    for name, one in found.items():
        print(f"popularity {name:10} {one.seconds:8.1f} s {one.peak_mb:8,.0f} MB")
    seconds, peak = sum(one.seconds for one in found.values()), max(one.peak_mb for one in found.values())
    print(json.dumps({"seconds": round(seconds, 1), "peak_mb": round(peak, 1)}))


def score_later(project: Path) -> None:
    """Write a champion's reference of the older posts, and its scores of the later ones, which join the batches."""
    world = open_world(project, "many")
    with inside(project):
        scores = world.later[["pid", "uid"]].assign(prediction=world.prediction, model="boosted", version="v0001")
        write_scores(paths.scores(LATER), scores)
        known = {name: batch.model_dump(mode="json") for name, batch in load_settings().batches.items()}
        set_param("batches", value={**known, LATER: read_json(Path("later.json"))})


if __name__ == "__main__":
    main()
