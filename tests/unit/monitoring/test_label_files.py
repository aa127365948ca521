"""Files of labels of a night of a small demo project: each is judged once, by its bytes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit import demo_tables
from kit.project import set_param
from popularity import paths
from popularity.errors import UserError
from popularity.files import read_json, write_json
from popularity.monitoring.ages import Ages
from popularity.monitoring.label_files import JudgedFile, judge_files, read_judged
from popularity.monitoring.label_judge import LabelJudge
from popularity.monitoring.reference import FOLDER
from popularity.posts import DAY, read_table
from popularity.settings import load_settings
from popularity.sources.refused import files_of_labels

BATCH = "night-1"
FILE = paths.visits(BATCH) / "views.csv"

Views = pd.DataFrame


@pytest.fixture
def views(champion: Path) -> Views:
    """The right views of a scored night, in the order of its posts: pid, views, seen."""
    Ages(3.0, 30.0, undated=True).save(paths.champion("v0001") / FOLDER)
    truth = demo_tables.night(1).draw.posts
    noise = np.random.default_rng(4).normal(0, 0.8, len(truth))
    demo_tables.write_tables(BATCH, truth, labelled=False)
    demo_tables.write_scores(BATCH, lambda posts: (truth["label"] + noise)[posts["pid"]].to_numpy())
    FILE.parent.mkdir(parents=True)
    views = (np.exp2(truth["label"]) - 1).round().clip(lower=0).astype(int)
    return pd.DataFrame({"pid": truth.index, "views": views, "seen": truth["postdate"] + 3 * DAY}).reset_index(
        drop=True
    )


def judged() -> list[JudgedFile]:
    settings = load_settings()
    scores = read_table(paths.scores(BATCH))
    make = partial(LabelJudge.of, BATCH, scores, paths.champion("v0001"), settings.base.seed)
    return judge_files(BATCH, make, settings)


def as_labels(change: Callable[["pd.Series[float]"], "pd.Series[float]"]) -> Callable[[Views], Views]:
    """Labels as they stand in the file, where the crawler takes the logarithm."""
    return lambda views: views[["pid", "seen"]].assign(label=change(np.log2(views["views"] + 1)))


def other_night(views: Views) -> Views:
    label = demo_tables.night(2).draw.posts["label"].to_numpy()[: len(views)]
    return views[["pid", "seen"]].assign(label=label)


def every_third(views: Views, times: int) -> np.ndarray:
    return np.where(np.arange(len(views)) % 3 == 0, times, 1)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda views: views.assign(views=views["views"] * 1000), "a thousand times too high"),
        (as_labels(lambda label: np.log2((np.exp2(label) - 1) / 1000 + 1)), "counts in thousands"),
        (as_labels(lambda label: np.exp2(label) - 1), "raw counts"),
        (as_labels(lambda label: label * np.log(2)), "natural logarithms"),
        (lambda views: views.assign(views=views["views"] // 30, seen=views["seen"] + 27 * DAY), "views a day"),
        (lambda views: views.assign(views=(views["views"] / 3).round(2)), "rates, as views a day, where totals"),
        (lambda views: views.assign(views=np.roll(views["views"], 1)), "rows shifted down"),
        (lambda views: views.assign(views=views["views"].sample(frac=1, random_state=1).to_numpy()), "other posts"),
        (other_night, "other posts"),
        (lambda views: views.assign(views=views["views"] * every_third(views, 1000)), "a thousand times too high, in "),
    ],
    ids=[
        "x1000",
        "thousands",
        "counts",
        "natural",
        "rates",
        "rates of three days",
        "shifted",
        "permuted",
        "another batch",
        "a third x1000",
    ],
)
def test_a_file_with_a_mistake_is_stopped_and_read_by_nothing(
    views: Views, change: Callable[[Views], Views], cause: str
) -> None:
    change(views).to_csv(FILE, index=False)
    (found,) = judged()
    assert found.answer == "stop"
    assert cause in found.sentence
    assert files_of_labels(FILE.parent) == []
    assert judged() == [found]  # told again while it lies there


def test_right_labels_pass_and_are_judged_once(views: Views) -> None:
    views.to_csv(FILE, index=False)
    (found,) = judged()
    assert (found.answer, files_of_labels(FILE.parent)) == ("ok", [FILE])
    assert judged() == []
    assert read_judged(BATCH) == [found]
    assert [path.name for path in FILE.parent.iterdir()] == ["views.csv"]


def test_a_file_in_the_place_of_a_refused_one_is_judged_afresh_and_no_stop_is_left(views: Views) -> None:
    views.assign(views=views["views"] * 1000).to_csv(FILE, index=False)
    judged()
    views.to_csv(FILE, index=False)
    assert [one.answer for one in judged()] == ["ok"]
    assert [one.answer for one in read_judged(BATCH)] == ["ok"]
    assert [path.name for path in FILE.parent.iterdir()] == ["views.csv"]


def test_a_file_that_is_taken_away_leaves_nothing_behind(views: Views) -> None:
    views.assign(views=views["views"] * 1000).to_csv(FILE, index=False)
    judged()
    FILE.unlink()
    assert judged() == []
    assert (list(FILE.parent.iterdir()), read_judged(BATCH)) == ([], [])


def test_a_released_file_is_read_and_stays_released(views: Views) -> None:
    views.assign(views=views["views"] * 1000).to_csv(FILE, index=False)
    judged()
    listing = FILE.parent / "refused.json"
    write_json(listing, [one | {"released": True} for one in read_json(listing)])
    assert [one.answer for one in judged()] == ["released"]
    assert files_of_labels(FILE.parent) == [FILE]
    assert judged() == []
    assert files_of_labels(FILE.parent) == [FILE]


def test_a_good_file_beside_a_refused_one_is_read(views: Views) -> None:
    views[:150].to_csv(FILE, index=False)
    views[150:].assign(views=views["views"] * 1000).to_csv(FILE.parent / "later.csv", index=False)
    assert [one.answer for one in judged()] == ["stop", "ok"]
    assert files_of_labels(FILE.parent) == [FILE]


def test_labels_of_other_ages_are_not_judged_and_counted(views: Views) -> None:
    Ages(300.0, 300.0, undated=False).save(paths.champion("v0001") / FOLDER)
    views.assign(views=views["views"] // 8).to_csv(FILE, index=False)
    (found,) = judged()
    assert found.answer == "not judged"
    assert found.sentence.startswith(f"{len(views)} of {len(views)} labels were read 3 days after posting")
    assert files_of_labels(FILE.parent) == [FILE]


def test_labels_of_other_ages_among_good_ones_are_counted(views: Views) -> None:
    Ages(3.0, 3.0, undated=False).save(paths.champion("v0001") / FOLDER)
    half = np.arange(len(views)) % 2 == 0
    labels = pd.DataFrame({"pid": views["pid"], "label": np.log2(views["views"] + 1.0), "age_days": 3.0})
    labels = labels.assign(label=labels["label"] + 10 * half, age_days=np.where(half, 200.0, 3.0))
    made = LabelJudge.of(BATCH, read_table(paths.scores(BATCH)), paths.champion("v0001"), 1)
    found = made.judge(labels)
    assert (found.answer, found.unjudged) == ("ok", half.sum())
    assert f"{half.sum()} of {len(views)} labels were read 200 days after posting" in found.sentence
    assert made.judge(labels[~half]).unjudged == 0


def test_a_file_that_cannot_be_read_is_left_to_ingest(views: Views) -> None:
    FILE.write_text("pid,likes\n1,2\n")
    assert (judged(), files_of_labels(FILE.parent)) == ([], [FILE])


def test_a_champion_of_before_names_the_next_step(views: Views) -> None:
    (paths.champion("v0001") / FOLDER / "labels.parquet").unlink()
    views.to_csv(FILE, index=False)
    with pytest.raises(UserError, match="popularity champion create"):
        judged()


@pytest.fixture
def in_charge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The champion of the tables, which has no models, is in charge."""
    monkeypatch.setattr("popularity.registry.judging.current_version", lambda: "v0001")


def answer() -> str | None:
    """What is found of all labels of the night, as before a training."""
    from flows.labels import judge_table, overlap_of

    found = judge_table(BATCH, overlap_of(load_settings()))
    return found and found.answer


def test_many_files_of_a_few_labels_each_are_judged_together(views: Views) -> None:
    permuted = views.assign(views=views["views"].sample(frac=1, random_state=1).to_numpy())
    for number, start in enumerate(range(0, 300, 15)):
        permuted[start : start + 15].to_csv(FILE.with_name(f"views-{number:02}.csv"), index=False)
    answers = [one.answer for one in sorted(judged(), key=lambda one: one.file)]
    assert "stop" in answers[:10]
    assert answers[-1] == "stop"
    assert "with the files before it" in next(one.sentence for one in read_judged(BATCH) if one.answer == "stop")


def test_right_files_of_a_few_labels_each_all_pass(views: Views) -> None:
    for number, start in enumerate(range(0, 300, 15)):
        views[start : start + 15].to_csv(FILE.with_name(f"views-{number:02}.csv"), index=False)
        assert {one.answer for one in judged()} == {"ok"}  # one night after the other
    assert [one.answer for one in read_judged(BATCH)] == ["ok"] * 20


@pytest.mark.usefixtures("in_charge")
def test_labels_that_a_later_crawl_brings_of_a_nights_posts_are_judged_as_the_nights(views: Views) -> None:
    assert answer() is None
    again = demo_tables.night(1).draw.posts.iloc[:150]
    demo_tables.write_tables("night-2", again.assign(label=again["label"] + 10), labelled=True)
    set_param(Path(), "batches.night-2", {"source": "smp", "path": "data/raw/night-2", "read": "as_of_post"})
    assert answer() == "stop"
    demo_tables.write_tables("night-2", again, labelled=True)
    assert answer() == "ok"


@pytest.mark.usefixtures("in_charge")
def test_a_file_that_a_person_released_exempts_its_own_labels_alone(views: Views) -> None:
    wrong = views[:100].assign(views=views["views"] * 1000)
    wrong.to_csv(FILE, index=False)
    (one,) = judged()
    assert one.answer == "stop"
    listing = paths.visits(BATCH) / "refused.json"
    write_json(listing, [one | {"released": True} for one in read_json(listing)])
    assert [one.answer for one in judged()] == ["released"]
    labels = read_table(paths.labels(BATCH)).set_index("pid")
    label = np.log2(pd.concat([wrong, views[100:]]).set_index("pid")["views"] + 1)
    labels["label"] = label.reindex(labels.index)
    labels.reset_index().to_parquet(paths.labels(BATCH))
    assert answer() == "ok"
    labels["label"] += 10
    labels.reset_index().to_parquet(paths.labels(BATCH))
    assert answer() == "stop"
    FILE.unlink()
    assert answer() == "stop"
