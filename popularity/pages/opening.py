"""The three sentences that the report opens with: what predicts best, what it is worth, what the photo adds."""

from collections.abc import Mapping
from dataclasses import dataclass

from popularity.catalogue import BASELINE, WITH_PHOTO, WITHOUT_PHOTO
from popularity.dataset.protocols import PAPER
from popularity.evaluation.best import Chosen
from popularity.evaluation.figures import Difference, Figures
from popularity.evaluation.findings import Findings
from popularity.evaluation.photo_gain import PhotoGain
from popularity.evaluation.scored import of_protocol
from popularity.pages.names import MODEL_NAMES, SPLIT_NAMES
from popularity.pages.page import figure, signed

Scores = Mapping[str, Mapping[str, Mapping[str, Figures]]]
"""Population -> model -> split -> figures, under the paper's protocol."""


@dataclass(frozen=True)
class Sentence:
    """What was found, in words, and the figures that it follows from ("" where the words have them)."""

    words: str
    figures: str = ""


def sentences(found: Findings, unit: str) -> list[Sentence]:
    """The three sentences; none where no model was fitted. unit: of labels."""
    if "all_posts" not in found.best:
        return []
    scores = of_protocol(PAPER, found.scores)
    return [_best(scores, found.best), _beside_history(scores, found.best, unit), _photo(found.gain, unit)]


def _best(scores: Scores, best: Mapping[str, Chosen]) -> Sentence:
    """Which model predicts best, and what its error means."""
    clauses: list[str] = []
    for population, chosen in best.items():
        name, (split, found) = MODEL_NAMES[chosen.model], _judged(scores, population, chosen.model)
        who = f"{name} predicts best" if not clauses else f"of those with a photo {name} does"
        off = f"are off by less than a factor of {figure(found.factor, 1)}"
        clauses.append(f"{who}: half of {found.n:,} {SPLIT_NAMES[split]} posts {off}")
    return Sentence("; ".join(clauses) + ".")


def _beside_history(scores: Scores, best: Mapping[str, Chosen], unit: str) -> Sentence:
    """What the best model is worth beside the mean of the user's own posts, and how sure that is."""
    clauses: list[str] = []
    figures: list[str] = []
    for population, chosen in best.items():
        split, found = _judged(scores, population, chosen.model)
        mean, name = scores[population][BASELINE][split], MODEL_NAMES[chosen.model]
        posts = f"{found.n:,} {SPLIT_NAMES[split]} posts{' with a photo' if clauses else ''}"
        clauses.append(f"{'on' if clauses else 'On'} {posts} {name} {_beside(found, mean)}")
        figures.append(f"{posts}: {_told(found, mean, found.mae_difference, unit)}")
    return Sentence("; ".join(clauses) + ".", "; ".join(figures))


def _beside(found: Figures, mean: Figures) -> str:
    """What the interval of a difference to the user's mean says."""
    history, difference = "the mean of the user’s own posts", found.mae_difference
    if difference is None:
        return f"stands beside {history}, and posts of one user do not tell what chance makes of that"
    if difference.low <= 0 <= difference.high:
        return f"is no different from {history}: chance alone may make what lies between them"
    errs = f"errs {_share(found.mae, mean.mae)} {_way(difference)} than"
    return f"{errs} {history}, and chance alone would hardly do that"


def _photo(gain: PhotoGain | None, unit: str) -> Sentence:
    """What the photo adds to the same network."""
    if gain is None:
        return Sentence("What the photo adds is not known: too few training posts have one that is still there.")
    found, without, difference = gain.with_photo, gain.without, gain.difference
    posts = f"{found.n:,} {SPLIT_NAMES[gain.split]} posts"
    name, other = MODEL_NAMES[WITH_PHOTO], f"{MODEL_NAMES[WITHOUT_PHOTO]}, the same network without the photo"
    if difference is None:
        words = f"What the photo adds is not known: {posts} of one user do not tell it."
    elif difference.low <= 0 <= difference.high:
        words = f"The photo adds nothing that chance could not: on {posts} {name} is no different from {other}."
    else:
        adds = "helps" if difference.high < 0 else "does harm"
        errs = f"errs {_share(found.mae, without.mae)} {_way(difference)} than"
        words = f"The photo {adds}: on {posts} {name} {errs} {other}, and chance alone would hardly do that."
    return Sentence(words, f"{posts}: {_told(found, without, difference, unit)}")


def _told(found: Figures, other: Figures, difference: Difference | None, unit: str) -> str:
    """Both errors, and within which bounds their difference lies."""
    errors = f"mean error {figure(found.mae)} against {figure(other.mae)} {unit}"
    if difference is None:
        return errors
    bounds = f"{signed(difference.low, 3)} to {signed(difference.high, 3)}"
    return f"{errors}, a difference of {signed(difference.mae, 3)} (95 % over users: {bounds})"


def _way(difference: Difference) -> str:
    return "less" if difference.mae < 0 else "more"


def _share(error: float | None, other: float | None) -> str:
    """By how much an error differs from another one, in per cent of that."""
    return f"{100 * abs(error / other - 1):.0f} %" if error is not None and other else "much"


def _judged(scores: Scores, population: str, model: str) -> tuple[str, Figures]:
    """The split that models are judged by, and the model's figures on it."""
    split = "test" if scores[population][BASELINE]["test"].n else "validation"
    return split, scores[population][model][split]
