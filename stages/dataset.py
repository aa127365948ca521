"""Stage dataset: the named batches joined, split, rid of copies of test posts, and folded.

Reads   data/posts/, data/labels/, data/links/, data/text/, of the batches that params name those that have all tables,
        data/embeddings/ too (whose content it does not read), expectations/dataset.json
Writes  data/dataset.parquet, data/test_labels.parquet, models/dictionaries/, metrics/dataset.json,
        reports/quality/dataset.json
"""

import sys

import numpy as np

from popularity import paths
from popularity.checks.model_tables import dataset_table
from popularity.checks.rules import check_or_stop
from popularity.dataset.copies import copies_of_test_posts, copy_groups
from popularity.dataset.doubts import doubts, doubts_with_photo
from popularity.dataset.features import FeatureMaker, refuse_negatives
from popularity.dataset.hindsight import MAY_HOLD_THE_POST, is_emptied
from popularity.dataset.joining import count_rows, join_batches, numbers_known, refuse_mixture
from popularity.dataset.overlap import Overlap
from popularity.dataset.splits import assign_splits, folds_of, refuse_untrainable, warn_of_copies
from popularity.dataset.strange import strange
from popularity.dataset.table import write_dataset
from popularity.dataset.whole import whole_batches
from popularity.files import write_json
from popularity.marks import run
from popularity.posts import TEST_LABELS, write_table
from popularity.settings import load_settings


def main() -> None:
    """Run the stage in the current project."""
    settings = load_settings()
    whole = {name: settings.batches[name] for name in whole_batches(settings.batches)}
    left_out = [name for name in settings.batches if name not in whole]
    refuse_mixture(whole, settings.label.of)
    overlap = Overlap.of(whole, settings.label.horizon_days)
    overlap.refuse_unlike()
    for name in whole:
        if sentence := overlap.told(name):
            print(f"note: {name}: {sentence}")
    joined = join_batches(whole, settings.dataset.profile, overlap)
    splits, groups = assign_splits(joined, settings.dataset.split), copy_groups(joined)
    copied = copies_of_test_posts(joined, splits, groups)
    warn_of_copies(copied, splits)
    stays = ~copied
    posts, split, group = joined[stays].reset_index(drop=True), splits[stays], groups[stays]
    train = split == "train"
    refuse_untrainable(train)
    fold = np.where(train, folds_of(group, settings.dataset.folds), -1)
    label = posts["label"].where(train).to_numpy(np.float64)
    refuse_negatives(posts, settings.dataset)
    # For those who read them, and for drift: no model takes them from here.
    dictionaries, _ = FeatureMaker.fit_transform(posts[train], label[train], fold[train], settings.dataset)

    asked = posts["age_days"].where(split != "pending", settings.label.horizon_days or np.nan)
    rows = posts.assign(split=split, group=np.where(train, group, -1), fold=fold, label=label, age_days=asked)
    check_or_stop(
        dataset_table(rows, dictionaries),
        "dataset",
        paths.quality("dataset"),
        table="the joined table",
        next_step="look at the posts it names: `popularity quality BATCH` for the batch they are in",
    )
    write_dataset(paths.DATASET, rows, numbers_known(settings.dataset))
    write_table(paths.TEST_LABELS, posts[split == "test"], TEST_LABELS)
    dictionaries.save(paths.DICTIONARIES)
    seen_before = sum(len(overlap.seen_before(name)) for name in whole)
    counts = count_rows(joined, rows, groups, seen_before)
    emptied = [name for name, batch in whole.items() if is_emptied(batch, settings.dataset.profile)]
    if emptied:
        columns, names = ", ".join(MAY_HOLD_THE_POST), ", ".join(emptied)
        print(f"note: {columns} may hold the post itself and is left empty in {names}, which say at_crawl")
    for name in left_out:
        print(f"warning: {name} is left out: not all of its tables are there, see `dvc status`", file=sys.stderr)
    unread = {str(name): [str(one) for one in strange(some, dictionaries)] for name, some in posts.groupby("batch")}
    for name, each in unread.items():
        for one in each:
            print(f"warning: batch {name}: {one}", file=sys.stderr)
    told = doubts(label[train], fold[train], settings.dataset.folds)
    shown = posts["has_photo"].to_numpy(bool)[train]
    with_photo = doubts_with_photo(label[train], fold[train], settings.dataset.folds, shown)
    for doubt in (*told, *with_photo):
        print(f"warning: {doubt}", file=sys.stderr)
    write_json(
        paths.metrics("dataset"),
        counts
        | {
            "left_out": left_out,
            "emptied": emptied,
            "empty": dictionaries.empty,
            "constant": dictionaries.constant,
            "doubts": told,
            "doubts_with_photo": with_photo,
            "strange_words": {name: each for name, each in unread.items() if each},
        },
    )


if __name__ == "__main__":
    run(main)
