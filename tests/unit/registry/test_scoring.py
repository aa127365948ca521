import numpy as np
import pandas as pd
import pytest

from popularity.errors import UserError
from popularity.registry.scoring import SCORES, write_scores

ROWS = pd.DataFrame(
    {
        "pid": [2, 1],
        "prediction": [0.1 + 0.2, 1 / 3],
        "model": ["cnn", "multimodal"],
        "version": "v0001",
        "age_days": [np.nan, 30.0],
        "low": 0.1,
        "high": [np.nan, 2.0],
        "count": 9.0,
        "count_low": 0.0,
        "count_high": [np.nan, 12.5],
    }
)


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv"])
def test_scores_keep_every_digit_and_are_sorted_by_pid(tmp_path, name):
    write_scores(tmp_path / name, ROWS)
    path = tmp_path / name
    read = pd.read_parquet(path) if name.endswith("parquet") else pd.read_csv(path, float_precision="round_trip")
    pd.testing.assert_frame_equal(read, ROWS[SCORES.names].sort_values("pid", ignore_index=True))


def test_another_ending_is_refused_with_nothing_written(tmp_path):
    with pytest.raises(UserError, match=r"neither with \.parquet nor with \.csv"):
        write_scores(tmp_path / "scores.xlsx", ROWS)
    assert list(tmp_path.iterdir()) == []
