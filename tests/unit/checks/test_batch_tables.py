"""A batch's tables as the suites see them."""

import pandas as pd

from popularity.checks.batch_tables import text_table


def test_rules_of_the_text_table_see_each_column_of_numbers_and_a_row_of_no_post() -> None:
    text = pd.DataFrame(
        {"pid": [1, 3], "tags": [["a"], []], "title": [[], ["b"]], "sentiment": [2.0, 4.0], "words": [5.0, 6.0]}
    )
    table = text_table([1, 2], text.assign(language="english")).set_index("pid")
    assert table.columns.tolist() == ["posts", "texts", "sentiment", "words"]
    assert table[["posts", "texts"]].to_numpy().tolist() == [[1, 1], [1, 0], [0, 1]]
    assert table["words"].fillna(0).tolist() == [5, 0, 6]
