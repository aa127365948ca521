"""Labels that come later, what the flows monitor and retrain make of them, and who is the champion then."""

import re
from collections.abc import Callable

import pandas as pd
import pytest

from kit.small_nights import POSTS, TIMES, bring, bring_labels
from kit.small_project import Project
from popularity.dag.stages import StageRefusedError
from popularity.demo.events import Event
from popularity.files import read_json

pytestmark = pytest.mark.long

Enter = Callable[[Project], Project]


def executed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The stages that DVC ran since the last call."""
    return re.findall(r"^Running stage '(.+)'", capsys.readouterr().err, re.MULTILINE)


def champion(project: Project) -> str:
    return (project.folder / "models/champions/current").read_text().strip()


def test_labels_are_compared_with_the_scores_and_others_are_refused(
    server: None, played: Project, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.monitor import monitor

    project = enter(played)
    made = project.bytes_of("models", "predictions", "data/photos", "data/text", "monitoring/scores")
    assert monitor() == []
    bring_labels(project, "night-001", 1)
    (record,) = monitor()
    assert executed(capsys) == ["ingest@night-001"]
    assert project.bytes_of("models", "predictions", "data/photos", "data/text", "monitoring/scores") == made
    assert (record.verdict in ("ok", "watch"), record.labels is None) == (True, False)
    (performance,) = pd.read_parquet(project.folder / "monitoring/performance/night-001.parquet").to_dict("records")
    assert (performance["batch"], performance["version"], performance["n"]) == ("night-001", "v0001", POSTS)
    scores = pd.read_parquet(project.folder / "monitoring/scores/night-001.parquet").set_index("pid")["prediction"]
    labels = pd.read_parquet(project.folder / "data/labels/night-001.parquet").set_index("pid")["label"]
    assert performance["mae"] == pytest.approx((scores - labels).abs().mean())
    assert monitor() == []
    assert executed(capsys) == []

    (project.folder / "data/visits/night-001/more.csv").write_text("pid,likes\n1,2\n")
    with pytest.raises(StageRefusedError, match="column missing: label"):
        monitor()
    assert pd.read_parquet(project.folder / "data/labels/night-001.parquet")["label"].notna().all()


def test_a_candidate_no_better_is_refused(
    server: None, played: Project, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.monitor import monitor
    from flows.retrain import retrain

    project = enter(played)
    bring_labels(project, "night-001", 1)
    views = project.folder / "data/visits/night-001/views.csv"
    seen, scores = pd.read_csv(views), pd.read_parquet(project.folder / "monitoring/scores/night-001.parquet")
    as_scored = 2 ** seen["pid"].map(scores.set_index("pid")["prediction"]) - 1  # nobody can do better
    seen.assign(views=as_scored.clip(0).round().astype(int)).to_csv(views, index=False)
    assert len(monitor()) == 1
    executed(capsys)
    said = retrain()
    assert executed(capsys) == ["dataset", "train_rf", "train_cnn", "train_image", "fuse", "train_boosted", "evaluate"]
    assert said.startswith("the champion stays: MAE ")
    assert champion(project) == "v0001"
    assert not (project.folder / "models/champions/v0002").exists()
    assert retrain() == said
    assert executed(capsys) == []


def test_labels_of_other_ages_are_not_compared_and_train_nothing(
    server: None, played: Project, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.monitor import monitor
    from flows.retrain import retrain

    project = enter(played)
    bring_labels(project, "night-001", 1, days=90)
    (record,) = monitor()
    told = f"{POSTS} of {POSTS} labels were read 90 days after posting, and those that the champion knows 3 days"
    assert record.not_compared.startswith(told)
    assert record.not_compared in (project.folder / "reports/batches/night-001.html").read_text(encoding="utf-8")
    assert not (project.folder / "monitoring/performance/night-001.parquet").exists()
    executed(capsys)
    assert retrain().startswith(f"nothing is trained: labels of night-001: {told}")
    assert executed(capsys) == []


def test_strangers_call_for_a_model_which_waits_for_their_labels_and_is_made_once(
    server: None, crowned: Project, enter: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.monitor import monitor
    from flows.recrawl import recrawl
    from flows.retrain import retrain

    project = enter(crowned)
    request = project.folder / "monitoring/requests/night-002.json"
    bring(project, "night-002", 2, Event.NEW_USERS)
    records = {record.batch: record for record in recrawl()}
    assert (records["night-002"].verdict, "unseen_users" in records["night-002"].drifted) == ("retrain", True)
    executed(capsys)
    waits = read_json(request)
    assert (waits["batch"], waits["state"]) == ("night-002", "waiting")
    assert waits["answer"].startswith(f"nothing is trained: {2 * POSTS} posts wait for labels: ")
    posted = pd.concat(pd.read_parquet(project.folder / f"data/posts/{name}.parquet") for name in records)["postdate"]
    last = pd.Timestamp(posted.max(), unit="s") + pd.Timedelta(days=3)
    assert waits["answer"].endswith(f" on {last:%Y-%m-%d}")
    assert retrain() == waits["answer"]
    assert recrawl() == []
    assert executed(capsys) == []

    bring_labels(project, "night-002", 2, Event.NEW_USERS, times=TIMES)
    (record,) = monitor()
    assert executed(capsys) == [
        "ingest@night-002", "dataset", "train_rf", "train_cnn", "train_image", "fuse",
        "train_boosted", "evaluate",
    ]  # fmt: skip
    assert (record.batch, record.version) == ("night-002", "v0001")
    assert champion(project) == "v0002"
    answered = read_json(request)
    assert answered["state"] == "fulfilled"
    assert re.match(r"v0002 is promoted: the candidate errs less: MAE [\d.]+ against [\d.]+", answered["answer"])

    assert monitor() == []
    assert retrain().startswith(f"nothing is trained: {POSTS} posts wait")
    assert executed(capsys) == []
    assert read_json(request) == answered

    project.command("popularity", "champion", "rollback", "v0001")
    assert champion(project) == "v0001"
    assert (project.folder / "models/champions/v0002/bundle.json").exists()
    assert monitor() == []
    assert retrain().startswith("v0002 stays rolled back: the candidate errs less")
    assert executed(capsys) == []
    assert champion(project) == "v0001"
