"""Each trained model errs less than the mean of the labels that it learned, on posts that it did not learn."""

import pytest

from popularity.posts import read_table

slow = pytest.mark.slow
LEAST = [
    (("rf", "all_posts"), 0.9),
    (("boosted", "all_posts"), 0.8),
    (("boosted", "posts_with_photo"), 0.8),
    pytest.param(("cnn", "all_posts"), 0.95, marks=slow),
    pytest.param(("image", "posts_with_photo"), 0.99, marks=slow),
    pytest.param(("multimodal", "posts_with_photo"), 0.95, marks=slow),
]
"""Model, and the part of the mean's absolute error that it must stay below."""


def learned(scored):
    """The training posts of the population."""
    train = scored.world.posts("train")
    return train if scored.population == "all_posts" else train[train["pid"].isin(scored.world.photos().index)]


@pytest.mark.parametrize(("scored", "part"), LEAST, indirect=["scored"])
def test_on_test_posts_that_are_read_from_raw_words(scored, part: float) -> None:
    of_mean = (scored.posts["label"] - learned(scored)["label"].mean()).abs().mean()
    of_model = (scored.posts["label"] - scored.predict(scored.posts)).abs().mean()
    assert of_model < part * of_mean


@pytest.mark.parametrize(("scored", "part"), LEAST, indirect=["scored"])
def test_out_of_fold_on_training_posts(scored, part: float) -> None:
    train = learned(scored).set_index("pid")["label"]
    table = read_table(scored.world.folder / f"predictions/{scored.model}.parquet")
    own = table[table["population"] == scored.population].set_index("pid")["prediction"].loc[train.index]
    assert (train - own).abs().mean() < part * (train - train.mean()).abs().mean()
