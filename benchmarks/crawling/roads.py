"""Two roads from links to bytes, or to photos: the project's own, and a bare loop of aiohttp that keeps nothing.

`python -m benchmarks.crawling.roads ROAD KB MS COUNT PORT` prints the seconds of one, once all that it imports is
loaded and its processes have started.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from aiohttp import ClientSession, TCPConnector
from joblib import cpu_count

from benchmarks.crawling.server import Server, photo
from popularity.links.ask import answers_table, ask, unanswered
from popularity.links.check import Reader, check_posts
from popularity.links.decoders import Decoders, decoders
from popularity.links.folder import Folder
from popularity.links.photos import read_photo
from popularity.links.recorded import StoredAnswers
from popularity.settings import Fetch, Settings, load_settings
from popularity.store.store import Writer


def main() -> None:
    road, kb, ms, count, port = sys.argv[1:]
    server = Server(int(port))
    params = of_hosts(server)
    links = server.links(f"{kb}/{ms}", int(count))
    with TemporaryDirectory(dir=".") as folder:
        seconds = ROADS[road](links, params, Path(folder), photo(int(kb)))
    print(json.dumps({"seconds": seconds}))


def of_hosts(server: Server) -> Settings:
    """As params.yaml, and the server's hosts may be asked."""
    params = load_settings()
    fetch = Fetch.model_validate(params.fetch.model_dump() | {"private_hosts": server.hosts})
    return params.model_copy(update={"fetch": fetch})


def fetch(links: list[str], params: Settings, folder: Path, _: bytes) -> float:
    """What the stage fetch does between its two tables."""
    start = time.perf_counter()
    with Writer(folder / "store") as store:
        ask(unanswered(links, store), params.fetch, store)
        answers = answers_table(links, store)
    seconds = time.perf_counter() - start
    refuse_failures(len(links) - (answers["outcome"] == "ok").sum())
    return seconds


def fetch_and_filter(links: list[str], params: Settings, folder: Path, example: bytes) -> float:
    """What fetch and filter_links do between their tables."""
    posts = pd.DataFrame({"pid": range(len(links)), "image_url": links})
    with decoders() as pool, Writer(folder / "store") as store:
        warm(pool, params, example)
        start = time.perf_counter()
        ask(unanswered(links, store), params.fetch, store)
        answers = answers_table(links, store)
        reader = Reader(
            Folder(folder), StoredAnswers(answers, store), params.filter_links, params.fetch.max_bytes, pool
        )
        found = check_posts(posts, reader, folder / "photos")
        seconds = time.perf_counter() - start
    refuse_failures(len(links) - found["alive"].sum())
    return seconds


def warm(pool: Decoders, params: Settings, example: bytes) -> None:
    with ThreadPoolExecutor(len(pool)) as threads:
        list(threads.map(lambda _: pool.read(example, params.filter_links), range(len(pool))))


def bare(links: list[str], params: Settings, _: Path, __: bytes) -> float:
    """As many requests at a time, connections kept, the bytes let go."""

    async def take(content: bytes) -> None:
        del content

    return asyncio.run(_loop(links, params.fetch.concurrency, take))


def bare_photos(links: list[str], params: Settings, _: Path, example: bytes) -> float:
    """The same, and each photo is decoded, hashed and shrunk in a pool of processes, without bounds, and let go."""
    with ProcessPoolExecutor(cpu_count()) as pool:
        list(pool.map(read_photo, [example] * cpu_count(), [params.filter_links] * cpu_count()))

        async def take(content: bytes) -> None:
            await asyncio.get_running_loop().run_in_executor(pool, read_photo, content, params.filter_links)

        return asyncio.run(_loop(links, params.fetch.concurrency, take))


async def _loop(links: list[str], at_a_time: int, take: Callable[[bytes], Awaitable[None]]) -> float:
    waiting: Iterator[str] = iter(links)
    async with ClientSession(connector=TCPConnector(limit=at_a_time)) as client:

        async def work() -> None:
            for link in waiting:
                async with client.get(link) as response:
                    refuse_failures(response.status != 200)
                    await take(await response.read())

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(at_a_time)))
        return time.perf_counter() - start


def refuse_failures(count: int) -> None:
    if count:
        sys.exit(f"error: {count} links failed, so the time is of something else")


ROADS = {"fetch": fetch, "fetch_and_filter": fetch_and_filter, "bare": bare, "bare_photos": bare_photos}

if __name__ == "__main__":
    main()
