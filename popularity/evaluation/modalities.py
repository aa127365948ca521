"""What each kind of evidence is worth to the best models, as the stages that fitted them measured it."""

from collections.abc import Mapping

from popularity import paths
from popularity.catalogue import stage_of
from popularity.evaluation.best import Chosen
from popularity.files import read_json
from popularity.models.subjects import MODALITIES


def of_best(best: Mapping[str, Chosen]) -> dict[str, dict[str, float] | None]:
    """Population -> modality -> by how much the best model's MAE rises, in label units, when that evidence is permuted.

    Of rows that the model did not learn from; in the order of MODALITIES, without those that the model does not read.
    None where the model's stage has not measured it.
    """
    return {population: _measured(chosen.model, population) for population, chosen in best.items()}


def _measured(model: str, population: str) -> dict[str, float] | None:
    told = (read_json(paths.metrics(stage_of(model))).get("modalities") or {}).get(population)
    return {name: told[name] for name in MODALITIES if told.get(name) is not None} if told else None
