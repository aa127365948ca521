"""Stage train_rf: a random forest on the CON-SOC features, and one whose dictionaries saw every training label.

Reads   data/dataset.parquet, expectations/predictions.json
Writes  models/rf/, predictions/ (rf, rf_naive), predictions/protocols/rf.parquet, metrics/train_rf.json,
        plots/importances.csv, reports/quality/predictions/ (rf, rf_naive)
"""

from collections.abc import Mapping
from functools import partial

from popularity import paths
from popularity.checks.model_tables import check_predictions
from popularity.dataset.table import POPULATIONS, read_dataset
from popularity.encoders.dictionary import Dictionary
from popularity.files import replacing
from popularity.marks import run
from popularity.models.evidence import evidence_of
from popularity.models.forest import Forest, by_population, importance_table
from popularity.models.on_evidence import OnFeatures, dictionaries_of_all
from popularity.models.out_of_fold import fit_out_of_fold, predict_further, predictions_of
from popularity.posts import PREDICTIONS, write_table
from popularity.settings import load_settings
from popularity.trained import write_trained


def main() -> None:
    """Run the stage in the current project."""
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    evidence, known_to_all = evidence_of(dataset), dictionaries_of_all(dataset, settings.dataset.dictionary)
    forest = partial(Forest, settings.train_rf, settings.base.seed)

    def make(known: Mapping[str, Dictionary] | None = None) -> OnFeatures:
        return OnFeatures(forest(), settings.dataset, known)

    populations = [dataset.of(name) for name in POPULATIONS]
    fits = [fit_out_of_fold(one, evidence, make, name="rf", seed=settings.base.seed) for one in populations]
    naive = [fit_out_of_fold(one, evidence, partial(make, known_to_all), name="rf_naive") for one in populations]
    further = predict_further("rf", populations, evidence, make, settings.protocols)

    of_naive, importances = predictions_of(naive), importance_table(fits)
    write_trained("rf", "train_rf", dataset, fits, further, importances=by_population(importances))
    check_predictions("rf_naive", dataset, of_naive)
    write_table(paths.predictions("rf_naive"), of_naive, PREDICTIONS)
    with replacing(paths.plot("importances")) as temporary:
        all_posts = importances[importances["population"] == "all_posts"]
        all_posts[["feature", "importance"]].to_csv(temporary, index=False)


if __name__ == "__main__":
    run(main)
