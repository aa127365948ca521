"""The `popularity` command as a user meets it."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from kit.bundles import put_bundle
from popularity import paths
from popularity.cli import cli
from popularity.commands.names import batch_names
from popularity.errors import UserError
from popularity.files import write_json
from popularity.registry.history import promote
from popularity.settings import FilePair, load_settings

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with this repository's params.yaml and a folder `crawl` with files a.csv to d.csv."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    paths.PARAMS.write_text((PROJECT / "params.yaml").read_text())
    Path("crawl").mkdir()
    for name in "abcd":
        Path(f"crawl/{name}.csv").touch()
    return tmp_path


def call(*arguments: str) -> str:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False).output


def test_the_version_is_that_of_pyproject() -> None:
    with (PROJECT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert call("--version") == f"popularity {version}\n"


ADD = ("batches", "add", "may", "--source", "smp", "--path", "crawl", "--in-place")


@pytest.mark.usefixtures("project")
def test_each_label_belongs_to_the_data_before_it() -> None:
    call(*ADD, "--data", "a.csv", "--data", "b.csv", "--label", "c.csv", "--data=d.csv")
    assert load_settings().batches["may"].files == (
        FilePair(data="a.csv"),
        FilePair(data="b.csv", label="c.csv"),
        FilePair(data="d.csv"),
    )


@pytest.mark.usefixtures("project")
def test_a_label_without_data_before_it_is_refused() -> None:
    with pytest.raises(UserError, match=r"--label b\.csv has no --data before it"):
        call(*ADD, "--label", "b.csv", "--data", "a.csv")


@pytest.mark.usefixtures("project")
def test_list_names_every_batch() -> None:
    assert "data/raw/demo" in call("batches", "list")


@pytest.mark.usefixtures("project")
def test_scores_prints_a_table_for_each_population_and_where_the_report_lies() -> None:
    part = {"spearman": 0.5, "mae": 1.25, "mse": 2.0, "n": 1234}
    models = {"rf": {"validation": part, "test": {"spearman": None, "mae": None, "mse": None, "n": 0}}}
    write_json(paths.metrics("evaluate"), {"profile": "paper14", "all_posts": models, "posts_with_photo": {}})
    output = call("scores")
    assert "all posts: 1,234 validation posts, 0 test posts" in output
    assert output.split("rf", 1)[1].split()[:6] == ["0.500", "1.250", "2.000", "-", "-", "-"]
    assert "reports/evaluation.html" in output


def figures(mae: float) -> dict[str, object]:
    """Of training posts, as metrics/evaluate.json has them."""
    return {"spearman": 0.5, "mae": mae, "mae_interval": [mae - 0.1, mae + 0.1], "n": 1234,
            "mae_difference": {"mae": -0.2, "low": -0.3, "high": -0.1} if mae < 1.3 else None}  # fmt: skip


@pytest.mark.usefixtures("project")
def test_scores_of_another_protocol_have_intervals_and_name_the_best() -> None:
    best = {"model": "rf", "chosen_by": "forward"}
    forward = {"all_posts": {"user_mean": figures(1.4), "rf": figures(1.2)}}
    write_json(
        paths.metrics("evaluate"),
        {"profile": "paper14", "all_posts": {"best": best}, "protocols": {"forward": {"paper14": forward}}},
    )
    output = call("scores", "--protocol", "forward")
    assert "all posts, protocol forward: 1,234 training posts" in output
    assert output.split("user_mean", 1)[1].split("\n")[0].split() == [
        "0.500",
        "1.400",
        "1.300",
        "to",
        "1.500",
        "-",
        "-",
    ]
    assert output.split("\n rf ", 1)[1].split("\n")[0].split() == [
        "0.500", "1.200", "1.100", "to", "1.300", "-0.200", "-0.300", "to", "-0.100",
    ]  # fmt: skip
    assert "best: rf (lowest forward MAE on training posts)" in output


@pytest.mark.usefixtures("project")
def test_a_protocol_that_nothing_ran_says_what_to_do() -> None:
    write_json(paths.metrics("evaluate"), {"profile": "paper14", "all_posts": {}})
    with pytest.raises(UserError, match="no figure under protocol new_users") as refusal:
        call("scores", "--protocol", "new_users")
    assert "dvc repro" in refusal.value.next_step


@pytest.mark.usefixtures("project")
def test_scores_say_what_the_errors_of_the_best_model_and_of_the_users_mean_mean() -> None:
    part = {"spearman": 0.5, "mae": 1.25, "mse": 2.0, "factor": 2.0, "n": 9}
    models = {name: {"validation": part, "test": part | {"factor": at}} for at, name in enumerate(
        ("global_mean", "user_mean", "rf", "cnn"), start=2)}  # fmt: skip
    best = {"model": "rf", "chosen_by": "forward", **models["rf"]}
    write_json(paths.metrics("evaluate"), {"profile": "paper14", "all_posts": models | {"best": best}})
    output = call("scores")
    assert "off by less than a factor of 3.0 (user_mean), 4.0 (rf)\nbest: rf (lowest forward MAE" in output


def every_command(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    """The words of each group and command, those of the groups first."""
    yield above
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from every_command(command, *above, name)
        else:
            yield (*above, name)


COMMANDS = sorted(every_command(cast("TyperGroup", get_command(cli))))


def test_there_are_groups_and_commands_to_be_helped_with() -> None:
    assert {(), ("champion",), ("champion", "create"), ("predict",)} < {*COMMANDS}
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_group_and_command_helps_with_an_example(command: tuple[str, ...]) -> None:
    assert " ".join(("popularity", *command)) in call(*command, "--help").split("Example", 1)[1]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("preditc", "predict"),
        ("champion promot", "promote"),
        ("demo night --night 1 --out x --event tag_fashon", "tag_fashion"),
        ("scores --protocol forwrd", "forward"),
        ("tune bosted", "boosted"),
        ("links retry demoo", "demo"),
        ("quality demoo", "demo"),
        ("explain 1 --batch demoo", "demo"),
        ("sentiment params.yaml --backend vadre", "vader"),
        ("champion show v001", "v0001"),
        ("champion promote v001", "v0001"),
        ("champion rollback v001", "v0001"),
    ],
)
def test_a_name_that_is_mistyped_is_answered_with_the_nearest(typed: str, meant: str) -> None:
    put_bundle("v0001")
    done = CliRunner().invoke(cli, typed.split())
    told = " ".join(f"{done.output}{done.exception}".replace("│", " ").split())
    assert re.search(rf"[Dd]id you mean '{meant}'\?", told)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("predict --batch d", ["demo"]),
        ("predict --batch x", []),
        ("links retry ", ["demo"]),
        ("quality check ", ["demo"]),
        ("champion promote v", ["v0001", "v0002"]),
        ("demo night --event t", ["tag_fashion", "thousands"]),
        ("champion r", ["rollback"]),
    ],
)
def test_the_shell_completes_names_of_the_project(typed: str, offered: list[str]) -> None:
    put_bundle("v0001")
    put_bundle("v0002")
    assert completed(typed) == offered


def completed(typed: str) -> list[str]:
    """What the command answers to bash, in a process of its own, when TAB is pressed after these words."""
    code = f"import sys; sys.path.insert(0, {str(PROJECT)!r}); from popularity.cli import app; app()"
    words = f"popularity {typed}"
    asked = {"_POPULARITY_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    argv = "import sys; sys.argv[0] = 'popularity'; "
    done = subprocess.run(
        [sys.executable, "-c", argv + code], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.usefixtures("project")
def test_the_shell_completes_nothing_where_the_params_cannot_be_read() -> None:
    for broken in ("batches: [", "batches: 3\n", "[]\n", ""):
        paths.PARAMS.write_text(broken)
        assert batch_names("") == []
    paths.PARAMS.unlink()
    assert batch_names("") == []


@pytest.mark.usefixtures("project")
def test_champions_are_listed_with_their_errors_shown_and_rolled_back() -> None:
    mae = {"validation": {"mae": 1.25, "n": 1000}, "test": {"mae": 1.5, "n": 100}}
    for version, batches in (("v0001", ["demo"]), ("v0002", ["demo", "may"])):
        put_bundle(version, batches=batches, metrics={"all_posts": {"cnn": mae}})
    promote("v0002")
    first, second = call("champion", "list").splitlines()[3:5]
    assert first.split() == ["v0001", "demo", "-", "-", "1.250", "1.500"]
    assert second.split() == ["*", "v0002", "demo", "may", "-", "-", "1.250", "1.500"]
    assert "1,234 posts of demo, may" in call("champion", "show")
    assert "v0001 is the champion; before it was v0002" in call("champion", "rollback", "v0001")
    assert "v0002 is the champion; before it was v0001" in call("champion", "promote", "v0002")
    call("champion", "rollback", "v0001")
    assert "1,234 posts of demo\n" in call("champion", "show")


@pytest.mark.usefixtures("project")
def test_without_a_champion_list_says_how_to_make_one() -> None:
    assert "popularity champion create" in call("champion", "list")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "one of --batch and --data"),
        (("--batch", "demo", "--data", "a.csv"), "one of --batch and --data"),
        (("--batch", "demo", "--photos", "crawl"), "--photos goes with --data"),
        (("--data", "a.csv"), "no file to write to"),
        (("--data", "a.csv", "--out", "a.txt"), r"neither with \.parquet nor with \.csv"),
        (("--data", "a.csv", "--out", "./a.csv"), r"a\.csv would be written over"),
        (("--data", "a-rejected.csv", "--out", "a.csv"), r"a-rejected\.csv would be written over"),
        (("--batch", "demo"), "there is no champion yet"),
    ],
)
def test_predict_refuses_what_it_cannot_do(options: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        call("predict", *options)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("source", [("--data", "posts.csv", "--out", "scores.csv"), ("--batch", "demo")])
def test_predict_refuses_a_champion_whose_unit_is_not_the_projects(source: tuple[str, ...]) -> None:
    put_bundle("v0001", label_of="likes")
    promote("v0001")
    with pytest.raises(UserError, match="v0001 predicts log2_views of likes, and the project's labels are"):
        call("predict", *source)


def test_predict_tells_of_a_bundle_that_is_newer_than_the_champion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_bundle("v0001")
    promote("v0001")
    put_bundle("v0002")
    done = CliRunner().invoke(cli, ["predict", "--data", "posts.csv", "--out", "scores.csv"])
    assert isinstance(done.exception, FileNotFoundError)  # the bundle is opened, and this one holds nothing
    assert "warning: v0002 is newer than v0001, which is the champion" in done.output
    assert "`popularity champion promote v0002` swaps them" in done.output


def test_without_a_project_no_unit_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put_bundle("v0001", label_of="likes")
    promote("v0001")
    with pytest.raises(FileNotFoundError, match="features"):  # the bundle is opened, and this one holds nothing
        call("predict", "--data", "posts.csv", "--out", "scores.csv")


@pytest.mark.usefixtures("project")
def test_what_the_user_can_fix_ends_with_code_2_and_the_next_step() -> None:
    code = f"import sys; sys.path.insert(0, {str(PROJECT)!r}); from popularity.cli import app; app()"
    done = subprocess.run([sys.executable, "-c", code, "scores"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: metrics/evaluate.json is not there\n  next: run `dvc repro`, which writes it\n"


@pytest.mark.usefixtures("project")
def test_demo_labels_writes_views_of_every_post_of_the_night() -> None:
    assert "wrote labels.csv" in call("demo", "labels", "--night", "1", "--out", "labels.csv")
    lines = Path("labels.csv").read_text().splitlines()
    assert lines[0] == "pid,views,seen"
    assert len(lines) > 300
    pid, views, seen = map(int, lines[1].split(","))
    assert (pid, views) > (200_000, 0)
    assert date.fromtimestamp(seen).year == 2016


@pytest.mark.usefixtures("project")
def test_demo_night_writes_over_nothing() -> None:
    with pytest.raises(UserError, match="crawl is there already"):
        call("demo", "night", "--night", "1", "--out", "crawl")
