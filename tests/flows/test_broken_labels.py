"""Labels that are broken promote nothing and change nothing; right ones of the same night pass."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.small_nights import POSTS, bring_labels
from kit.small_project import Project, lay_out_code
from popularity.files import read_json
from popularity.monitoring.history import read_history

Enter = Callable[[Project], Project]
Break = Callable[[pd.DataFrame], pd.DataFrame]
KEPT = ("models", "predictions", "data/labels", "data/posts", "data/dataset.parquet", "params.yaml")
FILE = Path("data/visits/night-001/views.csv")


@pytest.mark.slow
def test_broken_labels_change_nothing_and_right_ones_in_their_place_pass(
    server: None, played: Project, enter: Enter
) -> None:
    from flows.monitor import monitor
    from flows.retrain import retrain
    from popularity.monitoring.label_files import read_judged
    from popularity.monitoring.requests import call_for

    project = enter(played)
    before = project.bytes_of(*KEPT)
    call_for("night-001")  # its labels would train a model at once
    bring_labels(project, "night-001", 1, times=1000)
    assert monitor() == []
    (found,) = read_judged("night-001")
    assert found.answer == "stop"
    assert found.sentence.endswith("Likely cause: counts a thousand times too high.")
    assert retrain().startswith(f"nothing is trained: {POSTS} posts wait for labels")
    assert project.bytes_of(*KEPT) == before
    assert [one["file"] for one in read_json(FILE.with_name("refused.json"))] == [FILE.name]

    Path("monitoring/requests/night-001.json").unlink()
    bring_labels(project, "night-001", 1)
    (record,) = monitor()
    assert record.verdict in ("ok", "watch")
    assert [one.answer for one in read_judged("night-001")] == ["ok"]
    assert not FILE.with_name("refused.json").exists()
    assert pd.read_parquet("data/labels/night-001.parquet")["label"].notna().all()


def as_labels(change: Callable[["pd.Series[float]"], "pd.Series[float]"]) -> Break:
    """Labels as they stand, where the crawler takes the logarithm."""
    return lambda views: views[["pid", "seen"]].assign(label=change(np.log2(views["views"] + 1)))


BROKEN: dict[str, Break] = {
    "x1000": lambda views: views.assign(views=views["views"] * 1000),
    "thousands": as_labels(lambda label: np.log2((np.exp2(label) - 1) / 1000 + 1)),
    "raw counts": as_labels(lambda label: np.exp2(label) - 1),
    "natural logarithms": as_labels(lambda label: label * np.log(2)),
    "permuted": lambda views: views.assign(views=views["views"].sample(frac=1, random_state=1).to_numpy()),
    "shifted": lambda views: views.assign(views=np.roll(views["views"], 1)),
}


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
    from popularity.monitoring.label_files import read_judged
    from popularity.monitoring.requests import call_for

    project = lay_out_code(tmp_path, small=False)
    project.repro()
    project.command("flows.night")
    project.command("popularity", "demo", "labels", "--night", "1", "--out", str(FILE))
    monkeypatch.chdir(project.folder)
    right = pd.read_csv(FILE)
    before = project.bytes_of(*KEPT)
    call_for("night-001")
    for kind, change in BROKEN.items():
        change(right).to_csv(FILE, index=False)
        assert monitor() == [], kind
        assert [one.answer for one in read_judged("night-001")] == ["stop"], kind
        assert project.bytes_of(*KEPT) == before, kind
    Path("monitoring/requests/night-001.json").unlink()
    right.to_csv(FILE, index=False)
    assert [record.verdict in ("ok", "watch") for record in monitor()] == [True]
