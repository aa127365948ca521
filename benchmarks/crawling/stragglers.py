"""Seconds that `fetch` takes where 1 % of the links, all on one host, hang or drip: `... stragglers HOW COUNT PORT`."""

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.crawling.roads import of_hosts
from benchmarks.crawling.server import HOSTS, Server
from popularity.links.ask import ask, unanswered
from popularity.store.store import Writer

BAD = 100
"""One of so many."""
GOOD = "30/20"


def main() -> None:
    how, count, port = sys.argv[1:]
    server = Server(int(port))
    links = with_bad(server, how, int(count))
    with TemporaryDirectory(dir=".") as folder:
        start = time.perf_counter()
        with Writer(Path(folder) / "store") as store:
            ask(unanswered(links, store), of_hosts(server).fetch, store)
        print(json.dumps({"seconds": time.perf_counter() - start}))


def with_bad(server: Server, how: str, count: int) -> list[str]:
    """Links over all hosts; of the last one every fifth is bad, which is one of BAD of all. how: "none" for none."""
    links = server.links(GOOD, count)
    if how != "none":
        of_last = range(HOSTS - 1, count, HOSTS)
        for n in of_last[:: max(1, len(of_last) * BAD // count)]:
            links[n] = links[n].replace(GOOD, how)
    return links


if __name__ == "__main__":
    main()
