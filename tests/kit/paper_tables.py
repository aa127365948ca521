"""Figures of a set for the page of the paper's tables, made up."""

from collections.abc import Mapping

from popularity.evaluation.metrics import Scores
from popularity.paper_tables.figures import BEFORE, PAIRS, Change, SetFigures, Splits

ALL, PHOTOS = "all_posts", "posts_with_photo"
Pairs = dict[tuple[str, str], dict[str, Change]]


def two(validation: float, test: float) -> Splits:
    """Figures of both splits with these rhos; MAE 2 less rho."""
    return {
        split: Scores(spearman=rho, mae=2 - rho, mse=(2 - rho) ** 2 * 1.5, factor=2.0, n=n)
        for split, rho, n in (("validation", validation, 120), ("test", test, 30))
    }


def change(mae: float, low: float | None, high: float | None, rho: float = 0.1) -> Change:
    """A difference with this interval."""
    return Change(rho, mae, low, high)


def of_set(
    name: str = "made-up",
    *,
    photos: bool = True,
    pairs: Mapping[str, Pairs] | None = None,
    newest: dict[str, Splits] | None = None,
    emptied: bool = False,
) -> SetFigures:
    """A set of 150 posts. pairs: differences other than the usual ones. newest: figures on the newest fifth."""
    tabular = {"user_mean": two(0.5, 0.4), "rf": two(0.7, 0.6), "rf_naive": two(0.8, 0.6), "cnn": two(0.65, 0.55)}
    own = {ALL: tabular | {"dense": two(0.66, 0.54), f"rf{BEFORE}": two(0.6, 0.5), f"cnn{BEFORE}": two(0.55, 0.45)}}
    if photos:
        own[PHOTOS] = tabular | {"image": two(0.3, 0.2), "multimodal": two(0.75, 0.65)}
    splits = {split: change(-0.1, -0.2, 0.1) for split in ("validation", "test")}
    usual = {population: {pair: dict(splits) for pair in PAIRS[population]} for population in own}
    for population, others in (pairs or {}).items():
        usual[population] |= others
    shares = {"avgview": 0.4, "title_score": 0.25, "tag_score": 0.15, "uid": 0.1, "postdate": 0.06, "pid": 0.04}
    return SetFigures(
        name=name,
        users=12,
        posts=150,
        with_photo=70 if photos else 0,
        own=own,
        newest={"rf": two(0.7, 0.5), "cnn": two(0.6, 0.5)} if newest is None else newest,
        changes=usual,
        importances=dict.fromkeys(own, shares),
        weights={"cnn": 38231, "dense": 38216},
        emptied=emptied,
        seconds={"paper14": {"train_cnn": 12.4}, "newest fifth": {}},
    )
