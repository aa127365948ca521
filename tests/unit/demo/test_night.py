"""Nights of the demo world: the same users go on posting, and an event changes what it says and nothing else."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity.demo.events import Event
from popularity.demo.night import (
    FASHION,
    Night,
    draw_night,
    labels_seen_later,
    write_labels,
    write_night,
)
from popularity.demo.posts import Draw, draw_posts, views_of
from popularity.demo.world import END, LABEL_SD, World, build_world
from popularity.settings import FilePair, load_settings
from popularity.sources.smp import read_crawl
from popularity.sources.visits import apply_visits

DEMO = load_settings().demo
WORLD = build_world(DEMO, 7)


@pytest.fixture(scope="module")
def base() -> Draw:
    return draw_posts(WORLD, DEMO)


def draw(base: Draw, number: int, event: Event | None = None, world: World = WORLD) -> Night:
    return draw_night(world, base, DEMO, number, event)


def test_a_night_has_300_posts_of_known_users_and_a_few_of_five_new_ones(base: Draw) -> None:
    posts = draw(base, 1).draw.posts
    new = posts[~posts["uid"].isin(base.posts["uid"])]
    assert (len(posts) - len(new), new["uid"].nunique()) == (300, 5)
    assert new["uid"].value_counts().max() <= 4
    assert new["avgview"].isna().all()


def test_nights_share_no_pid_and_no_new_user_with_anything(base: Draw) -> None:
    tables = [base.posts, *(draw(base, number).draw.posts for number in (1, 2, 30))]
    pids = np.concatenate([table.index for table in tables])
    assert len(np.unique(pids)) == len(pids)
    new = [set(table["uid"]) - set(base.posts["uid"]) for table in tables[1:]]
    assert len(set.union(*new)) == 15


@pytest.mark.parametrize("number", [1, 6])
def test_a_night_covers_the_week_before_its_crawl(base: Draw, number: int) -> None:
    postdate = draw(base, number).draw.posts["postdate"]
    end = END.timestamp() + (6 + number) * 86_400
    assert postdate.between(end - 7 * 86_400, end, inclusive="left").all()
    assert (postdate // 86_400).nunique() == 7
    assert postdate.is_monotonic_increasing


def test_avgview_is_the_users_mean_views_over_the_posts_that_were_there(base: Draw) -> None:
    posts = draw(base, 3).draw.posts
    uid = posts["uid"].mode()[0]
    views = views_of(base.posts.loc[base.posts["uid"] == uid, "label"])
    assert posts.loc[posts["uid"] == uid, "avgview"].unique() == pytest.approx([views.mean()], abs=0.05)


def test_a_night_has_the_label_of_its_effects_at_the_worlds_level(base: Draw) -> None:
    night = draw(base, 1).draw
    assert (night.posts["label"] - base.label_mean).to_numpy() == pytest.approx(night.effects.sum(axis=1).to_numpy())
    many = pd.concat([draw(base, number).draw.posts["label"] for number in range(1, 21)])
    assert many.mean() == pytest.approx(base.posts["label"].mean(), abs=0.5)
    assert many.std() == pytest.approx(LABEL_SD, rel=0.15)


@pytest.mark.parametrize("event", [None, Event.TAG_FASHION])
def test_the_same_night_has_the_same_bytes_and_another_seed_other_posts(base: Draw, event: Event | None) -> None:
    one, two = draw(base, 4, event).draw, draw(base, 4, event).draw
    pd.testing.assert_frame_equal(one.posts, two.posts)
    assert one.shots == two.shots
    other = build_world(DEMO, 8)
    assert not draw(draw_posts(other, DEMO), 4, event, other).draw.posts["title"].equals(one.posts["title"])


@pytest.mark.parametrize(
    ("event", "changed"),
    [
        (Event.DEAD_LINKS, {"link"}),
        (Event.TAG_FASHION, {"alltags", "label"}),
        (Event.THOUSANDS, {"avgview"}),
        (Event.SHIFTED_COLUMNS, set()),
        (Event.VIEWS_UP, {"label"}),
    ],
)
def test_an_event_changes_what_it_says_and_nothing_else(base: Draw, event: Event, changed: set[str]) -> None:
    ordinary, night = draw(base, 2).draw.posts, draw(base, 2, event).draw.posts
    assert {name for name in ordinary if not ordinary[name].equals(night[name])} == changed


def test_how_far_the_events_go(base: Draw) -> None:
    ordinary = draw(base, 2).draw.posts
    dead = draw(base, 2, Event.DEAD_LINKS).draw.posts["link"]
    assert (dead != "alive").mean() == pytest.approx(0.9, abs=0.002)
    assert (ordinary["link"] != "alive").mean() == pytest.approx(0.5, abs=0.002)
    strange = ~draw(base, 2, Event.NEW_USERS).draw.posts["uid"].isin(base.posts["uid"])
    assert (len(strange), strange.sum()) == (300, 150)
    tags = draw(base, 2, Event.TAG_FASHION).draw.posts["alltags"].str.split().explode().dropna()
    assert tags.isin(FASHION.split()).mean() == pytest.approx(1 / 3, abs=0.001)
    assert not base.posts["alltags"].str.split().explode().isin(FASHION.split()).any()
    thousands = draw(base, 2, Event.THOUSANDS).draw.posts["avgview"]
    assert (ordinary["avgview"] / thousands).dropna().to_numpy() == pytest.approx(1000)
    up = draw(base, 2, Event.VIEWS_UP).draw.posts["label"]
    assert (up - ordinary["label"]).to_numpy() == pytest.approx(LABEL_SD / 2)


def test_a_night_before_the_first_is_refused(base: Draw) -> None:
    with pytest.raises(ValueError, match="no night 0"):
        draw(base, 0)


def test_labels_seen_later_are_the_worlds_but_for_rounding(base: Draw, tmp_path: Path) -> None:
    night = draw(base, 1)
    posts = night.draw.posts.reset_index()
    write_labels(tmp_path / "labels.csv", labels_seen_later(night, 3))
    pending = posts[["pid", "postdate"]].assign(label=np.nan, views=np.nan, seen=np.nan, given_split="", pending="")
    visits = apply_visits(tmp_path, pending, frozenset(posts["pid"]), load_settings().label.formula)
    assert len(visits.rejected) == 0
    assert (visits.labels["seen"] - visits.labels["postdate"]).unique().tolist() == [3 * 86_400]
    many = visits.labels["views"] > 100
    assert many.sum() > 100
    assert visits.labels["label"][many].to_numpy() == pytest.approx(posts["label"][many].to_numpy(), abs=0.01)
    assert visits.labels["views"].min() >= 0


@pytest.mark.slow
@pytest.mark.parametrize("event", [None, Event.SHIFTED_COLUMNS])
def test_a_night_is_an_ordinary_folder_of_pending_posts(base: Draw, tmp_path: Path, event: Event | None) -> None:
    for name in ("one", "two"):
        write_night(tmp_path / name, draw(base, 1, event))
    files = sorted(file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*") if file.is_file())
    assert {file.parts[0] for file in files} == {"posts.csv", "images", "truth.json", "COMPLETE"}
    assert len(files) > 200
    assert [f for f in files if (tmp_path / "one" / f).read_bytes() != (tmp_path / "two" / f).read_bytes()] == []
    crawl = read_crawl(tmp_path / "one", (FilePair(data="posts.csv"),), "log2_views")
    if event is Event.SHIFTED_COLUMNS:
        assert len(crawl.posts) == 0
        assert set(crawl.rejected["reason"]) == {"not a whole number"}
    else:
        posts = draw(base, 1).draw.posts
        assert len(crawl.rejected) == 0
        assert crawl.posts["pid"].tolist() == posts.index.tolist()
        assert crawl.posts["commentcount"].isna().all()
        assert crawl.labels["label"].isna().all()
