"""Links a second of `fetch` beside a bare loop of aiohttp, memory for many links, and what a slow host costs others.

`python -m benchmarks.crawl [LINKS]` asks a server of twenty hosts on loopback, in a process of its own. Speed is that
of the worst of four cells (photos of 30 and 200 KB, answered at once or after 20 ms), the best of ROUNDS in each, both
roads in turn: other work on the machine only ever slows down. `ratio_to_bare`: `fetch` with its store, against a loop
that keeps nothing. `ratio_with_decoding`: `fetch` and `filter_links`, against a loop that gives each photo to a pool of
processes which decode, hash and shrink it, without bounds. `peak_mb`: of the stage `fetch` with its children, for LINKS
links (300,000 unless told). `stragglers`: 3,000 links, of which 1 % hang or drip, all on one host: seconds less one
time-out of that kind, by seconds with none.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.crawling.server import Server, serving
from benchmarks.drifting.sets import inside, set_param
from benchmarks.measure import in_a_process, watched
from popularity import paths
from popularity.posts import POSTS, write_table
from popularity.settings import load_settings

ROUNDS = 3
CELLS = {(30, 0): 6000, (30, 20): 3000, (200, 0): 1500, (200, 20): 1500}
"""KB and ms of an answer: links."""
ROADS = {"ratio_to_bare": ("fetch", "bare"), "ratio_with_decoding": ("fetch_and_filter", "bare_photos")}
STRAGGLERS = 3000
BATCH = "crawl"
LINKS = 300_000
SMALL_KB = 1
"""Of the photos of LINKS, which would fill the disk otherwise."""


def main() -> None:
    links = int(sys.argv[1]) if len(sys.argv) > 1 else LINKS
    os.environ |= {"TQDM_DISABLE": "1", "PYTHONPATH": str(Path.cwd())}
    with serving() as server:
        found = {name: worst_ratio(server, *roads) for name, roads in ROADS.items()}
        found |= {"stragglers": stragglers(server), "peak_mb": peak_mb(server, links)}
    print(json.dumps({name: found[name] for name in ("ratio_to_bare", "ratio_with_decoding", "peak_mb", "stragglers")}))


def worst_ratio(server: Server, product: str, bare: str) -> float:
    """Of links a second, in the worst cell."""
    ratios = []
    for (kb, ms), count in CELLS.items():
        rounds = [{road: seconds(server, road, kb, ms, count) for road in (bare, product)} for _ in range(ROUNDS)]
        best = {road: min(one[road] for one in rounds) for road in (bare, product)}
        ratios.append(best[bare] / best[product])
        rates = ", ".join(f"{road} {count / took:7,.0f}/s" for road, took in best.items())
        print(f"{kb:4} KB, {ms:3} ms: {rates}, ratio {ratios[-1]:.2f}", flush=True)
    return round(min(ratios), 2)


def seconds(server: Server, road: str, kb: int, ms: int, count: int) -> float:
    asked = map(str, (kb, ms, count, server.port))
    return float(in_a_process("benchmarks.crawling.roads", road, *asked)["seconds"])


def stragglers(server: Server) -> dict[str, float]:
    fetch = load_settings().fetch
    time_outs = {"hanging": fetch.timeout_s, "dripping": fetch.total_timeout_s}
    took = {
        how: float(in_a_process("benchmarks.crawling.stragglers", how, str(STRAGGLERS), str(server.port))["seconds"])
        for how in ("none", *time_outs)
    }
    print(", ".join(f"{how} {one:.1f} s" for how, one in took.items()), flush=True)
    return {how: round((took[how] - time_out) / took["none"], 2) for how, time_out in time_outs.items()}


def peak_mb(server: Server, links: int) -> float:
    """Of the stage, in a project of its own."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        shutil.copy(paths.PARAMS, folder)
        with inside(Path(folder)):
            set_param("fetch", "private_hosts", value=server.hosts)
            set_param("demo", "batches", value=[])
            set_param("batches", value={BATCH: {"source": "smp", "path": "crawl"}})
            write_table(paths.posts(BATCH), posts_with(server.links(f"{SMALL_KB}/0", links)), POSTS)
            took = watched([sys.executable, "-m", "stages.fetch", BATCH], Path.cwd(), (0,))
    print(f"{links:,} links: {took.seconds:,.0f} s, {took.peak_mb:,.0f} MB", flush=True)
    return round(took.peak_mb, 1)


def posts_with(links: list[str]) -> pd.DataFrame:
    """A post a link, all else empty."""
    empty = POSTS.empty_table().to_pandas().reindex(range(len(links)))
    texts = dict.fromkeys(("alltags", "title", "description"), "")
    return empty.assign(pid=range(len(links)), uid=1, postdate=0, **texts, image_url=links)


if __name__ == "__main__":
    main()
