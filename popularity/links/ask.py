"""Ask for many links at once and record each answer in the store, so that it is never asked for again."""

import asyncio
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
from tqdm import tqdm

from popularity.errors import UserError
from popularity.links.folder import is_remote
from popularity.posts import ANSWERS, read_table
from popularity.settings import Fetch
from popularity.store.entries import Entry, Kind
from popularity.store.store import Store, Writer
from popularity.web.download import Download, refusal
from popularity.web.patience import ask_hosts
from popularity.web.reasons import FINAL, OK

IN_FOLDER = "in the batch's folder"
"""Why a link is not asked for: it needs no answer."""

Waiting = asyncio.Queue[tuple[Entry, "asyncio.Future[None]"]]


def remote_links(links: Iterable[str]) -> list[str]:
    """Those of the links that lead out of the batch's folder, each once, sorted."""
    return sorted({link for link in links if is_remote(link)})


def unanswered(links: Iterable[str], store: Store) -> list[str]:
    """Those of the links that can be asked for and have no answer in the store, in their order."""
    askable = [link for link in links if refusal(link) is None]
    known = {answer.key for answer in store.answers(Kind.PHOTO, askable)}
    return [link for link in askable if link not in known]


def refuse_lost(table: Path, store: Store) -> None:
    """Raises UserError where an answers table of an earlier run names bytes that the store does not know.

    Asked again, those whose links died since would be lost.
    """
    if not table.exists():
        return
    hashes = set(read_table(table, ["sha256"])["sha256"]) - {""}
    if lost := len(hashes) - len(store.known(hashes)):
        raise UserError(
            f"{table} tells of {lost} answers whose bytes the store {store.folder} does not hold",
            next_step=f"bring the store along (POPULARITY_STORE says where it lies), or delete {table} to ask anew",
        )


def ask(links: Collection[str], settings: Fetch, store: Writer) -> None:
    """Ask for each link as `ask_hosts` does, and record what comes.

    A link counts as in flight until its answer is committed, and so many as `concurrency` are at a time, and those that
    stall: after a kill no more than these are asked for again, and the links that were to be tried again. Their bytes
    are all that is in memory.
    """
    if links:
        with tqdm(total=len(links), desc="fetch", unit="link") as bar:
            asyncio.run(_ask_all(links, settings, store, _Progress(bar)))


def answers_table(links: Iterable[str], store: Store) -> pd.DataFrame:
    """The answers table of these links: those recorded, and of a link that nobody can be asked for, why."""
    links = list(links)
    rows = [(a.key, a.address, a.outcome, a.sha256, a.final) for a in store.answers(Kind.PHOTO, links)]
    known = {row[0] for row in rows}
    rows += [(link, link, str(reason), "", True) for link in links if link not in known and (reason := refusal(link))]
    return pd.DataFrame(rows, columns=ANSWERS.names).sort_values("link", ignore_index=True)


def count_answers(links: "pd.Series", answers: pd.DataFrame) -> dict[str, Any]:
    """Distinct links in, answers out, and the outcomes of those, in their order.

    links: image_url of all posts. answers: the answers table.
    """
    distinct = links.nunique()
    counts = {
        name: answers.loc[answers["final"] == final, "outcome"].value_counts().sort_index()
        for name, final in (("final", True), ("temporary", False))
    }
    return {
        "rows_in": distinct,
        "rows_out": len(answers),
        "dropped": {IN_FOLDER: distinct - len(answers)} if distinct > len(answers) else {},
        **{name: {str(outcome): int(n) for outcome, n in some.items()} for name, some in counts.items()},
    }


class _Progress:
    """Shows links a second, the share of them that gave bytes, and the time that is left."""

    def __init__(self, bar: "tqdm[NoReturn]") -> None:
        self._bar, self._alive = bar, 0

    def add(self, outcome: str) -> None:
        self._alive += outcome == OK
        self._bar.set_postfix_str(f"{self._alive / (self._bar.n + 1):.0%} alive", refresh=False)
        self._bar.update()


async def _ask_all(links: Collection[str], settings: Fetch, store: Writer, progress: _Progress) -> None:
    waiting: Waiting = asyncio.Queue()

    async def settle(link: str, came: Download) -> None:
        committed = asyncio.get_running_loop().create_future()
        entry = Entry(Kind.PHOTO, link, came.address, came.outcome, came.outcome in FINAL, came.content)
        waiting.put_nowait((entry, committed))
        await committed
        progress.add(came.outcome)

    with ThreadPoolExecutor(1) as thread:
        recorder = asyncio.create_task(_record(waiting, store, thread))
        try:
            await ask_hosts(links, settings, settle)
        finally:
            recorder.cancel()


async def _record(waiting: Waiting, store: Writer, thread: ThreadPoolExecutor) -> None:
    """Commit answers in groups: each is what came while the one before it was committed."""
    loop = asyncio.get_running_loop()
    while True:
        group = [await waiting.get()]
        while not waiting.empty():
            group.append(waiting.get_nowait())
        recorded = loop.run_in_executor(thread, store.record, [entry for entry, _ in group])
        await asyncio.wait([recorded])
        for _, committed in group:
            if error := recorded.exception():
                committed.set_exception(error)
            else:
                committed.set_result(None)
