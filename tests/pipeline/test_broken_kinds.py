"""Each kind of broken crawl, made from good batches, is answered `watch` or `stop`, and its cause is named first."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from kit import demo_tables
from kit.batch_tables import write_batch
from kit.broken_kinds import HOUR, LABELS, SILENT, STOPPED, later
from kit.good_batches import WORLDS, World, lay_out_world, read_parts, write_photos, write_whole
from kit.project import lay_out, set_param
from popularity import paths
from popularity.checks.gate import exit_code, gate, gate_of_posts
from popularity.models.forest import Forest
from popularity.monitoring.batch import observe
from popularity.monitoring.label_judge import LabelJudge
from popularity.monitoring.verdict import Verdict, decide
from popularity.posts import POSTS, read_table, write_table
from popularity.settings import load_settings

pytestmark = pytest.mark.slow

WITHOUT_PHOTOS = {
    "photos permuted", "one picture for all", "hashes cut", "photos of no size", "most photos gone",
    "a dead link without a reason",
}  # fmt: skip
"""Kinds that a set without photos cannot show."""

ONE_SECOND = ("instagram-profiles", "one date for all")
"""Whole nights of its earlier posts share one second: that one more does is no news, and nobody can tell why."""


@pytest.fixture(
    scope="module", params=[name if name == "demo" else pytest.param(name, marks=pytest.mark.long) for name in WORLDS]
)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The current folder, of a forest that knows the world."""
    real_data = None if request.param == "demo" else request.getfixturevalue("real_data")
    folder = tmp_path_factory.mktemp(request.param)
    options = load_settings().train_rf.model_copy(update={"trees": 10})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield lay_out_world(request.param, folder, real_data, partial(Forest, options, 1))


def verdict(world: World, posts: pd.DataFrame) -> Verdict:
    """As a night comes to it."""
    table, settings = load_settings().monitoring.verdict, load_settings()
    write_table(paths.posts("night"), posts, POSTS)
    findings = gate_of_posts("night", settings)
    if exit_code(findings) == 2:
        return decide((), findings, table)
    write_whole("night", posts)
    findings = gate("night", settings, findings)
    if exit_code(findings) == 2:
        return decide((), findings, table)
    score(world)
    observed = observe("night", settings)
    return decide(observed.drift, findings, table, observed.lacking)


def score(world: World) -> None:
    model = world.model
    demo_tables.write_scores("night", lambda posts: model.estimator.predict(model.features.transform(posts)))


def test_a_good_batch_trips_no_gate(world: World) -> None:
    write_whole("night", world.part)
    assert [str(finding) for finding in gate("night", load_settings()) if not finding.passed] == []


@pytest.mark.parametrize("name", ["instagram", "instagram-profiles", "flickr"])
def test_no_part_of_a_real_set_trips_a_gate(
    name: str, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part a batch, in their order; what became of links is as the web would have told it."""
    monkeypatch.chdir(tmp_path)
    if not (real_data / name).is_dir():
        pytest.skip(f"no {name}")
    lay_out(tmp_path)
    parts = read_parts(real_data / name)
    set_param(tmp_path, "demo.batches", [])
    set_param(tmp_path, "batches", {part: {"source": "smp", "path": f"data/raw/{part}"} for part in parts})
    for part, posts in parts.items():
        empty = pd.Series([[]] * len(posts))
        write_batch(part, posts, pd.DataFrame({"pid": posts["pid"], "tags": empty, "title": empty, "sentiment": 2.0}))
        write_photos(part, posts)
        assert [str(finding) for finding in gate(part, load_settings()) if not finding.passed] == []


@pytest.mark.parametrize("kind", [*SILENT, *STOPPED])
def test_a_broken_batch_is_watched_or_stopped_for_its_cause(world: World, kind: str) -> None:
    if kind in WITHOUT_PHOTOS and not world.night["alive"].any():
        pytest.skip("no photo is there")
    change, cause = (SILENT | STOPPED)[kind]
    found = verdict(world, change(world.night))
    print(*found.reasons, sep="\n")
    if (world.name, kind) == ONE_SECOND:
        assert found.answer in ("ok", "watch")
        return
    assert found.answer in ("watch", "stop")
    assert found.reasons[0].startswith(f"{found.answer}: Gate")
    assert cause in found.reasons[0]


@pytest.mark.parametrize("kind", LABELS)
def test_broken_labels_are_stopped(world: World, kind: str) -> None:
    write_whole("night", world.night)
    score(world)
    judge = LabelJudge.of("night", read_table(paths.scores("night")), paths.champion("v0001"), seed=1)
    labels = world.night[["pid", "label", "age_days"]]
    assert judge.judge(labels).answer == "ok"
    assert judge.judge(labels.assign(label=LABELS[kind](labels["label"].to_numpy()))).answer == "stop"


def test_a_time_zone_that_moved_is_left_to_drift(world: World) -> None:
    """No gate can tell it from users who post at another time of day: no false alarm of one either."""
    found = verdict(world, later(6 * HOUR)(world.night))
    print(*found.reasons, sep="\n")
    assert "Gate" not in " ".join(found.reasons)
    assert found.answer != "retrain"
    if world.name == "demo":  # whose users keep their hours
        assert "hour" in found.drifted
