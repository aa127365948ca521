"""Training curves, a file a population, as `dvc plots` draws them: the loss of each epoch of the fit that is kept.

That fit learns from all training rows, so there is no row left whose loss would say how it does on others: that is told
in metrics/evaluate.json, by fits of their own. The loss is the mean squared error over the labels' variance.
"""

from collections.abc import Sequence
from pathlib import Path

from popularity.files import replacing
from popularity.models.losses import losses_of
from popularity.models.out_of_fold import Fit, Learner


def write_curves(folder: Path, fits: Sequence[Fit[Learner]]) -> None:
    """Write `<population>/loss.tsv` for each population: columns step, from 0, and loss; no row without a model.

    By dvclive's Metric and not its Live, which opens DVC's repository and git's in the stage that runs, leaves files in
    .dvc, and tells DVC's Studio of each fit where somebody is logged in there.
    """
    from dvclive.plots import Metric

    with replacing(folder) as temporary:
        for fit in fits:
            curve = Metric(f"{fit.population.name}/loss", str(temporary))
            curve.output_path.write_text("step\tloss\n", encoding="utf-8")  # git keeps no empty folder
            for epoch, loss in enumerate(losses_of(fit.model)):
                curve.step = epoch
                curve.dump(loss)
        written = temporary / Metric.subfolder
        for place in written.iterdir():
            place.rename(temporary / place.name)
        written.rmdir()
