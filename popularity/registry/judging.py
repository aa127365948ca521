"""Who judges a batch's labels: the champion that scored it, or where that cannot, the champion of today."""

import pandas as pd

from popularity import paths
from popularity.dataset.overlap import Overlap
from popularity.monitoring.known_labels import FILE
from popularity.monitoring.label_judge import LabelJudge
from popularity.monitoring.reference import FOLDER
from popularity.posts import read_table
from popularity.registry.evidence import of_batch
from popularity.registry.history import champion_of, current_version
from popularity.registry.predictor import open_predictor
from popularity.settings import Settings


def judge_of(batch: str, settings: Settings, overlap: Overlap) -> LabelJudge | None:
    """What a batch's labels are judged by; None before there is a champion.

    The scores that were given at the time are used where the champion that gave them holds labels to judge by; else the
    champion of today scores the batch once more.
    overlap: of the project's batches.
    Raises UserError where that one was made before labels were judged, or predicts another label than the project's.
    """
    if current_version() is None:
        return None
    given = _given(batch, overlap)
    if given is None:
        bundle = champion_of(settings.label)
        with open_predictor(bundle.folder) as predictor:
            given = predictor.score(of_batch(batch, predictor.profile))
    return LabelJudge.of(batch, given, paths.champion(str(given["version"].iloc[0])), settings.base.seed)


def _given(batch: str, overlap: Overlap) -> pd.DataFrame | None:
    """The scores on record, where they can be judged by; of posts that an earlier batch keeps, that one's."""
    if not paths.scores(batch).exists():
        return None
    scores = read_table(paths.scores(batch))
    version = str(scores["version"].iloc[0])
    if not (paths.champion(version) / FOLDER / FILE).exists():
        return None
    earlier = overlap.kept_by(batch)
    others = [read_table(paths.scores(one)) for one in sorted(set(earlier)) if paths.scores(one).exists()]
    kept = [one[one["pid"].isin(earlier.index) & (one["version"] == version)] for one in others]
    return pd.concat([scores, *kept], ignore_index=True)
