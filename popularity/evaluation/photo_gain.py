"""What the photo adds: the same network with it and without, on the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from popularity.catalogue import WITH_PHOTO, WITHOUT_PHOTO
from popularity.evaluation.figures import Difference, Figures, difference
from popularity.evaluation.scored import hidden_split


@dataclass(frozen=True)
class PhotoGain:
    """Two networks on the n rows of a split."""

    split: str
    with_photo: Figures
    without: Figures
    difference: Difference | None  # of their MAE, with less without; None with fewer than two users

    @property
    def spearman(self) -> float | None:
        """By how much rho is higher with the photo; None where one of both has none."""
        if self.with_photo.spearman is None or self.without.spearman is None:
            return None
        return self.with_photo.spearman - self.without.spearman


def photo_gain(table: pd.DataFrame, scores: Mapping[str, Mapping[str, Figures]], seed: int) -> PhotoGain | None:
    """On test rows where there are any, else on validation rows; None where one of both networks is not there.

    table: of posts with a photo, see `scored`; scores: model -> split -> figures on it. seed: of the draws of users.
    """
    if WITH_PHOTO not in scores or WITHOUT_PHOTO not in scores:
        return None
    split = hidden_split(table)
    rows = table[table["split"] == split]
    gain = difference(rows, WITH_PHOTO, WITHOUT_PHOTO, seed)
    return PhotoGain(split, scores[WITH_PHOTO][split], scores[WITHOUT_PHOTO][split], gain)
