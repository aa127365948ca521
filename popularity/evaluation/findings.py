"""What was found of the models: all that the report and the model card say of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from popularity.dataset.protocols import PAPER
from popularity.evaluation import modalities
from popularity.evaluation.best import Chosen, choose
from popularity.evaluation.groups import Judged, judge
from popularity.evaluation.photo_gain import PhotoGain, photo_gain
from popularity.evaluation.scored import ScoredTables, ScoreTable, score_all


@dataclass(frozen=True)
class Findings:
    """Figures of every model, and more of the best one of each population."""

    scores: ScoreTable
    best: Mapping[str, Chosen]
    judged: Mapping[str, Mapping[str, Judged]]  # population -> model -> its groups
    gain: PhotoGain | None  # what the photo adds; None where no model sees it
    modalities: Mapping[str, Mapping[str, float] | None]  # see `modalities.of_best`


def find(tables: ScoredTables, protocol: str, seed: int) -> Findings:
    """All findings. tables: see `scored`. protocol: that chooses the best model. seed: of the draws of users.

    Raises UserError as `scored.score_all`.
    """
    scores = score_all(tables, seed)
    best = choose(scores, protocol)
    photos = (PAPER, "posts_with_photo")
    gain = photo_gain(tables[photos], scores[photos], seed) if photos in tables else None
    return Findings(scores, best, judge(tables, best, seed), gain, modalities.of_best(best))
