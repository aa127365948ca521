"""The README and the architecture page say what is so."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from kit.printed_commands import pages, printed_in
from popularity.commands.tables import print_scores
from popularity.files import read_json
from popularity.settings import FilePair
from popularity.sources.smp import COLUMNS, DERIVED, LACKS, read_crawl

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_make_target_of_the_readme_exists() -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", README, re.MULTILINE))
    assert named <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert {"repro", "test", "slow"} <= named


def test_every_place_in_the_readmes_tree_exists() -> None:
    tree = README.split("## What is where")[1].split("```")[1]
    places = [line.split()[0] for line in tree.strip().splitlines()]
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_the_readme_shows_the_scores_as_the_command_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_scores(read_json(ROOT / "metrics/evaluate.json"))
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    shown = [line.rstrip() for line in README.split("where the report lies:")[1].split("```")[1].splitlines()]
    assert [line for line in shown if line][:-1] == [line for line in printed if line]


def test_no_page_forces_a_stage_together_with_those_before_it() -> None:
    calls = [call for page in pages() for printed in printed_in(page) for call in printed.calls if "repro" in call]
    forced = [call for call in calls if {"--force", "-f"} & {*call}]
    assert forced
    assert [call for call in forced if "--single-item" not in call] == []


def test_the_pages_tell_what_a_move_takes_along_and_how_a_link_is_asked_again() -> None:
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    backup = operations.split("## Back up, restore")[1].split("\n## ")[0]
    assert "tar --append --file state.tar data/fetched" in backup
    for page in (README, ARCHITECTURE, operations):
        assert "popularity links retry" in page
        assert "fetched anew" not in page


def test_the_index_names_every_page_and_no_other() -> None:
    index = ROOT / "docs/README.md"
    places = re.findall(r"^\| \[[^]]+\]\(([^)]+)\)", index.read_text(encoding="utf-8"), re.MULTILINE)
    pages = {page for folder in (ROOT, ROOT / "docs") for page in folder.glob("*.md")}
    assert {(ROOT / "docs" / place).resolve() for place in places} == pages - {index}


def test_what_is_changed_stands_under_unreleased_or_the_version_that_this_is() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *others = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    assert version == (others[0] if first == "Unreleased" else first)


def test_the_five_rows_of_the_data_page_are_read_as_it_says(tmp_path: Path) -> None:
    page = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    (tmp_path / "posts.csv").write_text(page.split("```csv\n")[1].split("```")[0], encoding="utf-8")
    crawl = read_crawl(tmp_path, (FilePair(data="posts.csv"),), "log2_views")
    assert (len(crawl.posts), len(crawl.rejected), crawl.ignored, crawl.lacking) == (5, 0, {}, {})
    posts = crawl.posts
    assert posts["postdate"].is_monotonic_increasing
    assert posts["titlelen"].tolist() == posts["title"].str.len().tolist()
    assert posts["deslen"].tolist() == posts["description"].str.len().tolist()
    assert posts["tagcount"].tolist() == posts["alltags"].str.split().str.len().tolist()


def test_the_data_page_names_every_column_and_those_that_may_be_missing() -> None:
    table = (ROOT / "docs/data.md").read_text(encoding="utf-8").split("| known |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    missing = {name: row[3] for row in rows for name in row[0].split(", ")}
    assert set(missing) == set(COLUMNS)
    assert {name for name, may in missing.items() if may == "yes, as if empty"} == set(LACKS)
    assert {name for name, may in missing.items() if may == "yes: computed"} == set(DERIVED)


def test_every_file_and_make_target_that_contributing_names_is_there() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([a-z-]+)", contributing))
    assert targets <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert {"deps", "fast", "test", "slow"} <= targets
    places = set(re.findall(r"`((?:popularity|stages|flows|tests|expectations|docs|benchmarks)/[^`]*)`", contributing))
    written = {place for place in places if "NAME" not in place and "<" not in place and "..." not in place}
    assert [place for place in sorted(written) if not (ROOT / place).exists()] == []


def test_the_kits_index_names_every_module() -> None:
    kit = ROOT / "tests/kit"
    named = set(re.findall(r"`([a-z_]+)`", (kit / "__init__.py").read_text(encoding="utf-8")))
    assert named == {file.stem for file in kit.glob("*.py")} - {"__init__"}


def test_a_commit_is_asked_what_make_lint_asks() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    recipe = MAKEFILE.split("\nlint:")[1].split("\n\n")[0].splitlines()[1:]
    asked = [line.strip().removesuffix(" .") for line in recipe]
    assert [hook["entry"].removeprefix(".venv/bin/").removesuffix(" --force-exclude") for hook in hooks] == asked


@pytest.mark.slow
def test_the_drawn_dag_has_dvcs_edges() -> None:
    drawing = ARCHITECTURE.split("## The DAG")[1].split("```")[1]
    drawn = {(a, b) for a, b in re.findall(r"^\s+(\w+)(?:\[[^]]*\])? --> (\w+)", drawing, re.MULTILINE)}
    dot = subprocess.run([sys.executable, "-m", "dvc", "dag", "--dot"], cwd=ROOT, capture_output=True, text=True)
    found = {(a.split("@")[0], b.split("@")[0]) for a, b in re.findall(r'"([^"]+)" -> "([^"]+)";', dot.stdout)}
    assert drawn == found
