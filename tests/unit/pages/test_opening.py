"""The three sentences follow from the figures: their words are those of the intervals."""

from dataclasses import replace

import pytest

from popularity.dataset.protocols import PAPER
from popularity.evaluation.best import Chosen
from popularity.evaluation.figures import Difference, Figures
from popularity.evaluation.findings import Findings
from popularity.evaluation.photo_gain import PhotoGain
from popularity.pages.opening import Sentence, sentences

MEAN = Figures(0.5, 1.0, 2.0, 1.5, 40, 0.0, None, 2.0, None, None, (0.9, 1.1), None)
NONE = Figures(*[None] * 4, 0, *[None] * 7)
BOTH = ("all_posts", "posts_with_photo")
NO_DIFFERENT = "is no different from the mean of the user’s own posts: chance alone may make what lies between them."


def model(low: float, high: float, n: int = 40) -> Figures:
    """Figures whose difference to the user's mean has these bounds."""
    middle = (low + high) / 2
    return replace(MEAN, mae=1 + middle, factor=1.4, n=n, mae_difference=Difference(middle, low, high))


def opened(found: Figures, gain: PhotoGain | None = None, *, photos: str = "", test: bool = True) -> list[Sentence]:
    """The sentences where rf has these figures. photos: the best model of posts with a photo; "": there are none."""
    populations = BOTH if photos else BOTH[:1]
    splits = {
        name: {"validation": one, "test": one if test else NONE} for name, one in (("user_mean", MEAN), ("rf", found))
    }
    scores = {(PAPER, population): splits | {"multimodal": splits["rf"]} for population in populations}
    best = dict(zip(populations, (Chosen("rf", "forward"), Chosen(photos, "forward")), strict=False))
    return sentences(Findings(scores, best, {}, gain, {}), "log2 views")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.3, -0.1, "errs 20 % less than the mean of the user’s own posts, and chance alone would hardly do that."),
        (-0.3, 0.1, NO_DIFFERENT),
        (-0.2, 0.0, NO_DIFFERENT),
        (0.1, 0.3, "errs 20 % more than the mean of the user’s own posts, and chance alone would hardly do that."),
    ],
)
def test_what_the_best_model_is_worth_is_what_its_interval_says(low: float, high: float, expected: str) -> None:
    assert opened(model(low, high))[1].words == f"On 40 test posts Random forest {expected}"


def test_the_figures_behind_the_words_stand_beside_them() -> None:
    assert opened(model(-0.3, -0.1))[1].figures == (
        "40 test posts: mean error 0.800 against 1.000 log2 views, "
        "a difference of −0.200 (95 % over users: −0.300 to −0.100)"
    )


def test_of_one_user_nothing_is_claimed() -> None:
    words = opened(replace(MEAN, mae=0.5, mae_interval=None))[1].words
    assert "posts of one user do not tell what chance makes of that" in words
    assert "less" not in words


def test_the_best_model_of_each_population_is_named_with_what_its_error_means() -> None:
    assert opened(model(-0.3, -0.1))[0].words == (
        "Random forest predicts best: half of 40 test posts are off by less than a factor of 1.4."
    )
    assert opened(model(-0.3, -0.1), photos="multimodal")[0].words.endswith(
        "; of those with a photo Multimodal does: half of 40 test posts are off by less than a factor of 1.4."
    )


def test_without_test_posts_all_is_said_of_training_posts() -> None:
    first, second, _ = opened(model(-0.3, -0.1), test=False)
    assert "half of 40 training posts" in first.words
    assert second.words.startswith("On 40 training posts")


def gained(difference: Difference | None) -> PhotoGain:
    return PhotoGain("test", replace(MEAN, mae=0.9), MEAN, difference)


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (
            Difference(-0.1, -0.2, -0.05),
            "The photo helps: on 40 test posts Multimodal errs 10 % less than CNN, the same network without the photo, "
            "and chance alone would hardly do that.",
        ),
        (
            Difference(-0.1, -0.2, 0.05),
            "The photo adds nothing that chance could not: on 40 test posts Multimodal is no different from CNN, "
            "the same network without the photo.",
        ),
        (None, "What the photo adds is not known: 40 test posts of one user do not tell it."),
    ],
)
def test_what_the_photo_adds_is_what_its_interval_says(difference: Difference | None, expected: str) -> None:
    assert opened(model(-0.3, -0.1), gained(difference), photos="rf")[2].words == expected


def test_a_photo_that_does_harm_is_said_to() -> None:
    gain = PhotoGain("test", replace(MEAN, mae=1.1), MEAN, Difference(0.1, 0.05, 0.2))
    words = opened(model(-0.3, -0.1), gain, photos="rf")[2].words
    assert words.startswith("The photo does harm: on 40 test posts Multimodal errs 10 % more than CNN")


def test_where_no_model_sees_the_photo_the_third_sentence_says_so() -> None:
    assert opened(model(-0.3, -0.1))[2] == Sentence(
        "What the photo adds is not known: too few training posts have one that is still there."
    )


def test_where_no_model_was_fitted_nothing_is_said() -> None:
    assert sentences(Findings({}, {}, {}, None, {}), "log2 views") == []
