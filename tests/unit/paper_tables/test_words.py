"""What is said of figures follows from them."""

import pytest

from kit.paper_tables import ALL, PHOTOS, change, of_set, two
from popularity.paper_tables import words

LESS, MORE, SAME = change(-0.2, -0.3, -0.1), change(0.2, 0.1, 0.3), change(-0.1, -0.3, 0.1)


@pytest.mark.parametrize(
    ("found", "said"),
    [(LESS, "errs less"), (MORE, "errs more"), (SAME, words.NO_DIFFERENT), (change(0.1, 0.0, 0.2), words.NO_DIFFERENT)],
)
def test_a_model_errs_less_or_more_where_the_whole_interval_says_so(found, said):
    assert words.verdict(found) == said


def test_two_models_of_one_users_posts_are_not_told_apart():
    assert "fewer than two users" in words.verdict(change(-0.5, None, None))


@pytest.mark.parametrize(("found", "said"), [(LESS, "errs less"), (MORE, "errs more"), (SAME, "is no different")])
def test_the_photo_is_worth_what_its_figures_say(found, said):
    changed = of_set(pairs={PHOTOS: {("multimodal", "cnn"): {"test": found}}})
    (sentence,) = words.of_photo(changed)
    assert f"itself without, {said}" in sentence
    assert "in the paper −0.09 and +0.02" in sentence


def test_the_leak_is_what_naive_dictionaries_raise_validation_more_than_test():
    gap = {"validation": change(-0.1, -0.2, 0.0, rho=0.07), "test": change(0.0, -0.1, 0.1, rho=-0.02)}
    found = of_set(pairs={ALL: {("rf_naive", "rf"): gap}})
    assert words.leak_of(found) == pytest.approx(0.09)
    assert "+0.070 in validation and by −0.020 on test posts; +0.090" in words.of_dictionaries(found)[0]


@pytest.mark.parametrize(("leak", "said"), [(0.0, "hardly any"), (0.045, "50%"), (0.2, "all")])
def test_of_the_papers_fall_the_leak_explains_its_share(leak, said):
    gap = {"validation": change(-0.1, -0.2, 0.0, rho=leak), "test": change(0.0, -0.1, 0.1, rho=0.0)}
    found = of_set(pairs={ALL: {("rf_naive", "rf"): gap}})
    (told,) = (one for one in words.of_protocol(found) if one.startswith("**Dictionaries**"))
    assert "falls by 0.09" in told
    assert told.endswith(f"would be {said} of that.")


def test_without_test_posts_there_is_no_leak():
    found = of_set(pairs={ALL: {("rf_naive", "rf"): {"validation": change(-0.1, -0.2, 0.0)}}})
    assert words.leak_of(found) is None
    assert words.of_dictionaries(found) == []


@pytest.mark.parametrize(("found", "no_better"), [(LESS, False), (MORE, True), (SAME, True)])
def test_convolutions_are_no_better_unless_they_err_less(found, no_better):
    pairs = {ALL: {("cnn", "dense"): {"validation": found, "test": found}}}
    told = words.of_convolutions(of_set(pairs=pairs))
    assert "38,231 weights, the dense one 38,216" in told[0]
    assert ("So convolving over the order of the columns is no better here." in told) is no_better


@pytest.mark.parametrize(
    ("validation", "test", "said"),
    [(0.7, 0.5, "costs 0.200"), (0.5, 0.51, "no different, as below 0.02 counts"), (0.5, 0.7, "gives 0.200")],
)
def test_the_order_of_time_costs_what_the_newest_posts_lose(validation, test, said):
    told = words.of_protocol(of_set(newest={"rf": two(validation, test), "cnn": two(0.5, 0.5)}))
    (forest,) = (one for one in told if one.startswith("**Random folds or later posts**: the forest"))
    assert f"{validation:.3f} in random folds of older posts and {test:.3f} on the newest fifth" in forest
    assert said in forest


@pytest.mark.parametrize(("found", "said"), [(LESS, "errs less"), (MORE, "errs more"), (SAME, "is no different")])
def test_what_comments_and_ids_are_worth_is_told_of_each_model(found, said):
    pairs = {ALL: {(f"{model}_before", model): {"test": found} for model in ("rf", "cnn")}}
    told = [one for one in words.of_protocol(of_set(pairs=pairs)) if one.startswith("**What is known**")]
    assert len(told) == 2
    assert all(said in one for one in told)


@pytest.mark.parametrize("emptied", [True, False])
def test_avgview_is_named_where_the_models_before_posting_lack_it(emptied):
    told = [one for one in words.of_protocol(of_set(emptied=emptied)) if one.startswith("**What is known**")]
    assert [("avgview" in one) for one in told] == [emptied] * 2


def test_a_level_is_that_of_posts_with_a_photo_unless_none_has_one():
    with_photos, without = of_set(), of_set(photos=False)
    for found, posts in ((with_photos, "posts with a photo"), (without, "none has a photo")):
        told = [one for one in words.of_protocol(found) if one.startswith("**Level**")]
        assert len(told) == 2
        assert all(posts in one for one in told)


def test_in_short_a_set_without_photos_says_nothing_of_the_photo():
    assert words.in_short(of_set(photos=False))["with the photo the same network"] == "–"
    assert words.in_short(of_set())["with the photo the same network"] == "is no different beyond chance: MAE −0.100"
