"""Stage filter_links: which of a batch's links lead to a photo, and those photos, shrunk. It opens no socket.

Reads   data/posts/<batch>.parquet, the batch's folder, data/answers/<batch>.parquet, the store (data/fetched/),
        expectations/links.json
Writes  data/links/<batch>.parquet, data/photos/<batch>/, metrics/filter_links/<batch>.json,
        reports/quality/links/<batch>.json
"""

import sys
from pathlib import Path

from popularity import paths
from popularity.checks.batch_tables import links_table
from popularity.checks.rules import check_or_stop
from popularity.files import replacing, write_json
from popularity.links.check import Reader, check_posts, counts
from popularity.links.decoders import decoders
from popularity.links.folder import Folder
from popularity.links.gone import as_gone
from popularity.links.placeholders import as_placeholders, drop_photos, find_placeholders
from popularity.links.recorded import StoredAnswers
from popularity.links.telling import tell
from popularity.marks import run
from popularity.posts import LINKS, read_table, write_table
from popularity.settings import batch_settings, load_settings
from popularity.store.costly import Costly
from popularity.store.place import store_folder
from popularity.store.store import Store


def main() -> None:
    batch = sys.argv[1]
    settings = load_settings()
    folder = Folder(Path(batch_settings(settings, batch).path))
    posts = read_table(paths.posts(batch), ["pid", "uid", "image_url"])
    answers = read_table(paths.answers(batch))
    with Store(store_folder()) as store, replacing(paths.photos(batch)) as shards, decoders() as pool:
        reader = Reader(
            folder,
            StoredAnswers(answers, store),
            settings.filter_links,
            settings.fetch.max_bytes,
            pool,
            Costly(store_folder()),
        )
        links = check_posts(posts, reader, shards)
        gone = find_placeholders(posts, links, answers, settings.filter_links)
        drop_photos(shards, links.loc[gone, "pid"])
        links = as_gone(as_placeholders(links, gone), folder)
        for line in tell(posts, links, folder):
            print(line, file=sys.stderr)
        check_or_stop(
            links_table(posts, links, shards, answers),
            "links",
            paths.quality("links", batch),
            table=f"links of {batch}",
            next_step="run `dvc repro` again; if it says the same, the fault is in the stage and not in the crawl",
        )
    write_table(paths.links(batch), links, LINKS)
    write_json(paths.metrics("filter_links", batch), counts(links))


if __name__ == "__main__":
    run(main)
