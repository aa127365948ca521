"""docs/record.md names what the record holds, and its lines read it."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from kit.nights import write_three_nights
from kit.project import lay_out
from popularity.monitoring.history import BrokenRule, NightRecord
from popularity.monitoring.record import DRIFT, PERFORMANCE
from popularity.registry.scoring import REASONS, SCORES

PAGE = (Path(__file__).parents[2] / "docs/record.md").read_text(encoding="utf-8")

SCORES_TOLD = pa.schema([*SCORES, *REASONS])


def named(section: str) -> list[str]:
    """The first cells of a section's table."""
    table = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)[1:]
    return [name for cell in cells for name in cell.split(", ")]


@pytest.mark.parametrize(("table", "schema"), [("scores", SCORES_TOLD), ("drift", DRIFT), ("performance", PERFORMANCE)])
def test_every_column_is_told_with_its_type(table: str, schema: pa.Schema) -> None:
    assert named(f"monitoring/{table}/BATCH.parquet") == schema.names
    for field in schema:
        assert f"| {field.name} | {field.type} |" in PAGE


def test_every_field_of_a_verdict_is_told() -> None:
    assert named("monitoring/nights/BATCH.json") == list(NightRecord.model_fields)
    findings = next(line for line in PAGE.splitlines() if line.startswith("| findings |"))
    assert [name for name in BrokenRule.model_fields if name not in findings] == []


def test_the_lines_of_the_page_read_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    write_three_nights()
    with_pandas, with_duckdb = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    first, *_, line = with_pandas.strip().splitlines()
    names: dict[str, object] = {}
    exec(first, names)
    assert eval(line, names).to_dict() == {"avgview": 1, "unseen_users": 1}
    exec(with_duckdb, {})
    printed = capsys.readouterr().out
    assert "night-001" in printed
    assert "retrain" in printed
