"""The demo world: known effects, in known shares, in the paper's layout."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity.demo.posts import draw_posts, write_demo
from popularity.demo.world import SHARES, build_world
from popularity.files import read_json
from popularity.links.decoders import Decoders
from popularity.settings import Demo, load_settings
from popularity.sources.smp import read_crawl

POSTS = 400
AGE_DAYS = 3


@pytest.fixture(scope="module")
def options() -> Demo:
    return load_settings().demo.model_copy(update={"posts": POSTS, "users": 30})


@pytest.fixture(scope="module")
def drawn(options: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    write_demo(folder, options, 7, AGE_DAYS)
    return folder


@pytest.fixture(scope="module")
def posts(drawn: Path) -> pd.DataFrame:
    crawl = read_crawl(drawn, None, "log2_views")
    assert len(crawl.rejected) == 0
    return crawl.posts.merge(crawl.labels[["pid", "label", "views", "seen", "given_split"]], on="pid")


@pytest.fixture(scope="module")
def effects(drawn: Path) -> pd.DataFrame:
    truth = read_json(drawn / "truth.json")["posts"]
    return pd.DataFrame({int(pid): post["effects"] for pid, post in truth.items()}).T


def test_the_label_is_the_sum_of_its_effects(posts: pd.DataFrame, effects: pd.DataFrame) -> None:
    total = effects.sum(axis=1).loc[posts["pid"]].to_numpy()
    offset = posts["label"].to_numpy() - total
    many, none = (posts["views"] > 300).to_numpy(bool), (posts["views"] == 0).to_numpy(bool)
    assert (many.sum() > 20, none.sum() > 3) == (True, True)
    assert np.ptp(offset[many]) < 5e-3  # but for the rounding of views
    assert (offset[none] > offset[many].mean() - 0.6).all()  # of which there are none for a label far below 0


def test_views_are_counted_at_one_age(posts: pd.DataFrame) -> None:
    assert (posts["seen"] - posts["postdate"]).unique().tolist() == [AGE_DAYS * 86_400]
    assert posts["label"].tolist() == pytest.approx(np.log2(posts["views"] + 1))


def test_each_effect_has_its_share_of_the_variance(effects: pd.DataFrame) -> None:
    shares = effects.var(ddof=0) / effects.sum(axis=1).var(ddof=0)
    assert shares.to_dict() == pytest.approx(SHARES, rel=1e-3)


def test_no_effect_is_correlated_with_another(effects: pd.DataFrame) -> None:
    assert np.abs(effects.corr().to_numpy() - np.eye(len(SHARES))).max() < 1e-3


def test_words_and_photos_keep_their_effects_though_others_take_a_little(options: Demo) -> None:
    settings = load_settings().demo
    world = build_world(settings, 7)
    draw = draw_posts(world, settings)
    title = draw.posts["title"].str.lower().str.findall(r"\w+")
    raw = [np.mean([world.titles.get(word, 0.0) for word in words]) for words in title]
    assert np.corrcoef(raw, draw.effects["title"])[0, 1] > 0.9
    photo = [world.scenes[shot.kind] for shot in draw.shots]
    assert np.corrcoef(photo, draw.effects["photo"])[0, 1] > 0.9


@pytest.mark.parametrize("seed", [load_settings().base.seed, 1, 2])
def test_means_are_near_the_papers(seed: int) -> None:
    settings = load_settings().demo
    posts = draw_posts(build_world(settings, seed), settings).posts
    assert posts["titlelen"].mean() == pytest.approx(20, abs=1)
    assert posts["tagcount"].mean() == pytest.approx(9, abs=0.5)
    assert posts["deslen"].mean() == pytest.approx(114, abs=6)
    assert (2 ** posts["label"] - 1).mean() == pytest.approx(131, abs=1)
    assert posts["label"].std(ddof=0) == pytest.approx(2.4)


def test_the_wave_moves_little_over_the_last_year(posts: pd.DataFrame, effects: pd.DataFrame) -> None:
    last = posts[posts["postdate"] > posts["postdate"].max() - 365 * 86_400]["pid"]
    assert np.ptp(effects.loc[last, "wave"]) < 0.05 * posts["label"].std()


def test_each_users_latest_posts_are_test_rows(posts: pd.DataFrame) -> None:
    by_user = posts.groupby(["uid", "given_split"])["postdate"].agg(["min", "max"]).unstack()
    both = by_user.dropna()
    assert len(both) > 10
    assert (both["min", "test"] >= both["max", "train"]).all()


def test_half_of_the_links_are_dead_in_four_ways(drawn: Path, posts: pd.DataFrame, pool: Decoders) -> None:
    from popularity.links.check import Reader, check_posts
    from popularity.links.folder import Folder
    from popularity.links.fresh import FreshAnswers

    settings = load_settings()
    reader = Reader(
        Folder(drawn), FreshAnswers(settings.fetch, drawn.parent), settings.filter_links, settings.fetch.max_bytes, pool
    )
    links = check_posts(posts[["pid", "image_url"]], reader, drawn.parent / "shards")
    reasons = links.loc[~links["alive"], "reason"].value_counts()
    assert len(reasons) == 4
    assert reasons.sum() == POSTS / 2


def test_the_same_seed_draws_the_same_bytes(options: Demo, tmp_path: Path) -> None:
    small = options.model_copy(update={"posts": 40, "users": 5})
    for name in ("one", "two"):
        write_demo(tmp_path / name, small, 11, AGE_DAYS)
    files = sorted(file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*") if file.is_file())
    assert len(files) > 20
    assert [f for f in files if (tmp_path / "one" / f).read_bytes() != (tmp_path / "two" / f).read_bytes()] == []


def test_odd_text_is_there_to_be_read(posts: pd.DataFrame) -> None:
    text = "".join(posts["title"] + posts["description"] + posts["alltags"])
    assert not text.isascii()
    assert posts["description"].eq("").any()
