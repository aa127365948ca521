"""Stage evaluate: scores on the same rows for every model, points for the plots, and the report.

Reads   data/dataset.parquet, data/test_labels.parquet (no other stage does), predictions/ (protocols/ too),
        data/links/, models/dictionaries/, of metrics/ those of ingest, filter_links, dataset and the stages that train
        (what each kind of evidence is worth to the best model), and for the pictures data/posts/ and data/photos/
Writes  metrics/evaluate.json, plots/predictions.csv, plots/residuals.csv, reports/evaluation.html, docs/model-card.md
"""

from collections.abc import Iterable

import pandas as pd

from popularity import paths
from popularity.catalogue import MODELS
from popularity.dataset.features import FeatureMaker
from popularity.dataset.hindsight import seen_later
from popularity.dataset.protocols import PAPER
from popularity.dataset.table import read_dataset
from popularity.evaluation import plots, scored, vanished
from popularity.evaluation.baselines import baseline_predictions
from popularity.evaluation.findings import find
from popularity.files import read_json, replacing, write_json
from popularity.marks import run
from popularity.pages import contact_sheet, model_card, report
from popularity.posts import read_table
from popularity.settings import load_settings


def main() -> None:
    """Run the stage in the current project."""
    settings = load_settings()
    dataset = read_dataset(paths.DATASET)
    predictions = scored.under_protocols(baseline_predictions(dataset, settings.protocols))
    for model in MODELS:
        if model.has_stage:
            predictions |= scored.of_stage(model.name, read_table(paths.predictions(model.name)))
        if model.may_be_best:
            predictions |= scored.under_protocols(read_table(paths.protocols(model.name)))
    observed = scored.observed_posts(dataset, read_table(paths.TEST_LABELS))
    tables = scored.scored_tables(observed, predictions, scored.known_to_fits(dataset, settings.protocols))
    found, of_paper = find(tables, settings.protocols.best, settings.base.seed), scored.of_protocol(PAPER, tables)
    joined = read_json(paths.metrics("dataset"))
    batches = {name: batch for name, batch in settings.batches.items() if name not in joined["left_out"]}
    counts = report.Counts(
        ingest={batch: read_json(paths.metrics("ingest", batch)) for batch in batches},
        filter_links={batch: read_json(paths.metrics("filter_links", batch)) for batch in batches},
        dataset=joined,
    )
    strips = None
    if settings.report.show_photos:
        photos = "posts_with_photo"
        strips = contact_sheet.draw_strips(of_paper[photos], found.best[photos].model) if photos in found.best else {}
    known_later = seen_later(settings.dataset.features, batches, settings.dataset.profile)
    page = report.render(
        dataset=dataset,
        known_later=known_later,
        observed=observed,
        gone=vanished.compare(observed, reasons_of(batches), settings.base.seed),
        tables=of_paper,
        found=found,
        batches=batches,
        label=settings.label,
        counts=counts,
        dictionaries=FeatureMaker.load(paths.DICTIONARIES).dictionaries,
        importances=read_json(paths.metrics("train_rf"))["importances"],
        strips=strips,
    )
    points = plots.test_points(of_paper, settings.evaluate.plot_points, settings.base.seed)
    plots.write_plots(paths.plot("predictions"), paths.plot("residuals"), points)
    write_json(paths.metrics("evaluate"), scored.as_json(settings.dataset.profile, tables, found.scores, found.best))
    card = model_card.render(
        dataset=dataset,
        profile=settings.dataset.profile,
        known_later=known_later,
        found=found,
        batches=batches,
        label=settings.label,
    )
    for path, text in ((paths.EVALUATION_REPORT, page), (paths.MODEL_CARD, card)):
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def reasons_of(batches: Iterable[str]) -> pd.DataFrame:
    """Why photos are not there: pid, batch and reason, of the links tables."""
    tables = [read_table(paths.links(batch), ["pid", "reason"]).assign(batch=batch) for batch in batches]
    return pd.concat(tables) if tables else pd.DataFrame(columns=["pid", "reason", "batch"])


if __name__ == "__main__":
    run(main)
