"""The store: answers to links of people to be forgotten, and whatever else it was told of them."""

from collections.abc import Iterator
from functools import partial

from popularity.forgetting.steps import Step
from popularity.forgetting.whom import Whom
from popularity.sources.left_out import number_of
from popularity.store.care import Forgetter, Going, going, ids_in
from popularity.store.entries import Kind
from popularity.store.place import store_folder
from popularity.store.store import Store


def store_steps(whom: Whom) -> Iterator[Step]:
    """Answers under their links, and those that name one of their posts or users: no photo that a crawl here shows."""
    folder = store_folder()
    found = going(folder, whom.links, partial(_is_theirs, whom), whom.kept)
    if found:
        told = f"{len(found.named):,} answers, {len(found.hashes):,} files"
        yield Step(str(folder), f"{told}; {len(found.packs):,} packs are written anew", partial(_forget, found))


def store_left(whom: Whom) -> Iterator[str]:
    """Photos of which nothing tells any more whose they are: a batch that was removed asked for them."""
    with Store(store_folder()) as store:
        keys = set(store.keys(Kind.PHOTO)) - whom.links - whom.kept
    left = sum(not any(_is_theirs(whom, one) for one in ids_in(key)) for key in keys)
    if left:
        yield (
            f"{store_folder()}: {left:,} photos of no crawl that is here, which may be theirs: "
            "`popularity store prune` takes them away"
        )


def _is_theirs(whom: Whom, text: str) -> bool:
    number = number_of(text)
    return whom.forgotten.has_post(number) or whom.forgotten.has_user(number)


def _forget(found: Going) -> None:
    with Forgetter(store_folder()) as store:
        store.forget(found)
