"""What Meghawat et al. (2018) print, to stand beside our own figures.

Source: "A Multimodal Approach to Predict Social Media Popularity". Their posts are not ours: the figures tell what the
method gave on SMP-T1, and ours need not meet them. What can be compared is the order of the models within one
population.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Printed:
    """A row's figures as printed, in the units of `metrics`."""

    spearman: float
    mae: float
    mse: float


PRINTED: dict[tuple[str, str, str], Printed] = {
    ("posts_with_photo", "rf", "validation"): Printed(0.78, 1.18, 2.47),
    ("posts_with_photo", "cnn", "validation"): Printed(0.81, 1.05, 2.11),
    ("posts_with_photo", "image", "validation"): Printed(0.30, 1.85, 5.39),
    ("posts_with_photo", "multimodal", "validation"): Printed(0.83, 1.00, 2.06),
    ("posts_with_photo", "rf", "test"): Printed(0.69, 1.27, 2.98),
    ("posts_with_photo", "cnn", "test"): Printed(0.73, 1.21, 2.51),
    ("posts_with_photo", "image", "test"): Printed(0.27, 1.88, 5.59),
    ("posts_with_photo", "multimodal", "test"): Printed(0.75, 1.12, 2.39),
}
"""(population, model, split) -> figures that have a counterpart here, cell for cell."""

SPLIT_UNSTATED: dict[tuple[str, str], Printed] = {
    ("all_posts", "rf"): Printed(0.72, 1.17, 2.42),
    ("all_posts", "cnn"): Printed(0.747, 1.10, 2.35),
}
"""(population, model) -> figures on all 432K posts; comparable with neither column alone."""

CHALLENGE = (
    Printed(0.8268, 1.0676, 2.0528),
    Printed(0.8093, 1.1059, 2.1767),
    Printed(0.7927, 1.1783, 2.4973),
    Printed(0.7723, 1.1733, 2.4482),
    Printed(0.7406, 1.2475, 2.7293),
)
"""The challenge's five best teams on all 432K posts, best first. The paper swaps their MAE and MSE columns (an MSE
below the MAE squared is impossible); here they stand under the right names."""

IMPORTANCES = {"tag_score": 0.10, "title_score": 0.18}
"""Shares of the forest's importance that the paper's text gives, rounded there."""
