"""Labels that are broken promote nothing and change nothing; right ones of the same night pass."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.small_nights import POSTS, bring_labels
from kit.small_project import Project, lay_out_code
from popularity.demo.night import draw_night
from popularity.demo.posts import draw_posts
from popularity.demo.world import build_world
from popularity.files import read_json
from popularity.monitoring.history import read_history
from popularity.settings import load_settings

Enter = Callable[[Project], Project]
Break = Callable[[pd.DataFrame], pd.DataFrame]
KEPT = ("models", "predictions", "data/labels", "data/posts", "data/dataset.parquet", "params.yaml")
FILE = Path("data/visits/night-001/views.csv")


def as_labels(change: Callable[["pd.Series[float]"], "pd.Series[float]"]) -> Break:
    """Labels as they stand, where the crawler takes the logarithm."""
    return lambda views: views[["pid", "seen"]].assign(label=change(np.log2(views["views"] + 1)))


def of_another_crawl(views: pd.DataFrame) -> pd.DataFrame:
    """The right posts and days, and the views of the posts of another night."""
    settings = load_settings()
    world = build_world(settings.demo, settings.base.seed)
    other = draw_night(world, draw_posts(world, settings.demo), settings.demo, 2, None)
    label = other.draw.posts["label"].to_numpy(np.float64)
    return views.assign(views=(np.exp2(np.resize(label, len(views))) - 1).round().clip(0).astype(np.int64))


BROKEN: dict[str, tuple[Break, str]] = {
    "x1000": (lambda views: views.assign(views=views["views"] * 1000), "counts a thousand times too high."),
    "thousands": (as_labels(lambda label: np.log2((np.exp2(label) - 1) / 1000 + 1)), "counts in thousands"),
    "raw counts": (as_labels(lambda label: np.exp2(label) - 1), "raw counts"),
    "natural logarithms": (as_labels(lambda label: label * np.log(2)), "natural logarithms"),
    "permuted": (
        lambda views: views.assign(views=views["views"].sample(frac=1, random_state=1).to_numpy()),
        "labels of other posts",
    ),
    "shifted": (lambda views: views.assign(views=np.roll(views["views"], 1)), "shifted"),
    "rates": (
        lambda views: views.assign(views=(views["views"] / load_settings().label.min_age_days).round(2)),
        "rates, as views a day",
    ),
    "another crawl's": (of_another_crawl, "another crawl's labels"),
    "a third x1000": (
        lambda views: views.assign(views=views["views"] * np.where(np.arange(len(views)) % 3, 1, 1000)),
        "counts a thousand times too high, in",
    ),
}
"""What becomes of right views, and what the sentence names as the likely cause."""
TOO_FEW = ("natural logarithms",)
"""Kinds that 60 labels over a small champion's scores do not tell from a world that moved."""


def play(project: Project, kinds: Iterable[str]) -> None:
    """Have each kind of the right file of labels come; nothing may be changed by any."""
    from flows.monitor import monitor
    from popularity.monitoring.label_files import read_judged

    right, before = pd.read_csv(FILE), project.bytes_of(*KEPT)
    for kind in kinds:
        change, cause = BROKEN[kind]
        change(right).to_csv(FILE, index=False)
        assert monitor() == [], kind
        (found,) = read_judged("night-001")
        assert (found.answer, cause in found.sentence) == ("stop", True), f"{kind}: {found}"
        assert [one["sha256"] for one in read_json(FILE.with_name("refused.json"))] == [found.sha256]
        assert project.bytes_of(*KEPT) == before, kind
    right.to_csv(FILE, index=False)


@pytest.mark.slow
def test_broken_labels_change_nothing_and_right_ones_in_their_place_pass(
    server: None, played: Project, enter: Enter, told: list[str]
) -> None:
    from flows.monitor import monitor
    from flows.retrain import retrain
    from popularity.monitoring.label_files import read_judged
    from popularity.monitoring.requests import call_for

    project = enter(played)
    before = project.bytes_of(*KEPT)
    call_for("night-001")  # its labels would train a model at once
    bring_labels(project, "night-001", 1)
    play(project, [kind for kind in BROKEN if kind not in TOO_FEW])
    bring_labels(project, "night-001", 1, times=1000)
    assert retrain().startswith(f"nothing is trained: {POSTS} posts wait for labels")
    assert project.bytes_of(*KEPT) == before
    assert [one["file"] for one in read_json(FILE.with_name("refused.json"))] == [FILE.name]

    Path("monitoring/requests/night-001.json").unlink()
    bring_labels(project, "night-001", 1)
    (record,) = monitor()
    assert told[-1] == f"night-001: {record.verdict}; labels: views.csv ok"
    assert record.verdict in ("ok", "watch")
    assert [one.answer for one in read_judged("night-001")] == ["ok"]
    assert not FILE.with_name("refused.json").exists()
    assert pd.read_parquet("data/labels/night-001.parquet")["label"].notna().all()
    told.clear()
    assert monitor() == []
    assert told == [f"night-001: {record.verdict}; labels: views.csv ok"]


@pytest.mark.long
def test_a_crawl_that_brings_broken_labels_goes_to_quarantine(server: None, crowned: Project, enter: Enter) -> None:
    from flows.recrawl import RecrawlError, recrawl

    project = enter(crowned)
    champions = project.bytes_of("models/champions")
    crawl = Path("data/inbox/night-001")
    posts = pd.read_csv(crawl / "posts.csv")
    (crawl / "posts.csv").rename(crawl / "train_data.csv")
    bring_labels(project, "night-001", 1, times=1000)
    posts[["pid", "uid"]].merge(pd.read_csv(FILE)).to_csv(crawl / "train_label.csv", index=False)
    shutil.rmtree(FILE.parent)
    with pytest.raises(RecrawlError, match="Likely cause: counts a thousand times too high"):
        recrawl()
    (record,) = [night.record for night in read_history()]
    assert (record.batch, record.verdict) == ("night-001", "stop")
    assert Path("data/quarantine/night-001/crawl/train_label.csv").exists()
    assert list(Path("monitoring/scores").iterdir()) == []
    assert project.bytes_of("models/champions") == champions


@pytest.mark.long
def test_no_kind_of_broken_labels_promotes_a_model(
    server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.monitor import monitor
    from popularity.monitoring.requests import call_for

    project = lay_out_code(tmp_path, small=False)
    project.repro()
    project.command("flows.night")
    project.command("popularity", "demo", "labels", "--night", "1", "--out", str(FILE))
    monkeypatch.chdir(project.folder)
    call_for("night-001")
    play(project, BROKEN)
    Path("monitoring/requests/night-001.json").unlink()
    assert [record.verdict in ("ok", "watch") for record in monitor()] == [True]
