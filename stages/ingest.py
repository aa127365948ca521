"""Stage ingest@BATCH: a crawl as it came, checked, as posts and labels.

Reads   the batch's folder, data/visits/BATCH/, expectations/posts.json
Writes  data/posts/BATCH.parquet, data/labels/BATCH.parquet, reports/quality/BATCH.json and BATCH-rejected.csv,
        metrics/ingest/BATCH.json
"""

import sys
from pathlib import Path

from popularity import paths
from popularity.errors import run
from popularity.monitoring.quality import check, stop_on_critical, with_tag_counts, write_findings
from popularity.posts import LABELS, POSTS, write_table
from popularity.settings import batch_settings, load_settings
from popularity.sources.ingest import gather, write_ingest_metrics, write_rejected


def main() -> None:
    name = sys.argv[1]
    settings = load_settings()
    batch = batch_settings(settings, name)
    crawl = gather(Path(batch.path), batch.files, paths.visits(name), settings.label.formula)
    write_rejected(paths.rejected(name), crawl, settings.ingest.max_rejected_share)
    findings = check(with_tag_counts(crawl.posts), paths.EXPECTATIONS / "posts.json")
    write_findings(paths.quality(name), findings)
    stop_on_critical(findings, table=f"batch {name}", next_step=f"mend the files in {batch.path} and run again")
    write_table(paths.posts(name), crawl.posts, POSTS)
    write_table(paths.labels(name), crawl.labels, LABELS)
    write_ingest_metrics(paths.metrics("ingest", name), crawl)


if __name__ == "__main__":
    run(main)
