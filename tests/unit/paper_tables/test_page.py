"""docs/paper-tables.md as it is written from figures."""

from datetime import date

import pytest

from kit.paper_tables import ALL, PHOTOS, change, of_set
from popularity.paper_tables.page import here, render

TABLES = (
    "Table 2: all posts",
    "Table 3: posts with a photo",
    "Content, context and social, both",
    "Dictionaries: naive or out-of-fold",
    "Convolutions or dense layers",
    "Importances of the forest",
    "What the protocol explains",
)


def page_of(*sets):
    return render(sets, command="popularity paper-tables a b", made=date(2026, 1, 2), machine="2 processors", folds=5)


def row(page, start, section="# "):
    """The cells of the first row that starts so, behind a heading."""
    lines = page.split(section, 1)[1].splitlines()
    return [cell.strip() for cell in next(line for line in lines if line.startswith(f"| {start} |")).split("|")[2:-1]]


def test_a_set_has_every_table_and_the_page_says_how_it_was_made():
    page = page_of(of_set())
    assert [page.count(f"\n### {title}\n") for title in TABLES] == [1] * len(TABLES)
    assert "Written by `popularity paper-tables a b` on 2026-01-02, on 2 processors" in page


def test_ours_stand_beside_the_printed_figures():
    page = page_of(of_set())
    assert row(page, "CNN", "### Table 2") == [
        "0.650", "1.350", "2.734", "0.550", "1.450", "3.154", "0.747", "1.10", "2.35",
    ]  # fmt: skip
    assert row(page, "Multimodal", "### Table 3")[:3] == ["0.750", "1.250", "2.344"]
    assert row(page, "Multimodal", "### Table 3")[6:] == ["0.83", "1.00", "2.06", "0.75", "1.12", "2.39"]
    assert row(page, "The user's mean", "### Table 3")[6:] == ["–"] * 6
    assert "120 validation, 30 test posts." in page


def test_the_importances_of_both_scores_stand_beside_the_papers():
    page = page_of(of_set())
    assert row(page, "tag_score") == ["0.150", "0.150", "0.10"]
    assert row(page, "title_score") == ["0.250", "0.250", "0.18"]
    assert row(page, "avgview") == ["0.400", "0.400", "–"]


def test_a_set_without_photos_says_so_and_has_no_third_table():
    page = page_of(of_set(photos=False))
    assert "Of none of its posts the photo is there" in page
    assert "Multimodal" not in page
    assert row(page, "tag_score") == ["0.150", "0.10"]


@pytest.mark.parametrize(
    ("found", "said"),
    [(change(-0.2, -0.3, -0.1), "errs less"), (change(0.2, 0.1, 0.3), "errs more"),
     (change(0.1, -0.1, 0.3), "no different beyond chance")],
)  # fmt: skip
def test_a_verdict_stands_beside_the_figures_that_it_follows_from(found, said):
    page = page_of(of_set(pairs={PHOTOS: {("multimodal", "image"): {"test": found}}}))
    assert row(page, "both, less content")[-1] == said


def test_each_set_has_a_column_of_the_short_table_and_a_part_of_its_own():
    photo = {("multimodal", "cnn"): {"test": change(-0.2, -0.3, -0.1)}}
    page = page_of(of_set("first", pairs={PHOTOS: photo}), of_set("second", photos=False))
    assert "It holds 2 sets: first, second." in page
    assert row(page, "with the photo the same network") == ["errs less: MAE −0.200", "–"]
    assert page.count("\n## ") == 3
    table = page.split("## In short")[1].split("\n\n")[0].splitlines()[1:]
    assert {line.count("|") for line in table} == {4}


def test_every_table_has_rows_as_wide_as_its_head():
    for found in (of_set(), of_set(photos=False), of_set(newest={}), of_set(pairs={ALL: {("cnn", "dense"): {}}})):
        tables = [block.splitlines() for block in page_of(found).split("\n\n")]
        lines = [[one for one in block if one.startswith("|")] for block in tables]
        assert sum(bool(block) for block in lines) >= 6
        for block in lines:
            assert len({line.count("|") for line in block}) <= 1, block


def test_a_folders_name_is_no_markup():
    page = page_of(of_set("a|b`c<script>\n# d"))
    assert "\n## a b c script d\n" in page


def test_the_same_figures_give_the_same_page():
    assert page_of(of_set()) == page_of(of_set())


def test_the_machine_is_told_by_its_class_alone():
    assert " processors (" in here()
    assert here().endswith(" GB")
