"""Limits drawn from good batches: a diff that git applies, and rules that the batches pass."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kit.gate_project import lay_out_batches
from kit.project import ROOT
from popularity import paths
from popularity.checks.gate import SUITES, gate
from popularity.checks.propose import propose, render
from popularity.cli import cli
from popularity.errors import UserError
from popularity.files import read_json
from popularity.posts import POSTS, read_table, write_table
from popularity.settings import load_settings


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A batch `before` and a `night`, and rules of its own to change."""
    monkeypatch.chdir(tmp_path)
    lay_out_batches(tmp_path)
    folder = tmp_path / "expectations"
    folder.unlink()
    folder.mkdir()
    for suite in SUITES:
        (folder / f"{suite}.json").write_bytes((ROOT / paths.EXPECTATIONS / f"{suite}.json").read_bytes())
    return tmp_path


def change(**columns: object) -> None:
    write_table(paths.posts("night"), read_table(paths.posts("night")).assign(**columns), POSTS)


def apply(diff: str) -> None:
    subprocess.run(["git", "apply", "-"], input=diff, text=True, check=True)


def rule(suite: str, column: str, key: str) -> dict[str, object]:
    rules = read_json(paths.EXPECTATIONS / f"{suite}.json")["expectations"]
    return next(one for one in rules if one["kwargs"].get("column") == column and key in one["kwargs"])


@pytest.mark.usefixtures("project")
def test_the_diff_applies_and_good_batches_pass_what_it_makes() -> None:
    diff = propose(["before", "night"], load_settings())
    apply(diff)
    assert rule("posts", "title", "mostly")["kwargs"]["mostly"] == 0.98  # all have one: .99 less chance
    assert rule("posts", "titlelen", "max_value")["kwargs"]["max_value"] == 50  # ten times the longest
    assert rule("posts", "title", "mostly")["meta"]["drawn_from"] == ["before", "night"]
    assert [
        finding for batch in ("before", "night") for finding in gate(batch, load_settings()) if not finding.passed
    ] == []
    assert propose(["before", "night"], load_settings()).count("\n+") < diff.count("\n+")


@pytest.mark.usefixtures("project")
def test_a_warning_that_good_batches_set_off_is_silent_after_it() -> None:
    titles = np.where(np.arange(300) % 10 < 6, "", "a cat")
    change(title=titles, titlelen=np.where(titles == "", 0.0, 5.0))
    settings = load_settings()
    assert [one.column for one in gate("night", settings) if not one.passed and "earlier" not in one.reason] == [
        "title"
    ]
    apply(propose(["night"], settings))
    assert [one.column for one in gate("night", settings) if not one.passed and "earlier" not in one.reason] == []


@pytest.mark.usefixtures("project")
def test_columns_that_good_batches_fill_are_asked_for() -> None:
    apply(propose(["night"], load_settings()))
    asked = [
        one["kwargs"]["column"]
        for one in read_json(paths.EXPECTATIONS / "posts.json")["expectations"]
        if one["type"] == "expect_column_values_to_not_be_null" and "drawn_from" in one["meta"]
    ]
    assert asked == ["haspeople", "avgview", "groupcount", "avgmembercount"]


@pytest.mark.usefixtures("project")
def test_what_breaks_a_critical_rule_is_no_good_batch() -> None:
    change(groupcount=-1.0)
    with pytest.raises(UserError, match="night breaks critical rules"):
        propose(["before", "night"], load_settings())


@pytest.mark.parametrize("suite", SUITES)
def test_the_projects_suites_are_written_as_proposals_are(suite: str) -> None:
    path = ROOT / paths.EXPECTATIONS / f"{suite}.json"
    assert render(read_json(path)) == path.read_text(encoding="utf-8")


def test_the_command_prints_the_diff_and_writes_nothing(project: Path) -> None:
    before = (project / "expectations/posts.json").read_bytes()
    result = CliRunner().invoke(cli, ["quality", "propose", "night"])
    assert result.exit_code == 0
    assert result.output.startswith("--- a/expectations/posts.json\n+++ b/expectations/posts.json\n@@")
    assert (project / "expectations/posts.json").read_bytes() == before
    assert CliRunner().invoke(cli, ["quality", "check", "night"]).exit_code == 0
