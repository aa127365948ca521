"""Stage text_features: tokens of a batch's tags and titles, sentiment of its descriptions.

Reads   data/posts/<batch>.parquet, expectations/text.json
Writes  data/text/<batch>.parquet, metrics/text_features/<batch>.json, reports/quality/text/<batch>.json
"""

import sys

from popularity import paths
from popularity.checks.batch_tables import text_table
from popularity.checks.rules import check_or_stop
from popularity.files import write_json
from popularity.marks import run
from popularity.posts import read_table, write_table
from popularity.settings import load_settings
from popularity.text.features import TEXT, counts, read_posts
from popularity.text.sentiment import open_sentiment


def main() -> None:
    batch = sys.argv[1]
    settings = load_settings().text_features
    posts = read_table(paths.posts(batch), ["pid", "uid", "alltags", "title", "description"])
    with open_sentiment(settings) as sentiment:
        text = read_posts(posts, sentiment)
    check_or_stop(
        text_table(posts["pid"], text),
        "text",
        paths.quality("text", batch),
        table=f"text of {batch}",
        next_step="run `dvc repro` again; if it says the same, the fault is in the stage and not in the crawl",
    )
    write_table(paths.text(batch), text, TEXT)
    write_json(paths.metrics("text_features", batch), counts(posts, text))


if __name__ == "__main__":
    run(main)
