"""Ask hosts for links as they bear it: so many at a time each, and what got a passing answer again, later.

A link that stalls while others of its host come is waited for aside, so that it holds up nobody; a host that nothing
comes from is asked no more (a circuit breaker: Nygard, Release It!, 2007).
"""

import asyncio
import statistics
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import ClientSession
from yarl import URL

from popularity.settings import Fetch
from popularity.web.download import Download, download, open_client
from popularity.web.reasons import FINAL, Reason, http_status

FIRST_WAIT_S = 1.0
"""Before a host is asked for the second time; doubled for each time after that."""

TOO_MANY = http_status(429)
"""Too many requests: what links of a host that wants a pause are told, unless it said something else."""

UNREACHABLE = frozenset(
    {Reason.UNKNOWN_HOST, Reason.REFUSED, Reason.TLS_FAILED, Reason.CONNECTION_FAILED, Reason.TIME_OUT}
)
"""What comes of a host that does not answer."""

BREAK_AFTER = 8
"""So many of these in a row, and a host is taken to be down: the rest of its links get the same answer unasked. So many
time-outs in all, and the links that had one are not asked for again."""

STALLS_AFTER_S, TIMES_USUAL = 0.5, 5
"""A link stalls that takes longer than that, and so many times as long as its host usually takes."""

LATEST = 32
"""Answers of a host that tell what is usual."""

ASIDE = 4
"""Times as many links as `concurrency` may be waited for aside."""

Settle = Callable[[str, Download], Awaitable[None]]


async def ask_hosts(links: Iterable[str], settings: Fetch, settle: Settle) -> None:
    """Ask for each link up to `tries` times while its answer is a temporary one: again only after all first tries.

    settle: given each link once, with the answer that stays. No more than `concurrency` are asked for at a time, or
    settled with what came, of one host `per_host`, and its temporary ones one after the other. The pause that a host
    wants it gets, while others go on. One that gave no final answer for `patience_s`, or wants a pause that lasts until
    then, is given up: what is left of its links is settled with the temporary answers there are, or with its refusal.
    One that is down is asked for a single link in each later try, to see whether it is back. Links that stall count
    neither among `concurrency` nor among `per_host`; there are no more than ASIDE times `concurrency`.
    """
    of_host: dict[str, deque[str]] = {}
    for link in links:
        of_host.setdefault(URL(link).raw_host or "", deque()).append(link)
    places = asyncio.Semaphore(settings.concurrency)
    aside = asyncio.Semaphore(ASIDE * settings.concurrency)
    async with open_client(settings) as client:
        hosts = [_Host(some, client, settings, places, aside, settle) for some in of_host.values()]
        await asyncio.gather(*(host.ask_all() for host in hosts))
        for tried in range(1, settings.tries):
            again = [host for host in hosts if host.passing and not host.given_up]
            await asyncio.gather(*(host.ask_again(FIRST_WAIT_S * 2 ** (tried - 1)) for host in again))
    await asyncio.gather(*(settle(link, came) for host in hosts for link, came in host.passing))


class _Host:
    """One host's links. passing: those whose answer was a temporary one, with it.

    given_up: whether it wants a longer pause than there was patience left, and is not asked again.
    """

    def __init__(
        self,
        links: deque[str],
        client: ClientSession,
        settings: Fetch,
        places: asyncio.Semaphore,
        aside: asyncio.Semaphore,
        settle: Settle,
    ) -> None:
        self.passing: list[tuple[str, Download]] = []
        self.given_up = False
        self._links, self._refusal = links, TOO_MANY
        self._tries_left = settings.tries
        self._client, self._settings, self._places, self._aside, self._settle = client, settings, places, aside, settle
        self._stalled: set[asyncio.Task[None]] = set()
        self._took: deque[float] = deque(maxlen=LATEST)
        self._timed_out: set[str] = set()
        self._unreachable = 0
        self._free_at = self._patient_until = 0.0

    async def ask_all(self) -> None:
        """The first tries."""
        self._be_patient()
        self._tries_left -= 1
        await asyncio.gather(*(self._work() for _ in range(min(self._settings.per_host, len(self._links)))))
        await asyncio.gather(*self._stalled)
        self.passing += [(link, Download(link, self._refusal)) for link in self._links]

    async def _work(self) -> None:
        while self._links and await self._may_ask():
            if self._links:  # others may have taken the last one meanwhile
                await self._ask(self._links.popleft())

    async def ask_again(self, wait_s: float) -> None:
        """Once more for each link whose answer passes, as long as there is patience left."""
        self._be_patient()
        self._tries_left -= 1
        self._want_pause(wait_s)
        if self._is_down:
            self._unreachable = BREAK_AFTER - 1
        spent = self._timed_out if len(self._timed_out) >= BREAK_AFTER else set()
        passing = deque(one for one in self.passing if one[0] not in spent)
        self.passing = [one for one in self.passing if one[0] in spent]
        while passing and await self._may_ask() and self._now() <= self._patient_until:
            await self._ask(passing.popleft()[0])
        await asyncio.gather(*self._stalled)
        self.passing += passing

    async def _ask(self, link: str) -> None:
        async with self._places:
            coming = asyncio.create_task(self._take(link))
            await asyncio.wait({coming}, timeout=self._stalls_after())
            if coming.done() or self._aside.locked():
                await coming
                return
            await self._aside.acquire()
        self._stalled.add(coming)
        coming.add_done_callback(lambda _: self._aside.release())

    async def _take(self, link: str) -> None:
        """Ask for a link, and settle it or keep it for later."""
        start = self._now()
        came = await download(self._client, link, self._settings)
        self._want_pause(came.retry_after_s)
        is_final = came.outcome in FINAL
        if is_final:
            self._be_patient()
        elif came.retry_after_s:
            self._refusal = came.outcome
        self._count(link, came.outcome, self._now() - start)
        if is_final or not self._tries_left:
            await self._settle(link, came)
        else:
            self.passing.append((link, came))

    def _count(self, link: str, outcome: str, took_s: float) -> None:
        if outcome == Reason.TIME_OUT:
            self._timed_out.add(link)
        if outcome not in UNREACHABLE:
            self._unreachable = 0
            self._took.append(took_s)
            return
        self._unreachable += 1
        if self._is_down:
            self._refusal = outcome

    @property
    def _is_down(self) -> bool:
        return self._unreachable >= BREAK_AFTER

    def _stalls_after(self) -> float | None:
        """Seconds; None while nothing came: then nobody is kept from coming."""
        return max(STALLS_AFTER_S, TIMES_USUAL * statistics.median(self._took)) if self._took else None

    async def _may_ask(self) -> bool:
        """Wait until the host may be asked; others may be told meanwhile to wait longer. False where it may not."""
        while not self.given_up and (wait := self._free_at - self._now()) > 0:
            self.given_up = self._free_at > self._patient_until
            await asyncio.sleep(0 if self.given_up else wait)
        return not self.given_up and not self._is_down

    def _want_pause(self, seconds: float) -> None:
        self._free_at = max(self._free_at, self._now() + seconds)

    def _be_patient(self) -> None:
        self._patient_until = self._now() + self._settings.patience_s

    @staticmethod
    def _now() -> float:
        """By the clock of the loop, as all times here."""
        return asyncio.get_running_loop().time()
