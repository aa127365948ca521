"""What a crawl was begun with and what it was answered, in the store: nothing is asked twice, whatever was killed.

A call's key is the crawl's name, the method and its arguments without the API key, so that tomorrow's search is not
answered with today's posts. A crawl itself is recorded when it begins, and once more, as final, when its batch is
written.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel

from popularity.crawl.api import Flickr
from popularity.forgotten import Forgotten
from popularity.sources.ids import stable_id
from popularity.store.entries import Answer, Entry, Kind
from popularity.store.store import Store, Writer
from popularity.web.reasons import OK

Form = TypeVar("Form", bound=BaseModel)

FORGOTTEN = -1
"""The code of an answer that is of a person who asked to be forgotten: it is neither used nor recorded."""

LEFT_OUT: dict[str, Any] = {"forgotten": True}
"""What stands in the place of a post of theirs in a list, so that the list is as long as it was."""


def key_of(crawl: str, method: str, arguments: Mapping[str, object]) -> str:
    """Under which an answer is recorded."""
    return f"{crawl} {method} {urlencode(sorted(arguments.items()))}"


def refused(code: int) -> str:
    """The outcome where the API refused what was asked for."""
    return f"flickr code {code}"


@dataclass(frozen=True)
class Reading(Generic[Form]):
    """What was said, None where the API refused with that code. at: when, Unix seconds."""

    said: Form | None
    code: int
    at: int


class Calls:
    """The calls of one crawl. made, known: how many were asked, and how many the ledger answered.

    forgotten: people of whom nothing is used or recorded, whoever tells of them.
    """

    def __init__(self, flickr: Flickr, store: Writer, crawl: str) -> None:
        self._flickr, self._store, self._crawl = flickr, store, crawl
        self.forgotten = Forgotten.read()
        self.made = self.known = 0
        self.last_at = 0

    def call(self, method: str, form: type[Form], **arguments: object) -> Reading[Form]:
        """The answer to a call: the recorded one, else Flickr's, which is recorded before it is used.

        Raises UserError and InVainError as `Flickr.ask`.
        """
        key = key_of(self._crawl, method, arguments)
        found = self._store.answers(Kind.CALL, [key])
        if found:
            self.known += 1
            reading = _read(self._store, found[0], form, self.forgotten)
        else:
            came = self._flickr.ask(method, arguments, form)
            self.made += 1
            content = without(came.content, self.forgotten)
            if content is None:
                self.last_at = max(self.last_at, came.at)
                return Reading(None, FORGOTTEN, came.at)
            outcome = OK if not came.code else refused(came.code)
            address = f"{method}?{urlencode(sorted(arguments.items()))}"
            self._store.record([Entry(Kind.CALL, key, address, outcome, True, content, came.at)])
            reading = Reading(None if came.code else _as(form, content), came.code, came.at)
        self.last_at = max(self.last_at, reading.at)
        return reading


def unanswered(store: Store, crawl: str, method: str, every: list[dict[str, object]]) -> int:
    """How many of these calls would be made."""
    keys = {key_of(crawl, method, arguments) for arguments in every}
    return len(keys) - len(store.answers(Kind.CALL, keys))


def without(content: bytes, forgotten: Forgotten) -> bytes | None:
    """An answer of Flickr without posts of people who asked to be forgotten; None where it is of one of them alone."""
    if not forgotten:
        return content
    said = json.loads(content)
    one, page = said.get("photo"), said.get("photos")
    if isinstance(one, dict):
        return None if _is_theirs(one, forgotten) else content
    if not isinstance(page, dict) or not isinstance(page.get("photo"), list):
        return content
    gone = [isinstance(post, dict) and _is_theirs(post, forgotten) for post in page["photo"]]
    if not any(gone):
        return content
    page["photo"] = [LEFT_OUT if goes else post for goes, post in zip(gone, page["photo"], strict=True)]
    return json.dumps(said).encode()


def _is_theirs(post: Mapping[str, Any], forgotten: Forgotten) -> bool:
    owner = post.get("owner")
    uid = owner.get("nsid") if isinstance(owner, dict) else owner
    ids = [stable_id(one) if isinstance(one, str) and one.isascii() else -1 for one in (post.get("id"), uid)]
    return forgotten.has_post(ids[0]) or forgotten.has_user(ids[1])


def _read(store: Store, answer: Answer, form: type[Form], forgotten: Forgotten) -> Reading[Form]:
    said = store.read(answer.sha256, store.places([answer.sha256])[answer.sha256])
    content, at = without(said, forgotten), answer.at or 0
    if content is None:
        return Reading(None, FORGOTTEN, at)
    if answer.outcome == OK:
        return Reading(_as(form, content), 0, at)
    return Reading(None, int(json.loads(content)["code"]), at)


def _as(form: type[Form], content: bytes) -> Form:
    return form.model_validate(json.loads(content))  # pydantic's own reader refuses halves of surrogates


@dataclass(frozen=True)
class Plan:
    """A crawl. verb: discover, complete or revisit. choices: what it was begun with, JSON, `endpoint` among it.

    is_done: whether its batch is written.
    """

    name: str
    verb: str
    choices: dict[str, Any]
    is_done: bool = False


def plans(store: Store, verb: str, endpoint: str) -> list[Plan]:
    """The crawls of a verb that are on record and were asked of an endpoint, by name."""
    found = []
    for answer in sorted(store.answers(Kind.CRAWL, store.keys(Kind.CRAWL)), key=lambda a: a.key):
        said = json.loads(store.read(answer.sha256, store.places([answer.sha256])[answer.sha256]))
        found.append(Plan(answer.key, said["verb"], said["choices"], answer.final))
    return [plan for plan in found if plan.verb == verb and plan.choices["endpoint"] == endpoint]


def put_plan(store: Writer, plan: Plan, *, is_done: bool = False) -> None:
    """Record that a crawl began, or that its batch is written."""
    said = json.dumps({"verb": plan.verb, "choices": plan.choices}).encode()
    outcome = "written" if is_done else "begun"
    store.record([Entry(Kind.CRAWL, plan.name, plan.name, outcome, is_done, said)])
