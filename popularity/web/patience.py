"""Ask hosts for links as they bear it: so many at a time each, and what got a passing answer again, later.

A link that stalls while others come is waited for aside, so that it holds up nobody; a host that nothing comes from is
asked no more (a circuit breaker: Nygard, Release It!, 2007).
"""

import asyncio
import statistics
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from aiohttp import ClientSession

from popularity.settings import Fetch
from popularity.web.download import Download, download, open_client, web_address
from popularity.web.pace import Pace, jittered
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
"""A link stalls that takes longer than that, and so many times as long as usual."""

LATEST = 32
"""Answers that tell what is usual, of a host or of all."""

ASIDE = 4
"""Times as many links as `concurrency` may be waited for aside."""

Settle = Callable[[str, Download], Awaitable[None]]


async def ask_hosts(links: Iterable[str], settings: Fetch, settle: Settle) -> None:
    """Ask for each link up to `tries` times while its answer is a temporary one: again only after all first tries.

    settle: given each link once, with the answer that stays. No more than `concurrency` are asked for at a time, or
    settled with what came, of one host `per_host`, and its temporary ones one after the other. The pause that a host
    wants it gets, while others go on. One that gave no final answer for `patience_s`, or wants a pause that lasts until
    then, is given up: what is left of its links is settled with the temporary answers there are, or with its refusal.
    One that is down is asked for a single link in each later try, to see whether it is back. Links that take much
    longer than those of all hosts count no more among `concurrency`, and those that take much longer than their own
    host's not among its `per_host` either; there are no more than ASIDE times `concurrency`.
    """
    of_host: dict[str, deque[str]] = {}
    for link in links:
        of_host.setdefault(web_address(link).raw_host or "", deque()).append(link)
    room = _Room(settings)
    async with open_client(settings) as client:
        hosts = [_Host(name, some, client, settings, room, settle) for name, some in of_host.items()]
        await asyncio.gather(*(host.ask_all() for host in hosts))
        for tried in range(1, settings.tries):
            again = [host for host in hosts if host.passing and not host.given_up]
            await asyncio.gather(*(host.ask_again(FIRST_WAIT_S * 2 ** (tried - 1)) for host in again))
    await asyncio.gather(*(settle(link, came) for host in hosts for link, came in host.passing))


class _Room:
    """What all hosts share. places: of links that are asked for; aside: how many more may be waited for beside them."""

    def __init__(self, settings: Fetch) -> None:
        self.places = asyncio.Semaphore(settings.concurrency)
        self.aside = ASIDE * settings.concurrency
        self.pace = Pace(settings)
        self.usual = _Usual()


class _Usual:
    """How long answers usually take."""

    def __init__(self) -> None:
        self._took: deque[float] = deque(maxlen=LATEST)
        self._stalls_after_s: float | None = None

    def add(self, took_s: float) -> None:
        self._took.append(took_s)
        self._stalls_after_s = None

    @property
    def stalls_after_s(self) -> float | None:
        """None while nothing came."""
        if self._took and self._stalls_after_s is None:
            self._stalls_after_s = max(STALLS_AFTER_S, TIMES_USUAL * statistics.median(self._took))
        return self._stalls_after_s


class _Turn:
    """A link's place among those that are asked for."""

    def __init__(self, room: _Room, usual: _Usual, give_way: Callable[[], None]) -> None:
        """usual: of its host. give_way: what to do when it stalls as its host's links go."""
        self._room, self._give_way = room, give_way
        self.is_aside = self.gave_way = False
        loop = asyncio.get_running_loop()
        timers = ((room.usual.stalls_after_s, self._step_aside), (usual.stalls_after_s, self._stall))
        self._timers = [loop.call_later(after_s, then) for after_s, then in timers if after_s is not None]

    def _step_aside(self) -> None:
        if not self.is_aside and self._room.aside:
            self.is_aside = True
            self._room.aside -= 1
            self._room.places.release()

    def _stall(self) -> None:
        self._step_aside()
        if self.is_aside:
            self.gave_way = True
            self._give_way()

    def end(self) -> None:
        """Leave the place to the next one."""
        for timer in self._timers:
            timer.cancel()
        if self.is_aside:
            self._room.aside += 1
        else:
            self._room.places.release()


class _Host:
    """One host's links. passing: those whose answer was a temporary one, with it.

    given_up: whether it wants a longer pause than there was patience left, and is not asked again.
    """

    def __init__(
        self, name: str, links: deque[str], client: ClientSession, settings: Fetch, room: _Room, settle: Settle
    ) -> None:
        self.passing: list[tuple[str, Download]] = []
        self.given_up = False
        self._name, self._links, self._refusal = name, links, TOO_MANY
        self._tries_left = settings.tries
        self._client, self._settings, self._room, self._settle = client, settings, room, settle
        self._workers: set[asyncio.Task[None]] = set()
        self._usual = _Usual()
        self._timed_out: set[str] = set()
        self._unreachable = self._in_flight = 0
        self._came = asyncio.Event()
        self._free_at = self._patient_until = 0.0

    async def ask_all(self) -> None:
        """The first tries."""
        self._be_patient()
        self._tries_left -= 1
        await self._work_off(self._links, self._settings.per_host, self._may_ask)
        self.passing += [(link, Download(link, self._refusal)) for link in self._links]

    async def ask_again(self, wait_s: float) -> None:
        """Once more for each link whose answer passes, as long as there is patience left."""
        self._be_patient()
        self._tries_left -= 1
        self._want_pause(wait_s)
        if self._is_down:
            self._unreachable = BREAK_AFTER - 1
        spent = self._timed_out if len(self._timed_out) >= BREAK_AFTER else set()
        came = {link: one for link, one in self.passing if link not in spent}
        self.passing = [one for one in self.passing if one[0] in spent]
        left = deque(came)
        await self._work_off(left, 1, self._may_ask_again)
        self.passing += [(link, came[link]) for link in left]

    async def _work_off(self, links: deque[str], workers: int, may_ask: Callable[[], Awaitable[bool]]) -> None:
        """Ask for the links, so many at a time, as long as the host may be asked; those left are left."""
        for _ in range(min(workers, len(links))):
            self._start_worker(links, may_ask)
        while self._workers:
            ended, _ = await asyncio.wait(self._workers, return_when=asyncio.FIRST_EXCEPTION)
            for one in ended:
                one.result()  # raises what it did

    def _start_worker(self, links: deque[str], may_ask: Callable[[], Awaitable[bool]]) -> None:
        worker = asyncio.create_task(self._work(links, may_ask))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, links: deque[str], may_ask: Callable[[], Awaitable[bool]]) -> None:
        """Ask for one link after another; where one stalls, another worker goes on."""
        give_way = partial(self._start_worker, links, may_ask)
        while links and await may_ask():
            await self._room.pace.wait(self._name)
            await self._room.places.acquire()
            turn = _Turn(self._room, self._usual, give_way)
            try:
                if links:  # others may have taken the last one meanwhile
                    await self._take(links.popleft())
            finally:
                turn.end()
            if turn.gave_way:
                return

    async def _take(self, link: str) -> None:
        """Ask for a link, and settle it or keep it for later."""
        start = self._now()
        self._in_flight += 1
        came = await download(self._client, link, self._settings)
        self._in_flight -= 1
        self._came.set()
        self._came.clear()
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
            self._usual.add(took_s)
            self._room.usual.add(took_s)
            return
        self._unreachable += 1
        if self._is_down:
            self._refusal = outcome

    @property
    def _is_down(self) -> bool:
        return self._unreachable >= BREAK_AFTER

    async def _may_ask(self) -> bool:
        """Wait until the host may be asked; others may be told meanwhile to wait longer. False where it may not."""
        while not self.given_up and not self._is_down:
            if (wait := self._free_at - self._now()) > 0:
                self.given_up = self._free_at > self._patient_until
                await asyncio.sleep(0 if self.given_up else jittered(wait))
            elif self._unreachable and self._unreachable + self._in_flight >= BREAK_AFTER:
                await self._came.wait()  # those in flight may tell that it is down
            else:
                return True
        return False

    async def _may_ask_again(self) -> bool:
        return await self._may_ask() and self._now() <= self._patient_until

    def _want_pause(self, seconds: float) -> None:
        self._free_at = max(self._free_at, self._now() + seconds)

    def _be_patient(self) -> None:
        self._patient_until = self._now() + self._settings.patience_s

    @staticmethod
    def _now() -> float:
        """By the clock of the loop, as all times here."""
        return asyncio.get_running_loop().time()
