"""The card's groups are the model's own, the worst first."""

import pandas as pd

from popularity.dataset.protocols import NEW_USERS, PAPER
from popularity.evaluation.best import Chosen
from popularity.evaluation.figures import Figures
from popularity.evaluation.findings import Findings
from popularity.evaluation.groups import FEWEST, Group, Judged
from popularity.pages.model_card import failures, measured_on

TEST = Figures(0.5, 1.0, 2.0, 1.5, 41, 0.0, None, 2.5, None, 1.8, None, None)
OF_STRANGERS = Figures(0.5, 3.0, 9.0, 1.5, 90, 0.0, None, 2.5, None, 1.8, None, None)


def group(name: str, mae: float, n: int = FEWEST) -> Group:
    return Group(name, n, 5.0, 5.0, mae, 0.0, None, None, None)


def found(hours: list[Group] | None) -> Findings:
    judged = Judged([], [group("1 to 4", 1.25, 3)], hours, [group("2015-03", 0.75), group("2015-04", 9.0, FEWEST - 1)])
    scores = {
        (PAPER, "all_posts"): {"rf": {"validation": TEST, "test": TEST}},
        (NEW_USERS, "all_posts"): {"rf": {"validation": OF_STRANGERS}},
    }
    return Findings(scores, {"all_posts": Chosen("rf", "forward")}, {"all_posts": {"rf": judged}}, None, {})


def test_groups_stand_by_their_error_and_small_ones_are_not_called_the_worst() -> None:
    assert failures("all_posts", found([group("7", 1.5), group("8", 0.5)])) == [
        ("of users never seen (training posts)", 90, 3.0),
        ("the most popular tenth", 5, 2.5),
        ("the worst hour of the day, UTC: 7", FEWEST, 1.5),
        ("of users of whom 1 to 4 posts were learned from", 3, 1.25),
        ("all posts", 41, 1.0),
        ("the worst month: 2015-03", FEWEST, 0.75),
    ]
    assert not [name for name, _, _ in failures("all_posts", found(None)) if "hour" in name]


def test_posts_users_and_days_are_counted() -> None:
    rows = pd.DataFrame(
        {
            "uid": [1, 1, 2],
            "postdate": [1_420_070_399, 1_420_070_400, 1_425_168_000],
            "split": ["train", "pending", "test"],
            "has_photo": [True, False, False],
        }
    )
    assert measured_on("b", rows) == {
        "name": "b", "posts": 3, "labelled": 2, "with_photo": 1, "users": 2,
        "first": "2014-12-31", "last": "2015-03-01",
    }  # fmt: skip
