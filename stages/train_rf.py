"""Stage train_rf: a random forest on the CON-SOC features, and one whose dictionaries saw every training label.

Reads   data/dataset.parquet, expectations/predictions.json
Writes  models/rf/, predictions/ (rf, rf_naive), metrics/train_rf.json, plots/importances.csv,
        reports/quality/predictions/ (rf, rf_naive)
"""

from collections.abc import Mapping
from functools import partial

from popularity import paths
from popularity.checks.model_tables import check_predictions
from popularity.dataset.table import POPULATIONS, Population, read_dataset
from popularity.encoders.dictionary import Dictionary
from popularity.files import replacing
from popularity.marks import run
from popularity.models.evidence import evidence_of
from popularity.models.forest import Forest, by_population, importance_table
from popularity.models.on_evidence import OnFeatures, dictionaries_of_all
from popularity.models.out_of_fold import Fit, fit_out_of_fold, predictions_of, save_models, write_metrics
from popularity.posts import PREDICTIONS, write_table
from popularity.settings import load_settings


def main() -> None:
    """Run the stage in the current project."""
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    evidence, known_to_all = evidence_of(dataset), dictionaries_of_all(dataset, settings.dataset.dictionary)
    forest = partial(Forest, settings.train_rf, settings.base.seed)

    def fit(population: Population, name: str, known: Mapping[str, Dictionary] | None = None) -> Fit:
        return fit_out_of_fold(population, evidence, lambda: OnFeatures(forest(), settings.dataset, known), name=name)

    populations = [dataset.of(name) for name in POPULATIONS]
    fits = [fit(population, "rf") for population in populations]
    naive = [fit(population, "rf_naive", known_to_all) for population in populations]

    predictions, of_naive = predictions_of(fits), predictions_of(naive)
    check_predictions("rf", dataset, predictions)
    check_predictions("rf_naive", dataset, of_naive)
    save_models(paths.model("rf"), fits)
    write_table(paths.predictions("rf"), predictions, PREDICTIONS)
    write_table(paths.predictions("rf_naive"), of_naive, PREDICTIONS)
    importances = importance_table(fits)
    write_metrics(paths.metrics("train_rf"), fits, importances=by_population(importances))
    with replacing(paths.plot("importances")) as temporary:
        all_posts = importances[importances["population"] == "all_posts"]
        all_posts[["feature", "importance"]].to_csv(temporary, index=False)


if __name__ == "__main__":
    run(main)
