"""The store: answers to links of people to be forgotten, and whatever else it was told of them."""

from collections.abc import Iterator
from functools import partial

from popularity.forgetting.steps import Step
from popularity.forgotten import Forgotten
from popularity.store.care import Forgetter, Going
from popularity.store.index import FILE
from popularity.store.place import store_folder


def store_steps(links: frozenset[str], forgotten: Forgotten) -> Iterator[Step]:
    """Answers under their links, and of other kinds those that name one of their posts or users."""
    folder = store_folder()
    if not (folder / FILE).is_file():
        return
    with Forgetter(folder) as store:
        going = store.going(links, lambda number: forgotten.has_post(number) or forgotten.has_user(number))
    if going:
        told = f"{len(going.named):,} answers, {len(going.hashes):,} files"
        holds = f"{told}; {len(going.packs):,} packs are written anew"
        yield Step(str(folder), holds, partial(_forget, going))


def _forget(going: Going) -> None:
    with Forgetter(store_folder()) as store:
        store.forget(going)
