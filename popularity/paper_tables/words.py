"""What the figures of a set say, in sentences: each follows from figures by a rule that stands here."""

from popularity.evaluation.metrics import Scores
from popularity.evaluation.paper import IMPORTANCES, PRINTED, Printed
from popularity.pages.page import figure, signed
from popularity.paper_tables.dense import NAME as DENSE
from popularity.paper_tables.figures import BEFORE, Change, SetFigures

NO_DIFFERENT = "no different beyond chance"
ALIKE = 0.02
"""Differences of rho below this count as none where posts are not the same: it is what the paper's photo gives."""
HARDLY = 0.1
"""Shares below this are hardly any."""
TITLES = {"rf": "forest", "cnn": "CNN"}
PHOTOS = "posts_with_photo"
Sentences = list[str]


def verdict(change: Change) -> str:
    """Whether the first of two models errs less than the second: only where the whole interval says so."""
    if change.low is None or change.high is None:
        return "not to be told: fewer than two users"
    if change.high < 0:
        return "errs less"
    return "errs more" if change.low > 0 else NO_DIFFERENT


def of_photo(found: SetFigures) -> Sentences:
    """What the photo adds to the same network, beside what it adds in the paper."""
    sentences = []
    for split, change in found.changes[PHOTOS][("multimodal", "cnn")].items():
        both, without = (PRINTED[(PHOTOS, model, split)] for model in ("multimodal", "cnn"))
        sentences.append(
            f"On {split} posts the network with the photo, beside itself without, {_does(change)}: MAE "
            f"{signed(change.mae, 3)}, ρ {signed(change.rho, 3)}; in the paper {signed(both.mae - without.mae)} and "
            f"{signed(both.spearman - without.spearman)}."
        )
    return sentences


def of_dictionaries(found: SetFigures) -> Sentences:
    """What dictionaries of all labels do to validation and to test: the difference is the leak."""
    leak, gaps = leak_of(found), found.changes["all_posts"][("rf_naive", "rf")]
    if leak is None:
        return []
    return [
        f"Dictionaries that saw all training labels move the forest's ρ by {signed(gaps['validation'].rho, 3)} in "
        f"validation and by {signed(gaps['test'].rho, 3)} on test posts; {signed(leak, 3)}, the one less the other, is "
        "their leak."
    ]


def leak_of(found: SetFigures) -> float | None:
    """By how much more the naive dictionaries raise rho in validation than on test posts; None without both."""
    gaps = {split: change.rho for split, change in found.changes["all_posts"][("rf_naive", "rf")].items()}
    validation, test = gaps.get("validation"), gaps.get("test")
    return None if validation is None or test is None else validation - test


def fall_of(model: str) -> float:
    """By how much the paper's rho is lower on test posts than in validation, on posts with a photo."""
    return PRINTED[(PHOTOS, model, "validation")].spearman - PRINTED[(PHOTOS, model, "test")].spearman


def of_convolutions(found: SetFigures) -> Sentences:
    """Whether convolving over the columns' order is any better than dense layers."""
    sentences = [
        f"The network with convolutions has {found.weights['cnn']:,} weights, the dense one {found.weights[DENSE]:,}."
    ]
    changes = found.changes["all_posts"][("cnn", DENSE)]
    for split, change in changes.items():
        sentences.append(
            f"On {split} posts the one with convolutions, beside the other, {_does(change)}: MAE "
            f"{signed(change.mae, 3)}, ρ {signed(change.rho, 3)}."
        )
    if changes and not any(verdict(change) == "errs less" for change in changes.values()):
        sentences.append("So convolving over the order of the columns is no better here.")
    return sentences


def of_protocol(found: SetFigures) -> Sentences:
    """Which differences from the printed figures come of dictionaries, of what is known, of how posts are parted."""
    return [
        *_of_fall(found),
        *(
            sentence
            for model in TITLES
            for sentence in (*_of_columns(found, model), *_of_time(found, model), *_of_level(found, model))
        ),
    ]


def _of_fall(found: SetFigures) -> Sentences:
    leak, fall = leak_of(found), fall_of("rf")
    if leak is None:
        return []
    return [
        f"**Dictionaries**: the paper's forest falls by {figure(fall, 2)} in ρ from validation to test; the leak of "
        f"naive ones, {signed(leak, 3)} here, would be {_part(leak / fall)} of that."
    ]


def _of_columns(found: SetFigures, model: str) -> Sentences:
    pair = found.changes["all_posts"][(f"{model}{BEFORE}", model)]
    split = "test" if "test" in pair else "validation"
    change = pair[split]
    seen, before = (found.own["all_posts"][name][split] for name in (model, f"{model}{BEFORE}"))
    return [
        f"**What is known**: {_without(found)} the {TITLES[model]} {_does(change)} on {split} posts: MAE "
        f"{signed(change.mae, 3)}{_between(change)}, ρ {figure(seen.spearman)} to {figure(before.spearman)}."
    ]


def _without(found: SetFigures) -> str:
    also = ", and avgview, which was read at the crawl," if found.emptied else ""
    return f"without comments, pid and uid{also}"


def _of_time(found: SetFigures, model: str) -> Sentences:
    if not found.newest:
        return []
    folds, newest = (found.newest[model][split].spearman for split in ("validation", "test"))
    if folds is None or newest is None:
        return []
    printed = PRINTED[(PHOTOS, model, "validation")].spearman, PRINTED[(PHOTOS, model, "test")].spearman
    return [
        f"**Random folds or later posts**: the {TITLES[model]}'s ρ is {figure(folds)} in random folds of older posts "
        f"and {figure(newest)} on the newest fifth: {_fall(folds - newest)}. The paper's is {figure(printed[0], 2)} in "
        f"validation and {figure(printed[1], 2)} on test posts."
    ]


def _of_level(found: SetFigures, model: str) -> Sentences:
    if PHOTOS in found.own and found.own[PHOTOS][model]["test"].spearman is not None:
        population, posts = PHOTOS, "posts with a photo"
    else:
        population, posts = "all_posts", "all posts, for none has a photo"
    ours, printed = found.own[population][model]["test"], PRINTED[(PHOTOS, model, "test")]
    mean = found.own[population]["user_mean"]["test"]
    if ours.spearman is None:
        return []
    return [
        f"**Level**: on test posts ({posts}) the {TITLES[model]} has ρ, MAE and MSE of {_three(ours)}, the paper's "
        f"{_three(printed)}: ρ {signed(ours.spearman - printed.spearman)}. The user's mean alone has {_three(mean)}."
    ]


def in_short(found: SetFigures) -> dict[str, str]:
    """What is asked of every set -> the answer, on test posts."""
    changes, importances = found.changes["all_posts"], found.importances["all_posts"]
    photo = found.changes[PHOTOS][("multimodal", "cnn")].get("test") if PHOTOS in found.changes else None
    before, dense = (changes[pair].get("test") for pair in ((f"rf{BEFORE}", "rf"), ("cnn", DENSE)))
    newest = [found.newest["rf"][split].spearman for split in ("validation", "test")] if found.newest else [None, None]
    return {
        "with the photo the same network": _answer(photo),
        "the leak of naive dictionaries, in the forest's ρ": signed(leak_of(found), 3),
        "with convolutions in place of dense layers the network": _answer(dense),
        "with what is known before posting, beside itself in paper14, the forest": _answer(before),
        "the forest's ρ in random folds, on the newest fifth": ", ".join(figure(one) for one in newest),
        "the forest's importances of tag and title scores": ", ".join(
            figure(importances[name], 2) for name in IMPORTANCES
        ),
    }


def printed_in_short() -> str:
    """What the paper prints of the same questions."""
    shares = " and ".join(figure(share, 2) for share in IMPORTANCES.values())
    folds, test = (figure(PRINTED[(PHOTOS, "rf", split)].spearman, 2) for split in ("validation", "test"))
    photo = PRINTED[(PHOTOS, "multimodal", "test")].mae - PRINTED[(PHOTOS, "cnn", "test")].mae
    return (
        f"The paper's: with the photo the network's MAE moves by {signed(photo)} on test posts; the forest's ρ is "
        f"{folds} in random folds and {test} on test posts, its importances of tag and title scores are {shares}."
    )


def _answer(change: Change | None) -> str:
    return "–" if change is None else f"{_does(change)}: MAE {signed(change.mae, 3)}"


def _three(scores: Scores | Printed) -> str:
    digits = 3 if isinstance(scores, Scores) else 2
    return " / ".join(figure(one, digits) for one in (scores.spearman, scores.mae, scores.mse))


def _fall(difference: float) -> str:
    if abs(difference) < ALIKE:
        return f"no different, as below {figure(ALIKE, 2)} counts"
    return f"the order of time {'costs' if difference > 0 else 'gives'} {figure(abs(difference))}"


def _part(share: float) -> str:
    if share < HARDLY:
        return "hardly any"
    return "all" if share >= 1 else f"{share:.0%}"


def _does(change: Change) -> str:
    said = verdict(change)
    return said if said.startswith("errs") else f"is {said}"


def _between(change: Change) -> str:
    return "" if change.low is None else f" (95 % {signed(change.low, 3)} to {signed(change.high, 3)})"
