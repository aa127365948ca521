"""What a boosted model holds post by post and word by word."""

from pathlib import Path

import numpy as np
import pandas as pd

from popularity.exports import write_csv
from popularity.forgetting.models import model_steps
from popularity.forgetting.whom import Whom
from popularity.forgotten import Forgotten
from popularity.models.arrays_file import read_arrays, text_array, text_index, write_arrays
from popularity.models.background import Background

WHOM = Whom(
    Forgotten(b"").adding(users=[7], posts=[1, 5]),
    pd.DataFrame({"pid": [5], "uid": [8], "postdate": [30]}),
    frozenset(),
    frozenset(),
    {"tags": frozenset({"mine", "-mine"}), "title": frozenset()},
    {},
    (),
)


def model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    words = {
        f"before/words/{column}/{name}": one
        for column in ("tags", "title")
        for name, one in (
            ("vocabulary", text_array(pd.Index(["mine", "sea"], dtype=object))),
            ("score", np.arange(24, dtype=np.float32).reshape(6, 2, 2)),
        )
    }
    history = {"uid": [7, 7, 8, 8, 8], "since": [10, 20, 20, 30, 40], "postdate": [10, 20, 20, 30, 40]}
    history |= {"label": [1.0, 2.0, 3.0, 4.0, 5.0], "counted": [2.0, 4.0, 8.0, 16.0, 32.0]}
    arrays = {f"before/history/{name}": np.array(one) for name, one in history.items()}
    arrays |= {"before/tide/since": np.array([10, 20, 20, 30, 40]), "before/tide/above": np.arange(5.0)}
    write_arrays(folder / "boosted.npz", {**arrays, **words, "trees/leaf": np.ones(3)})
    return folder


def test_posts_leave_history_and_tide_and_words_of_nobody_else_their_scores(tmp_path: Path) -> None:
    folder = model(tmp_path / "boosted/all_posts")
    for step in model_steps(tmp_path, WHOM):
        step.do()
    arrays = read_arrays(folder / "boosted.npz")
    assert arrays["before/history/uid"].tolist() == [8, 8]
    assert arrays["before/history/label"].tolist() == [3, 5]
    assert arrays["before/tide/since"].tolist() == [40]
    assert text_index(arrays["before/words/tags/vocabulary"]).tolist() == ["sea"]
    assert arrays["before/words/tags/score"].tolist() == [[[o], [o + 2]] for o in (1, 5, 9, 13, 17, 21)]
    assert text_index(arrays["before/words/title/vocabulary"]).tolist() == ["mine", "sea"]
    assert arrays["trees/leaf"].tolist() == [1, 1, 1]
    assert not list(model_steps(tmp_path, WHOM))


def test_rows_that_reasons_start_from_go_with_their_posts_and_the_others_stay(tmp_path: Path) -> None:
    for place, pid in (("cnn/all_posts", [1, 2, 5, 6]), ("image/all_posts", [2, 6])):
        (tmp_path / place).mkdir(parents=True)
        Background(np.array(pid), 10.0 * np.array(pid)[:, None]).save(tmp_path / place)
    (step,) = model_steps(tmp_path, WHOM)
    assert (step.holds, step.place) == ("2 posts", str(tmp_path / "cnn/all_posts/background.npz"))
    step.do()
    left = Background.load(tmp_path / "cnn/all_posts")
    assert (left.pid.tolist(), left.rows[:, 0].tolist()) == ([2, 6], [20, 60])
    assert not list(model_steps(tmp_path, WHOM))


def test_words_of_nobody_else_leave_dictionaries_also_those_that_a_spreadsheet_would_compute(tmp_path: Path) -> None:
    table = pd.DataFrame({"token": ["-mine", "mine", "sea"], "posts": [5, 6, 7], "score": [1.0, 2.0, 3.0]})
    write_csv(tmp_path / "features/tags.csv", table)
    write_csv(tmp_path / "features/title.csv", table)
    for step in model_steps(tmp_path, WHOM):
        step.do()
    assert (tmp_path / "features/tags.csv").read_text() == "token,posts,score\nsea,7,3.0\n"
    assert len((tmp_path / "features/title.csv").read_text().splitlines()) == 4
