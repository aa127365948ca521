"""Labels that came later: the latest look wins."""

from pathlib import Path

import numpy as np
import pandas as pd

from popularity.sources.ids import stable_id
from popularity.sources.visits import Visits, apply_visits

DAY = 86_400
POSTED = 1_500_000_000


def visit(folder: Path, *files: str, seen: float = np.nan, horizon_days: float | None = None) -> Visits:
    """Posts 1 and 2 with label 1.0, seen as given, after visits in these files."""
    for number, text in enumerate(files):
        (folder / f"{number}.csv").write_text(text)
    labels = pd.DataFrame({"pid": [1, 2], "label": 1.0, "views": np.nan, "postdate": POSTED, "seen": seen})
    labels = labels.assign(given_split="train", pending="")
    return apply_visits(folder, labels, frozenset({1, 2}), "log2_views", horizon_days=horizon_days)


def first_visit(folder: Path, text: str, formula: str = "log2_views", min_age_days: float = 3) -> Visits:
    """Posts 1 and 2 without a label after a visit."""
    (folder / "views.csv").write_text(text)
    labels = pd.DataFrame({"pid": [1, 2], "label": np.nan, "views": np.nan, "postdate": POSTED, "seen": np.nan})
    labels = labels.assign(given_split="", pending="not counted yet")
    return apply_visits(folder, labels, frozenset({1, 2}), formula, min_age_days)


def test_a_later_label_replaces_the_first(tmp_path: Path) -> None:
    assert visit(tmp_path, "pid,label\n2,5\n").labels["label"].tolist() == [1.0, 5.0]


def test_the_latest_seen_wins_whatever_the_order_of_rows(tmp_path: Path) -> None:
    early, late = POSTED + DAY, POSTED + 2 * DAY
    labels = visit(tmp_path, f"pid,views,seen\n1,7,{late}\n", f"pid,views,seen\n1,3,{early}\n").labels
    assert labels.loc[0, ["label", "views", "seen"]].tolist() == [3.0, 7.0, late]


def test_with_a_horizon_the_look_nearest_to_it_wins_the_crawls_own_among_them(tmp_path: Path) -> None:
    looks = "pid,views,seen\n" + "".join(f"1,{2**day - 1},{POSTED + day * DAY}\n" for day in (4, 9, 6))
    near, own = (visit(tmp_path, looks, seen=POSTED + 2 * DAY, horizon_days=days).labels for days in (6.4, 2.5))
    assert near["label"].tolist() == [6.0, 1.0]
    assert own["label"].tolist() == [1.0, 1.0]


def test_a_visit_before_the_crawls_own_look_changes_nothing(tmp_path: Path) -> None:
    early = POSTED + DAY
    assert visit(tmp_path, f"pid,views,seen\n1,7,{early}\n", seen=early + DAY).labels["label"].tolist() == [
        1.0,
        1.0,
    ]


def test_a_visit_to_an_unknown_post_is_set_aside(tmp_path: Path) -> None:
    rejected = visit(tmp_path, "pid,label\n9,5\n").rejected
    assert rejected[["file", "row", "pid", "reason"]].values.tolist() == [["0.csv", 2, "9", "label without post"]]


def test_the_readme_of_the_folder_is_no_visit(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("not CSV")
    assert visit(tmp_path).rows_in == 0


def test_views_read_too_early_wait_for_a_later_look(tmp_path: Path) -> None:
    found = first_visit(tmp_path, f"pid,views,seen\n1,3,{POSTED + 60}\n2,3,{POSTED + 3 * DAY}\n")
    assert found.labels["label"].isna().tolist() == [True, False]
    assert found.labels["pending"].tolist() == ["counted within 3 days", ""]
    assert len(found.rejected) == 0


def test_a_visit_on_the_day_of_posting_comes_too_early_and_one_before_it_is_an_error(tmp_path: Path) -> None:
    found = first_visit(tmp_path, "pid,views,seen\n1,3,2017-07-14\n2,3,2017-07-13\n")
    assert found.labels["pending"].tolist() == ["counted within 3 days", "not counted yet"]
    assert found.rejected[["row", "pid", "column"]].values.tolist() == [[3, "2", "seen"]]


def test_an_empty_row_of_a_visit_takes_no_label_away(tmp_path: Path) -> None:
    found = visit(tmp_path, "pid,label\n1,5\n2,\n", f"pid,views,seen\n1,,{POSTED + DAY}\n")
    assert found.labels["label"].tolist() == [5.0, 1.0]
    assert found.labels["pending"].tolist() == ["", ""]
    assert len(found.rejected) == 0


def test_views_without_a_label_by_the_formula_are_counted_apart(tmp_path: Path) -> None:
    late = POSTED + 30 * DAY
    text = f"pid,views,seen\n1,0,{late}\n2,40,{late}\n"
    found = first_visit(tmp_path, text, "log2_views_per_day_plus_1")
    assert found.labels["pending"].tolist() == ["no label by log2_views_per_day_plus_1", ""]
    assert len(found.rejected) == 0
    assert first_visit(tmp_path, text).labels["label"].tolist() == [0.0, np.log2(41)]


def test_a_post_whose_id_is_no_number_is_named_as_its_tool_names_it(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text("pid,label\nCIzABcdEFgh,5\n")
    pid = stable_id("CIzABcdEFgh")
    labels = pd.DataFrame({"pid": [pid], "label": 1.0, "views": np.nan, "postdate": POSTED, "seen": np.nan})
    visits = apply_visits(tmp_path, labels.assign(given_split="", pending=""), frozenset({pid}), "log2_views")
    assert visits.labels["label"].tolist() == [5.0]
