"""`popularity runs` of what `dvc exp show --json` printed, and of real experiments."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kit.small_experiments import commit, dvc, git, lay_out_experiments
from popularity.cli import cli
from popularity.dag import experiments
from popularity.dag.experiments import differing, runs_of
from popularity.errors import UserError

PARAMS = {"base": {"seed": 1}, "train_boosted": {"trees": 300, "losses": ["MAE", "RMSE"]}, "batches": {}}


def part(mae: float) -> dict[str, float]:
    return {"mae": mae, "spearman": 0.5 + mae / 10, "coverage": 0.8968}


def best(mae: float) -> dict[str, Any]:
    return {
        "best": {"model": "boosted" if mae < 2.2 else "multimodal", "validation": part(mae), "test": part(mae + 0.1)}
    }


def shown(name: str | None, trees: object = 300, mae: float | None = 1.0, rev: str = "f" * 40) -> dict[str, Any]:
    """As DVC shows one place; mae None: without figures."""
    params = {**PARAMS, "train_boosted": {"trees": trees, "losses": ["MAE", "RMSE"]}}
    figures = {} if mae is None else {"all_posts": best(mae), "posts_with_photo": best(mae + 1)}
    data = {
        "timestamp": None if rev == "workspace" else "2026-11-30T13:22:02",
        "params": {"params.yaml": {"data": params}},
        "metrics": {"metrics/evaluate.json": {"data": figures}},
    }
    return {"rev": rev, "name": name, "data": data, "error": None}


def experiment(name: str, state: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "executor": state and {"state": state}, "revs": [shown(name, **more)]}


def head(*experiments: dict[str, Any], name: str | None = "main") -> list[dict[str, Any]]:
    return [shown(None, rev="workspace"), {**shown(name), "experiments": list(experiments)}]


def printed(monkeypatch: pytest.MonkeyPatch, dvc_says: list[dict[str, Any]], columns: int = 80) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(experiments, "read_runs", lambda: runs_of(dvc_says))
    return CliRunner().invoke(cli, ["runs"], catch_exceptions=False).output


def rows(said: str) -> list[list[str]]:
    """The cells of each line, as far as a blank parts them."""
    return [line.split() for line in said.splitlines()]


FEW = experiment("few-trees-for-all-posts-of-mine", trees=100, mae=1.25)


def test_the_table_fits_a_terminal_and_has_the_best_models_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    said = printed(monkeypatch, head(FEW))
    assert max(map(len, said.splitlines())) <= 80
    of_all, of_photos = [row for row in rows(said) if row[:1] == ["main"]]
    assert of_all == ["main", "30", "Nov", "13:22", "1.000", "0.600", "1.100", "0.610", "89.7"]
    assert of_photos[4] == "2.000"
    assert "1.250" in said
    assert "few-trees-for-al" in said


def test_params_that_differ_are_named_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    said = printed(monkeypatch, head(FEW))
    assert [row[1:] for row in rows(said) if row[1:2] == ["train_boosted.trees"]] == [
        ["train_boosted.trees", "100", "300"]
    ]
    assert "seed" not in said


def test_another_best_model_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said = printed(monkeypatch, head(experiment("few", mae=1.25)))
    assert ["few", "best", "of", "posts", "with", "photo", "multimodal", "boosted"] in rows(said)
    assert "best of all posts" not in said


def test_what_is_not_finished_is_shown_as_such_without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    said = printed(
        monkeypatch,
        head(*(experiment(f"is-{state}", state, trees=7) for state in ("queued", "running", "failed", "success"))),
    )
    for state in ("queued", "running", "failed"):
        assert [f"is-{state}", state, "-", "-", "-", "-", "-"] in rows(said)
        assert [f"is-{state}", "train_boosted.trees", "7", "300"] in rows(said)
    assert ["is-success", "30", "Nov", "13:22", "1.000"] in [row[:5] for row in rows(said)]


def test_one_that_dvc_cannot_read_is_broken_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = experiment("odd")
    broken["revs"] = [{"rev": "e" * 40, "name": None, "data": None, "error": {"type": "E", "msg": "no dvc.yaml"}}]
    assert ["odd", "broken", "-", "-", "-", "-", "-"] in rows(printed(monkeypatch, head(broken)))


def test_a_commit_without_a_name_is_shown_by_its_first_digits() -> None:
    assert runs_of(head(name=None)).head.name == "f" * 7


def test_a_param_that_one_side_lacks_differs() -> None:
    found = runs_of(head(experiment("less")))
    found.head.params["evaluate.new"] = 1
    assert differing(found.experiments[0], found.head) == {"evaluate.new": (None, 1)}


def test_without_experiments_one_sentence_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said = printed(monkeypatch, head())
    assert said == "no experiment on main yet: `dvc exp run -S train_boosted.trees=400` makes one\n"


def test_outside_git_it_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="this project is in no repository\n  next: `git init`"):
        CliRunner().invoke(cli, ["runs"], catch_exceptions=False)


def test_without_a_commit_too() -> None:
    with pytest.raises(UserError, match="this project has no commit"):
        runs_of([])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an experiment, as the current folder."""
    monkeypatch.chdir(tmp_path)
    lay_out_experiments(tmp_path)
    assert dvc(tmp_path, "exp", "run", "-q", "-n", "few", "-S", "train_boosted.trees=100").returncode == 0
    assert dvc(tmp_path, "exp", "run", "-q", "-S", "train_boosted.trees=-1").returncode != 0  # stays in the workspace
    assert dvc(tmp_path, "exp", "run", "-q", "--queue", "-n", "later", "-S", "train_boosted.trees=600").returncode == 0
    return tmp_path


@pytest.mark.slow
def test_real_experiments_are_told_and_what_it_says_next_works(project: Path) -> None:
    said = CliRunner().invoke(cli, ["runs"], catch_exceptions=False).output
    assert ["later", "queued", *["-"] * 5] in rows(said)
    assert next(row for row in rows(said) if row[:1] == ["few"])[-5:] == ["3.000", "0.250", "3.000", "0.250", "90.0"]
    for name, trees in (("workspace", "-1"), ("few", "100"), ("later", "600")):
        assert [name, "train_boosted.trees", trees, "300"] in rows(said)
    assert "`dvc exp apply NAME`" in said
    assert dvc(project, "exp", "apply", "few").returncode == 0
    assert "trees: 100" in (project / "params.yaml").read_text()
    commit(project, "Fewer trees")
    assert CliRunner().invoke(cli, ["runs"], catch_exceptions=False).output.startswith("no experiment on main yet")


@pytest.mark.slow
def test_what_dvc_cannot_do_is_said_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    with pytest.raises(UserError, match=r"`dvc exp show` failed: .*not inside of a DVC repository"):
        CliRunner().invoke(cli, ["runs"], catch_exceptions=False)
