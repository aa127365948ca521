"""Stage fetch: what the web answers to a batch's links, each asked for once and kept in the store.

Reads   data/posts/<batch>.parquet, the store (data/fetched/), the web
Writes  data/answers/<batch>.parquet, metrics/fetch/<batch>.json
Keeps   every answer in the store, as it comes
"""

import sys

from popularity import paths
from popularity.files import write_json
from popularity.links.ask import answers_table, ask, count_answers, refuse_lost, remote_links, unanswered
from popularity.links.earlier import keep_earlier, was_never_fetched
from popularity.marks import run
from popularity.posts import ANSWERS, read_table, write_table
from popularity.settings import load_settings
from popularity.store.place import store_folder
from popularity.store.store import Store, Writer


def main() -> None:
    batch = sys.argv[1]
    posts = read_table(paths.posts(batch), ["image_url"])["image_url"]
    links = remote_links(posts)
    with Store(store_folder()) as store:
        refuse_lost(paths.answers(batch), store)
        is_complete = store.is_settled and not unanswered(links, store)
    if not is_complete:
        with Writer(store_folder()) as store:  # what a power cut took is unanswered from here on
            if was_never_fetched(batch):
                keep_earlier(batch, unanswered(links, store), store)
            ask(unanswered(links, store), load_settings().fetch, store)
    with Store(store_folder()) as store:
        answers = answers_table(links, store)
    write_table(paths.answers(batch), answers, ANSWERS)
    write_json(paths.metrics("fetch", batch), count_answers(posts, answers))


if __name__ == "__main__":
    run(main)
