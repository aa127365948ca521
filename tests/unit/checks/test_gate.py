"""The gate over a batch's finished tables: what each kind of broken batch trips, and that a good one trips nothing."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from kit.gate_project import lay_out_batches
from popularity import paths
from popularity.checks.causes import causes_first, explained
from popularity.checks.gate import SUITES, exit_code, gate
from popularity.checks.rules import Finding, write_findings
from popularity.checks.set_aside import unreadable
from popularity.cli import cli
from popularity.errors import UserError
from popularity.files import read_json
from popularity.posts import ANSWERS, LABELS, LINKS, PHOTOS, POSTS, read_table, shard_path, write_table
from popularity.settings import load_settings
from popularity.text.features import TEXT

PHOTO_SHARD = shard_path(paths.photos("night"), 0)
SCHEMAS = {
    paths.posts("night"): POSTS, paths.labels("night"): LABELS, paths.text("night"): TEXT,
    paths.links("night"): LINKS, PHOTO_SHARD: PHOTOS,
}  # fmt: skip
Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        lay_out_batches(folder)
    return folder


@pytest.fixture
def project(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the good project, the current folder."""
    shutil.copytree(good, tmp_path / "project", symlinks=True)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def change(table: Path, how: Change) -> None:
    write_table(table, how(read_table(table)), SCHEMAS[table])


def failed() -> list[Finding]:
    return causes_first([finding for finding in gate("night", load_settings()) if not finding.passed])


def in_rows(rows: int, **values: object) -> Change:
    """Give the first rows these values."""
    return lambda frame: frame.assign(**{c: frame[c].mask(frame.index < rows, value) for c, value in values.items()})


def without_first(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[1:]


def with_a_stranger(frame: pd.DataFrame) -> pd.DataFrame:
    """The first row once more, as a post that there is not; the first link is dead."""
    return pd.concat([frame, frame.head(1).assign(pid=9999)])


def half_of_the_users_new(frame: pd.DataFrame) -> pd.DataFrame:
    new = frame.index % 2 == 0
    return frame.assign(uid=np.where(new, 700 + frame.index, frame["uid"]), avgview=frame["avgview"].mask(new))


def nine_in_ten_dead(links: pd.DataFrame) -> pd.DataFrame:
    dead = links["pid"] % 20 != 0
    gone = {"alive": False, "reason": "missing file", "sha256": "", "phash": "", "width": 0, "height": 0}
    return links.assign(**{column: links[column].mask(dead, value) for column, value in gone.items()})


BETWEEN, IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
NOT_NULL, LENGTHS = "expect_column_values_to_not_be_null", "expect_column_value_lengths_to_be_between"

BROKEN: dict[str, tuple[dict[Path, Change], tuple[str, str, str, int]]] = {
    "dates in milliseconds": (
        {paths.posts("night"): lambda t: t.assign(postdate=t["postdate"] * 1000)},
        (BETWEEN, "postdate", "critical", 300),
    ),
    "a negative count": (
        {paths.posts("night"): in_rows(7, groupcount=-1.0)},
        (BETWEEN, "groupcount", "critical", 7),
    ),
    "a yes or no that is neither": (
        {paths.posts("night"): in_rows(1, haspeople=2.0)},
        (IN_SET, "haspeople", "critical", 1),
    ),
    "tags that are cut": (
        {paths.posts("night"): in_rows(40, alltags="sun")},
        ("expect_column_pair_values_to_be_equal", "tagcount and tags_in_alltags", "warning", 40),
    ),
    "titles lost": ({paths.posts("night"): in_rows(200, title="")}, (LENGTHS, "title", "warning", 200)),
    "avgview lost": (
        {paths.posts("night"): in_rows(250, avgview=np.nan)},
        (NOT_NULL, "avgview", "warning", 252),
    ),
    "avgview in thousands": (
        {paths.posts("night"): lambda t: t.assign(avgview=t["avgview"] / 1000)},
        (BETWEEN, "avgview_to_usual", "critical", 285),
    ),
    "avgview in thousands, and all users new": (
        {paths.posts("night"): lambda t: t.assign(avgview=t["avgview"] / 1000, uid=t["uid"] + 700)},
        (BETWEEN, "avgview", "critical", 285),
    ),
    "a label in plain views": (
        {paths.labels("night"): in_rows(3, label=5000.0)},
        (BETWEEN, "label", "critical", 3),
    ),
    "views read before the post": (
        {paths.labels("night"): in_rows(2, label=1.0, views=4.0, seen=1_300_000_000.0)},
        ("expect_column_pair_values_a_to_be_greater_than_b", "seen and postdate", "critical", 2),
    ),
    "a post without a text row": ({paths.text("night"): without_first}, (IN_SET, "texts", "critical", 1)),
    "a sentiment off the scale": (
        {paths.text("night"): in_rows(4, sentiment=5.0)},
        (BETWEEN, "sentiment", "critical", 4),
    ),
    "a post without a link row": ({paths.links("night"): without_first}, (IN_SET, "links", "critical", 1)),
    "a link row without a post": (
        {paths.links("night"): with_a_stranger},
        (IN_SET, "posts", "critical", 1),
    ),
    "a hash cut short": (
        {paths.links("night"): in_rows(2, phash="0123")},
        ("expect_column_values_to_match_regex", "phash", "critical", 1),
    ),
    "an alive link without a photo": ({PHOTO_SHARD: without_first}, (IN_SET, "photos", "critical", 1)),
    "a photo without a post": ({PHOTO_SHARD: with_a_stranger}, (IN_SET, "posts", "critical", 1)),
    "nine links in ten dead": (
        {paths.links("night"): nine_in_ten_dead, PHOTO_SHARD: lambda t: t[t["pid"] % 20 == 0]},
        (IN_SET, "alive", "warning", 285),
    ),
    "a network that was down": (
        {paths.links("night"): lambda t: t.assign(reason=t["reason"].mask(~t["alive"], "time-out"))},
        ("expect_column_values_to_not_be_in_set", "reason", "warning", 150),
    ),
}  # fmt: skip


@pytest.mark.usefixtures("project")
def test_a_good_batch_trips_no_rule() -> None:
    findings = gate("night", load_settings())
    assert [finding for finding in findings if not finding.passed] == []
    assert exit_code(findings) == 0


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_batch_trips_the_right_rule_and_no_other_but_what_follows_from_it(kind: str) -> None:
    changes, expected = BROKEN[kind]
    for table, how in changes.items():
        change(table, how)
    finding, *others = failed()
    assert all(other.column == finding.column or explained(other.column, [finding]) for other in others)
    assert (finding.rule, finding.column, finding.severity, finding.count) == expected
    assert len(finding.pids) == min(finding.count, 5)


def be_posts_of_before(rows: int, *, alike: bool = True) -> None:
    """The night's first posts become the first of the batch before, as an overlapping crawl holds them."""
    old = read_table(paths.posts("before")).head(rows)
    for table, schema in SCHEMAS.items():
        frame = read_table(table)
        write_table(
            table, frame.assign(pid=frame["pid"].where(frame["pid"] > 1000 + rows, frame["pid"] - 1000)), schema
        )
    posts = read_table(paths.posts("night"))
    taken = list(old.columns) if alike else ["image_url"]
    posts.loc[posts.index[:rows], taken] = old[taken].to_numpy()
    write_table(paths.posts("night"), posts.astype(old.dtypes), POSTS)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("rows", [1, 140])
def test_a_night_that_overlaps_the_one_before_passes(rows: int) -> None:
    be_posts_of_before(rows)
    assert failed() == []


@pytest.mark.usefixtures("project")
def test_a_night_most_of_which_is_old_is_critical() -> None:
    be_posts_of_before(160)
    (finding,) = failed()
    assert (finding.column, finding.severity, finding.count) == ("in_earlier_batches", "critical", 160)


@pytest.mark.usefixtures("project")
def test_another_post_under_an_earlier_batchs_pid_is_critical() -> None:
    be_posts_of_before(1, alike=False)
    (finding,) = failed()
    assert (finding.column, finding.severity, finding.pids) == ("unlike_in_earlier_batches", "critical", (1,))


@pytest.mark.usefixtures("project")
def test_links_without_a_final_answer_are_a_warning_though_no_earlier_batch_says_what_is_usual() -> None:
    for batch in ("before", "night"):
        links = read_table(paths.posts(batch))["image_url"].head(6)
        answers = pd.DataFrame({"link": links, "address": links, "outcome": "http status 429", "sha256": ""})
        write_table(paths.answers(batch), answers.assign(final=answers.index >= 4), ANSWERS)
        (finding,) = [finding for finding in gate(batch, load_settings()) if not finding.passed]
        assert (finding.column, finding.severity, finding.count) == ("temporary", "warning", 4)
        assert "popularity links retry" in finding.reason


@pytest.mark.usefixtures("project")
def test_a_flat_photo_may_have_no_hash() -> None:
    change(paths.links("night"), in_rows(2, phash=""))
    assert failed() == []


@pytest.mark.usefixtures("project")
def test_a_night_with_half_of_its_users_new_trips_no_rule() -> None:
    change(paths.posts("night"), half_of_the_users_new)
    assert failed() == []


@pytest.mark.usefixtures("project")
def test_the_first_batch_has_nothing_to_be_compared_with() -> None:
    findings = gate("before", load_settings())
    assert exit_code(findings) == 0
    rules = [rule for suite in SUITES for rule in read_json(paths.EXPECTATIONS / f"{suite}.json")["expectations"]]
    need_earlier = [rule for rule in rules if rule["meta"].get("needs_earlier")]
    assert sum("there is no earlier batch" in finding.reason for finding in findings) == len(need_earlier) > 20


@pytest.mark.usefixtures("project")
def test_what_a_stage_refused_is_the_gates_answer() -> None:
    paths.posts("night").unlink()
    refusal = unreadable("posts.csv is empty")
    write_findings(paths.quality("posts", "night"), [refusal])
    assert gate("night", load_settings()) == [refusal]


@pytest.mark.usefixtures("project")
def test_a_batch_whose_stages_have_not_run_is_no_finding() -> None:
    paths.links("night").unlink()
    with pytest.raises(UserError, match=r"links/night\.parquet is not there"):
        gate("night", load_settings())


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        (in_rows(0, title=""), 0, "night: 0 critical, 0 warnings"),
        (in_rows(250, avgview=np.nan), 1, "night: 0 critical, 1 warnings"),
        (in_rows(7, groupcount=-1.0), 2, "night: 1 critical, 0 warnings"),
    ],
)
def test_the_command_tells_what_is_broken_first_and_exits_by_the_worst(how: Change, code: int, said: str) -> None:
    change(paths.posts("night"), how)
    result = CliRunner().invoke(cli, ["quality", "night"], env={"COLUMNS": "80"})
    assert (result.exit_code, said in result.output) == (code, True)
    if code == 2:
        assert [line.rstrip() for line in result.output.splitlines()][:4] == [
            "critical: groupcount values must be at least 0; 7 of 300 rows are not so",
            "  why  a count; its logarithm is a feature",
            "  pids 1001, 1002, 1003, 1004, 1005",
            f"  rule {BETWEEN}",
        ]


def of_every_rule(*, passed: bool) -> list[Finding]:
    """As if each rule of expectations/ held, or was broken by all rows of a large batch with long pids."""
    suites = [read_json(path)["expectations"] for path in sorted(paths.EXPECTATIONS.glob("*.json"))]
    pids = () if passed else tuple(range(10**18, 10**18 + 5))
    return [
        Finding(
            rule["type"],
            rule["kwargs"].get("column", "given_split and of_commonest_description_length"),
            rule["severity"],
            passed,
            0 if passed else 1_234_567,
            pids,
            rule["meta"]["reason"],
        )
        for suite in suites
        for rule in suite
    ]


@pytest.mark.usefixtures("project")
def test_80_columns_hold_every_rule_and_what_is_broken_comes_before_what_holds() -> None:
    holding, broken = of_every_rule(passed=True), of_every_rule(passed=False)
    write_findings(paths.quality("posts", "night"), [*holding, *broken])
    lines = CliRunner().invoke(cli, ["quality", "night"], env={"COLUMNS": "80"}).output.splitlines()
    assert max(map(len, lines)) <= 80
    words = [line.split()[0].rstrip(":") for line in lines if line.strip()]
    shown = [word for word in words if word in ("critical", "warning", "passed")]
    assert shown == sorted(shown, key=["critical", "warning", "passed"].index)
    assert len(shown) == len(broken) + 1
    told = " ".join(" ".join(lines).split())
    for finding in broken:
        assert " ".join(finding.reason.split()) in told


@pytest.mark.usefixtures("project")
def test_a_rule_that_is_broken_is_printed_with_no_mark_up_of_its_own() -> None:
    write_findings(paths.quality("posts", "night"), [Finding("r", "[red]c", "critical", False, 1, (), "[b]why\x1b[0m")])
    output = CliRunner().invoke(cli, ["quality", "night"], env={"COLUMNS": "80"}).output
    assert output.startswith("critical: [red]c, 1 rows\n  why  [b]why\\x1b[0m")
