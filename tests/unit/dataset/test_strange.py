"""Posts of whose words a dictionary holds none."""

import numpy as np
import pandas as pd
import pytest

from popularity.dataset.features import Column, FeatureMaker
from popularity.dataset.strange import strange
from popularity.encoders.dictionary import Dictionary


def maker(*features: str) -> FeatureMaker:
    known = {
        name: Dictionary(pd.Index(["sea", "sky"], dtype=object), np.array([9, 9]), np.array([4.0, 5.0]), 4.5)
        for name in ("tag_score", "title_score")
    }
    return FeatureMaker(tuple(Column(name, False, 0.0, 0.0, 1.0) for name in features), known)


@pytest.mark.parametrize(
    ("tags", "title", "expected"),
    [
        ([["sea", "fog"], []], [["fog"], ["sky"]], []),
        ([[], []], [[], []], []),
        ([["fog"], ["fog", "mist"]], [["sky"], []], [("tag_score", 2, ("fog", "mist"))]),
        ([["sea"], []], [["a", "b"], ["c", "d"]], [("title_score", 4, ("a", "b", "c"))]),
        ([["fog"], []], [["fog"], []], [("tag_score", 1, ("fog",)), ("title_score", 1, ("fog",))]),
    ],
)
def test_a_score_is_named_whose_dictionary_holds_no_word(
    tags: list[list[str]], title: list[list[str]], expected: list[tuple[str, int, tuple[str, ...]]]
) -> None:
    posts = pd.DataFrame({"tags": tags, "title": title})
    assert strange(posts, maker("tag_score", "title_score")) == expected
    assert strange(posts.map(np.array), maker("tag_score", "title_score")) == expected


def test_a_score_that_no_model_reads_is_not() -> None:
    assert strange(pd.DataFrame({"tags": [["fog"]], "title": [["fog"]]}), maker("postdate")) == []


def test_long_words_are_cut_and_the_rest_is_counted() -> None:
    posts = pd.DataFrame({"tags": [[]], "title": [["x" * 500, *map(str, range(1, 1500))]]})
    (found,) = strange(posts, maker("tag_score", "title_score"))
    assert "none of the 1,500 words (xxxxxxxxxxxxxxxxxxxx, 1, 2, ...)" in str(found)
