"""Stage train_boosted: gradient-boosted trees on each user's earlier labels, words, calendar and photo.

Reads   data/dataset.parquet, data/embeddings/ of the batches in params.yaml, expectations/predictions.json
Writes  models/boosted/, predictions/boosted.parquet, predictions/protocols/boosted.parquet, metrics/train_boosted.json,
        reports/quality/predictions/boosted.json

boosted_waits, under protocol forward, is the same model to which a label counts only from the day on which its post had
reached the horizon, or its age at reading where that is less; it has no row where too few had.
"""

from functools import partial

import pandas as pd

from popularity import paths
from popularity.dataset.protocols import FORWARD
from popularity.dataset.table import read_dataset
from popularity.marks import run
from popularity.models.boosted import Boosted
from popularity.models.evidence import evidence_of, evidence_with_embeddings
from popularity.models.out_of_fold import fit_out_of_fold, predict_further, predict_under
from popularity.settings import load_settings
from popularity.trained import write_trained


def main() -> None:
    """Run the stage in the current project."""
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    boosted = partial(Boosted, settings.train_boosted, settings.dataset, settings.base.seed)
    fits, further = [], []
    for name, evidence in (
        ("all_posts", evidence_of(dataset)),
        ("posts_with_photo", evidence_with_embeddings(dataset, settings.batches)),
    ):
        population, make = dataset.of(name), partial(boosted, photos=name == "posts_with_photo")
        fits.append(fit_out_of_fold(population, evidence, make, name="boosted", seed=settings.base.seed))
        further.append(predict_further("boosted", [population], evidence, make, settings.protocols))
        if FORWARD in settings.protocols.of["boosted"] and dataset.of("all_posts").ages_known:
            days = settings.label.horizon_days or dataset.usual_age_days
            wait = partial(make, waits_days=days)
            further.append(
                predict_under(
                    FORWARD, population, evidence, wait, settings.protocols, model="boosted_waits", waits_days=days
                )
            )
    write_trained("boosted", "train_boosted", dataset, fits, pd.concat(further))


if __name__ == "__main__":
    run(main)
