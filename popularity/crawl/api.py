"""Flickr's API, asked as its terms want it: one call after another, at a rate, again only where an answer passes.

The key is a part of each address, so no address is kept, logged or told; and a body that repeats it loses it at once.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, SecretStr, ValidationError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from popularity.crawl.answers import Anything
from popularity.errors import MachineError, UserError
from popularity.settings import Fetch
from popularity.settings import Flickr as Settings
from popularity.web.download import Download, download, open_client
from popularity.web.pace import JITTER, Pace
from popularity.web.reasons import OK, Reason, http_status

VARIABLE = "FLICKR_API_KEY"
KEYS = "https://www.flickr.com/services/apps/create/"
KEYS_THERE = "https://www.flickr.com/services/apps/by/me"
KEY = re.compile(r"[0-9A-Za-z_-]{16,100}")
"""Flickr's are 32 hex digits today. A short one could stand in an answer by chance, and is taken out of all of them."""

PASSING = frozenset({0, 10, 105, 106, 201})
"""Codes of the API that pass: no answer for now, search or service not available, a write that failed."""

OF_THE_KEY = frozenset({98, 99, 100})
OF_ALL_METHODS = 95
"""Codes from here on are the same for every method, and say nothing of what was asked for."""

NEVER = frozenset(
    {Reason.BAD_ADDRESS, Reason.BAD_SCHEME, Reason.PRIVATE_ADDRESS, Reason.TOO_MANY_REDIRECTS}
    | {http_status(code) for code in (403, 404, 410)}
)
"""Outcomes that say that the endpoint is none."""

FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0
"""Before the second try; doubled for each one after it, with up to a first one more by chance: others wait as well."""


class InVainError(MachineError):
    """Flickr gave no answer that lasts. A later run may go on: whatever was answered is kept."""


class StrangeError(InVainError):
    """Flickr answered, each time, in another form than the documented one."""


class NoAnswerError(Exception):
    """A try that came to nothing and may fare better later. retry_after_s: when, as the host wants it; else 0."""

    def __init__(self, why: str, retry_after_s: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class OtherFormError(NoAnswerError):
    """A try that came to an answer in another form than the documented one."""


@dataclass(frozen=True)
class Came:
    """A final answer. content: JSON. code: of a refusal, 0 where there is none. at: Unix seconds, by Flickr's clock."""

    content: bytes
    code: int
    at: int


def key_from_environment() -> SecretStr:
    """Raises UserError where there is none."""
    return as_key(os.environ.get(VARIABLE, ""), VARIABLE)


def as_key(text: str, place: str) -> SecretStr:
    """place: where it comes from, as a person calls it. Raises UserError where the text is no key."""
    if not text.strip():
        raise UserError(f"{place} holds no key of Flickr's API", next_step=f"get one at {KEYS} and put it there")
    if not KEY.fullmatch(text.strip()):
        raise UserError(f"what {place} holds is no key of Flickr's API", next_step=f"copy it anew from {KEYS}")
    return SecretStr(text.strip())


def hours_of(calls: int, settings: Settings, fetch: Fetch) -> float:
    """How long so many calls take, by the rate that params give the endpoint's host; longer where some fail."""
    host = urlsplit(settings.endpoint).hostname
    return sum(calls / one.requests * (1 + JITTER / 2) for one in fetch.per_hour if one.host == host)


class Flickr:
    """The API. Usable in a `with` block; not where an event loop runs."""

    def __init__(self, settings: Settings, fetch: Fetch, key: SecretStr) -> None:
        """Raises UserError where the key would travel unencrypted, but to a host of fetch.private_hosts."""
        endpoint = urlsplit(settings.endpoint)
        if endpoint.scheme != "https" and endpoint.netloc not in fetch.private_hosts:
            raise UserError(
                f"crawl.flickr.endpoint, {settings.endpoint}, would get the key unencrypted",
                next_step="give an address that begins with https://, or name its host:port in fetch.private_hosts",
            )
        self._settings, self._fetch, self._key = settings, fetch, key.get_secret_value()
        self._pace, self._host = Pace(fetch), endpoint.hostname or ""
        self._longer = wait_exponential(FIRST_WAIT_S, LONGEST_WAIT_S) + wait_random(0, FIRST_WAIT_S)

    def __enter__(self) -> Self:
        self._runner = asyncio.Runner()
        self._opened = open_client(self._fetch, "application/json")
        self._client = self._runner.run(self._opened.__aenter__())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._runner.run(self._opened.__aexit__(None, None, None))
        self._runner.close()

    def now(self) -> int:
        """Unix seconds, by Flickr's clock, by which upload dates are, too; a key that is none is told here."""
        return self.ask("flickr.test.echo", {}, Anything).at

    def ask(self, method: str, arguments: Mapping[str, object], form: type[BaseModel]) -> Came:
        """Ask until an answer is final: one of that form, or a refusal of what was asked for.

        Raises UserError where the key or the endpoint is wrong, and InVainError where nothing came that lasts,
        StrangeError where the last that came had another form.
        """
        try:
            return self._runner.run(self._ask(method, arguments, form))
        except NoAnswerError as error:
            kind = StrangeError if isinstance(error, OtherFormError) else InVainError
            raise kind(
                f"Flickr gave no answer to {method} that lasts: {error}",
                next_step="run the same again later: what was answered is kept, and not asked for again",
            ) from None

    async def _ask(self, method: str, arguments: Mapping[str, object], form: type[BaseModel]) -> Came:
        every = {**arguments, "method": method, "api_key": self._key, "format": "json", "nojsoncallback": 1}
        link = f"{self._settings.endpoint}?{urlencode(sorted(every.items()))}"
        tries = AsyncRetrying(
            stop=stop_after_attempt(self._settings.tries),
            wait=self._wait,
            retry=retry_if_exception(self._may_pass),
            reraise=True,
        )
        return await tries(self._try, link, method, form)

    def _may_pass(self, error: BaseException) -> bool:
        return isinstance(error, NoAnswerError) and error.retry_after_s <= self._fetch.patience_s

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wanted = error.retry_after_s if isinstance(error, NoAnswerError) else 0.0
        return max(wanted, self._longer(state))

    async def _try(self, link: str, method: str, form: type[BaseModel]) -> Came:
        await self._pace.wait(self._host)
        # any redirect is one too many: it could carry the key to another host, or unencrypted
        came = await download(self._client, link, self._fetch, most_redirects=0)
        if came.outcome in NEVER:
            raise UserError(
                f"crawl.flickr.endpoint, {self._settings.endpoint}, is no API: {came.outcome}",
                next_step="correct it; where the address is private on purpose, name it in fetch.private_hosts",
            )
        if came.outcome != OK or came.content is None:
            raise NoAnswerError(came.outcome, came.retry_after_s)
        return self._read(came, came.content.replace(self._key.encode(), VARIABLE.encode()), method, form)

    def _read(self, came: Download, content: bytes, method: str, form: type[BaseModel]) -> Came:
        said = _parsed(content)
        at = int(time.time()) if came.date is None else came.date
        if said.get("stat") == "ok":
            try:
                form.model_validate(said)
            except ValidationError as error:
                where = ".".join(map(str, error.errors()[0]["loc"]))
                raise OtherFormError(f"its form is not the documented one, at {where}") from None
            return Came(content, 0, at)
        code = said.get("code")
        if said.get("stat") != "fail" or not isinstance(code, int):
            raise NoAnswerError("JSON that does not say whether it is an answer")
        message = f"{said.get('message', 'without a word')} (code {code})"
        if code in OF_THE_KEY:
            raise UserError(f"Flickr does not take the key: {message}", next_step=f"see your keys at {KEYS_THERE}")
        if code in PASSING:
            raise NoAnswerError(message)
        if code >= OF_ALL_METHODS:
            raise UserError(
                f"Flickr does not take the call {method}: {message}",
                next_step="see that crawl.flickr.endpoint is Flickr's, and the project's version the latest",
            )
        return Came(content, code, at)


def _parsed(content: bytes) -> dict[str, Any]:
    """Raises NoAnswerError where the bytes are no JSON object."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):  # half of it, a page of HTML, or brackets without end
        raise NoAnswerError("no JSON") from None
    if not isinstance(said, dict):
        raise NoAnswerError("JSON that is no object")
    return said
