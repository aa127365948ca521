"""So many requests an hour of a host that bears no more; and those who wait come back at different moments."""

import asyncio
import random

from popularity.settings import Fetch

JITTER = 0.1
"""Up to this share is added to each wait, at random: what fails together must not come again together (Brooker,
Exponential Backoff And Jitter, 2015; there it is most of the wait, here no host is asked sooner than it wants)."""


class Pace:
    """Lets requests through, those of a host that params name evenly over the hour, of any other at once."""

    def __init__(self, settings: Fetch) -> None:
        self._apart_s = {one.host: 3600 / one.requests for one in settings.per_hour}
        self._free_at: dict[str, float] = {}

    async def wait(self, host: str) -> None:
        """Return when the host may be asked once more. host: without a port, in lower case."""
        if host not in self._apart_s:
            return
        now = asyncio.get_running_loop().time()
        at = max(now, self._free_at.get(host, now))
        self._free_at[host] = at + jittered(self._apart_s[host])
        await asyncio.sleep(at - now)


def jittered(seconds: float) -> float:
    """As long, or up to JITTER longer."""
    return seconds * random.uniform(1, 1 + JITTER)
