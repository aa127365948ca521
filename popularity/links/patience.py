"""Ask hosts for links as they bear it: so many at a time each, and what got a passing answer again, later."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

import httpx

from popularity.links.download import Download, download, open_client
from popularity.links.reasons import FINAL
from popularity.settings import Fetch

FIRST_WAIT_S = 1.0
"""Before a host is asked for the second time; doubled for each time after that."""

Settle = Callable[[str, Download], Awaitable[None]]


async def ask_hosts(links: Iterable[str], settings: Fetch, settle: Settle) -> None:
    """Ask for each link up to `tries` times while its answer is a temporary one: again only after all first tries.

    settle: given each link once, with the answer that stays. No more than `concurrency` are asked for at a time, or
    settled with what came, of one host `per_host`, and its temporary ones one after the other. The pause that a host
    wants it gets, while others go on, unless it gave no final answer for `patience_s`: it is then waited for no more.
    """
    of_host: dict[str, deque[str]] = {}
    for link in links:
        of_host.setdefault(httpx.URL(link).host, deque()).append(link)
    places = asyncio.Semaphore(settings.concurrency)
    async with open_client(settings) as client:
        hosts = [_Host(some, client, settings, places, settle) for some in of_host.values()]
        await asyncio.gather(*(host.ask_all() for host in hosts))
        for tried in range(1, settings.tries):
            hosts = [host for host in hosts if host.passing]
            await asyncio.gather(*(host.ask_again(FIRST_WAIT_S * 2 ** (tried - 1)) for host in hosts))
    await asyncio.gather(*(settle(link, came) for host in hosts for link, came in host.passing))


class _Host:
    """One host's links. passing: those whose answer was a temporary one, with it."""

    def __init__(
        self, links: deque[str], client: httpx.AsyncClient, settings: Fetch, places: asyncio.Semaphore, settle: Settle
    ) -> None:
        self.passing: list[tuple[str, Download]] = []
        self._links = links
        self._tries_left = settings.tries
        self._client, self._settings, self._places, self._settle = client, settings, places, settle
        self._free_at = self._patient_until = 0.0  # by the clock of the loop, as all times here

    async def ask_all(self) -> None:
        """The first tries."""
        self._be_patient()
        self._tries_left -= 1
        await asyncio.gather(*(self._work() for _ in range(min(self._settings.per_host, len(self._links)))))

    async def _work(self) -> None:
        while self._links:
            link = self._links.popleft()
            await self._pause()
            await self._ask(link)

    async def ask_again(self, wait_s: float) -> None:
        """Once more for each link whose answer passes, as long as there is patience left."""
        self._be_patient()
        self._tries_left -= 1
        self._want_pause(wait_s)
        passing, self.passing = self.passing, []
        for at, (link, _) in enumerate(passing):
            if max(self._free_at, asyncio.get_running_loop().time()) > self._patient_until:
                self.passing += passing[at:]
                break
            await self._pause()
            await self._ask(link)

    async def _ask(self, link: str) -> None:
        async with self._places:
            came = await download(self._client, link, self._settings)
            self._want_pause(came.retry_after_s)
            if came.outcome in FINAL:
                self._be_patient()
            elif self._tries_left:
                self.passing.append((link, came))
                return
            await self._settle(link, came)

    async def _pause(self) -> None:
        """Until the host may be asked; others may have been told meanwhile to wait longer."""
        loop = asyncio.get_running_loop()
        while (wait := min(self._free_at, self._patient_until) - loop.time()) > 0:
            await asyncio.sleep(wait)

    def _want_pause(self, seconds: float) -> None:
        self._free_at = max(self._free_at, asyncio.get_running_loop().time() + seconds)

    def _be_patient(self) -> None:
        self._patient_until = asyncio.get_running_loop().time() + self._settings.patience_s
