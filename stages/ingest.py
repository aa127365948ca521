"""Stage ingest@BATCH: a crawl as it came, checked, as posts and labels.

Reads   the batch's folder, data/visits/BATCH/, data/forgotten.csv, expectations/posts.json and labels.json
Writes  data/posts/BATCH.parquet, data/labels/BATCH.parquet, metrics/ingest/BATCH.json,
        reports/quality/: posts/BATCH.json, labels/BATCH.json, rejected/BATCH.csv
"""

import sys

from popularity import paths
from popularity.checks.batch_tables import labels_table
from popularity.checks.posts_table import posts_table
from popularity.checks.rules import check, stop_on_critical, write_findings
from popularity.checks.set_aside import set_aside, unreadable
from popularity.errors import UserError
from popularity.exports import write_csv
from popularity.marks import run
from popularity.posts import LABELS, POSTS, write_table
from popularity.settings import batch_settings, load_settings
from popularity.sources.ingest import gather, write_ingest_metrics


def main() -> None:
    name = sys.argv[1]
    settings = load_settings()
    batch = batch_settings(settings, name)
    try:
        crawl = gather(batch, paths.visits(name), settings.label)
    except UserError as error:
        write_findings(paths.quality("posts", name), [unreadable(error.problem)])
        raise
    write_csv(paths.rejected(name), crawl.rejected)
    share = settings.ingest.max_rejected_share
    posts = set_aside(crawl.rejected, rows_read=crawl.rows_read, max_share=share)
    posts += check(posts_table(crawl.posts), "posts")
    labels = check(labels_table(crawl.posts["pid"], crawl.labels), "labels")
    write_findings(paths.quality("posts", name), posts)
    write_findings(paths.quality("labels", name), labels)
    places = " and ".join(map(str, crawl.faulty or [batch.path]))
    mend = f"mend the files in {places} (rows set aside are listed in {paths.rejected(name)}) and run again"
    stop_on_critical([*posts, *labels], table=f"batch {name}", next_step=mend)
    write_table(paths.posts(name), crawl.posts, POSTS)
    write_table(paths.labels(name), crawl.labels, LABELS)
    write_ingest_metrics(paths.metrics("ingest", name), crawl)


if __name__ == "__main__":
    run(main)
