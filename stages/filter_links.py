"""Stage filter_links: which of a batch's links still lead to a photo, and those photos, shrunk.

Reads   data/posts/<batch>.parquet, the batch's folder or the web, expectations/links.json
Writes  data/links/<batch>.parquet, data/photos/<batch>/, metrics/filter_links/<batch>.json,
        reports/quality/links/<batch>.json
"""

import sys
from pathlib import Path

from popularity import paths
from popularity.checks.batch_tables import links_table
from popularity.checks.rules import check_or_stop
from popularity.files import replacing, write_json
from popularity.links.check import check_posts, counts
from popularity.marks import run
from popularity.posts import LINKS, read_table, write_table
from popularity.settings import batch_settings, load_settings


def main() -> None:
    batch = sys.argv[1]
    settings = load_settings()
    folder = Path(batch_settings(settings, batch).path)
    posts = read_table(paths.posts(batch), ["pid", "image_url"])
    with replacing(paths.photos(batch)) as shards:
        links = check_posts(posts, folder, settings.filter_links, shards)
        check_or_stop(
            links_table(posts["pid"], links, shards),
            "links",
            paths.quality("links", batch),
            table=f"links of {batch}",
            next_step="run `dvc repro` again; if it says the same, the fault is in the stage and not in the crawl",
        )
    write_table(paths.links(batch), links, LINKS)
    write_json(paths.metrics("filter_links", batch), counts(links))


if __name__ == "__main__":
    run(main)
