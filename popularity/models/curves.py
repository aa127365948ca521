"""Training curves, a file a population, as `dvc plots` draws them: the loss of each epoch of the fit that is kept.

That fit learns from all training rows, so there is no row left whose loss would say how it does on others: that is told
in metrics/evaluate.json, by fits of their own. The loss is the mean squared error over the labels' variance.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from popularity.files import replacing, scratch
from popularity.models.losses import losses_of
from popularity.models.out_of_fold import Fit, Learner

STUDIO_OFFLINE = "DVC_STUDIO_OFFLINE"
"""Where somebody is logged in to DVC's Studio, it would be told of each fit."""


def write_curves(folder: Path, fits: Sequence[Fit[Learner]]) -> None:
    """Write `<population>/loss.tsv` for each model there is: columns step, from 0, and loss; the same bytes for the same.

    The folder exists even when there is none.
    """
    from dvclive import Live

    os.environ[STUDIO_OFFLINE] = "true"
    with scratch(folder.with_name(f"{folder.name}-live")) as place, replacing(folder) as temporary:
        # Its next_step and end are not called: they start threads, and write files beside the curves and into .dvc.
        live = Live(str(place), save_dvc_exp=False, dvcyaml=None)
        for fit in fits:
            for epoch, loss in enumerate(losses_of(fit.model)):
                live.step = epoch
                live.log_metric(f"{fit.population.name}/loss", loss)
        written = Path(live.plots_dir) / "metrics"
        written.mkdir(parents=True, exist_ok=True)
        written.rename(temporary)
