"""The store: answers to links of people to be forgotten, and whatever else it was told of them."""

from collections.abc import Iterator
from functools import partial

from popularity.forgetting.steps import Step
from popularity.forgotten import Forgotten
from popularity.sources.left_out import number_of
from popularity.store.care import Forgetter, Going, going
from popularity.store.place import store_folder


def store_steps(links: frozenset[str], forgotten: Forgotten) -> Iterator[Step]:
    """Answers under their links, and of other kinds those that name one of their posts or users."""
    folder = store_folder()

    def is_theirs(text: str) -> bool:
        number = number_of(text)
        return forgotten.has_post(number) or forgotten.has_user(number)

    found = going(folder, links, is_theirs)
    if found:
        told = f"{len(found.named):,} answers, {len(found.hashes):,} files"
        yield Step(str(folder), f"{told}; {len(found.packs):,} packs are written anew", partial(_forget, found))


def _forget(found: Going) -> None:
    with Forgetter(store_folder()) as store:
        store.forget(found)
