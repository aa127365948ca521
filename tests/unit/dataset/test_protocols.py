"""Who learns from what, and is scored on what."""

import numpy as np
import pandas as pd
import pytest

from popularity.dataset.protocols import cuts, known_posts, of_whole_users
from popularity.dataset.table import Dataset
from popularity.settings import Protocols

N, USERS = 240, 12
OPTIONS = Protocols(best="forward", posts=10_000, parts=4, of={})


@pytest.fixture
def dataset() -> Dataset:
    """240 posts, a tenth of them test posts; each fifth post is a copy of the one before it."""
    random = np.random.default_rng(3)
    pid = np.arange(N) + 1
    train = pid % 10 > 0
    return Dataset(
        pd.DataFrame({
            "pid": pid,
            "uid": random.integers(1, USERS + 1, N),
            "postdate": random.integers(0, 100, N),  # several posts a second
            "split": np.where(train, "train", "test"),
            "group": np.where(train, np.where(pid % 5 == 1, np.maximum(pid - 2, 1), pid), -1),
            "fold": np.where(train, pid % 5, -1),
            "has_photo": random.random(N) < 0.5,
        })
    )  # fmt: skip


@pytest.mark.parametrize("protocol", ["paper", "forward", "new_users"])
@pytest.mark.parametrize("name", ["all_posts", "posts_with_photo"])
def test_no_test_post_is_learned_from_or_scored_and_each_post_is_scored_once_by_a_fit_without_it(
    dataset: Dataset, protocol: str, name: str
) -> None:
    population = dataset.of(name)
    train = (dataset.frame["split"] == "train").to_numpy(bool)
    found = cuts(protocol, population, OPTIONS)
    assert len(found) >= 4
    scored = np.sum([cut.scored for cut in found], axis=0)
    assert scored.max() == 1
    assert not scored[~train].any()
    assert not scored[~population.member].any()
    assert not any((cut.train & (cut.scored | ~train)).any() for cut in found)
    if protocol != "forward":
        assert (scored == (train & population.member)).all()


def test_forward_learns_from_what_was_posted_before_all_that_it_scores(dataset: Dataset) -> None:
    date = dataset.frame["postdate"].to_numpy()
    found = cuts("forward", dataset.of("all_posts"), OPTIONS)
    assert all(date[cut.train].max() < date[cut.scored].min() for cut in found)
    sizes = [cut.train.sum() for cut in found]
    assert sizes == sorted(sizes)
    assert np.sum([cut.scored for cut in found]) == pytest.approx(0.8 * 0.9 * N, abs=5)


def test_new_users_shares_no_user_and_no_copy_and_cross_fits_over_users(dataset: Dataset) -> None:
    uid, group = dataset.frame["uid"].to_numpy(), dataset.frame["group"].to_numpy()
    for cut in cuts("new_users", dataset.of("all_posts"), OPTIONS):
        assert not set(uid[cut.train]) & set(uid[cut.scored])
        assert not set(group[cut.train]) & set(group[cut.scored])
        assert pd.Series(cut.part).groupby(uid).nunique().max() == 1


def test_at_most_so_many_posts_are_compared_of_whole_users(dataset: Dataset) -> None:
    train = (dataset.frame["split"] == "train").to_numpy(bool)
    kept = of_whole_users(dataset.frame["uid"], train, 100)
    assert 60 < (kept & train).sum() <= 100
    assert not set(dataset.frame.loc[kept, "uid"]) & set(dataset.frame.loc[~kept, "uid"])
    few = OPTIONS.model_copy(update={"posts": 100})
    for protocol in ("forward", "new_users"):
        assert not any(((cut.train | cut.scored) & ~kept).any() for cut in cuts(protocol, dataset.of("all_posts"), few))
    assert of_whole_users(dataset.frame["uid"], train, 1).sum() > 1


def test_with_few_posts_a_cut_is_left_out(dataset: Dataset) -> None:
    few = Dataset(dataset.frame.iloc[:9])
    assert cuts("forward", few.of("all_posts"), OPTIONS) == []
    assert known_posts("forward", few.of("all_posts"), OPTIONS).empty


def test_known_counts_the_posts_of_its_user_that_a_posts_fit_learned_from(dataset: Dataset) -> None:
    population, frame = dataset.of("all_posts"), dataset.frame.set_index("pid")
    assert (known_posts("new_users", population, OPTIONS)["known"] == 0).all()
    train = frame[frame["split"] == "train"]
    for row in known_posts("paper", population, OPTIONS).itertuples():
        own = frame.loc[row.pid]
        assert row.known == ((train["uid"] == own["uid"]) & (train["fold"] != own["fold"])).sum()


def test_a_name_that_is_no_protocol_is_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="no protocol 'backward'"):
        cuts("backward", dataset.of("all_posts"), OPTIONS)


def test_a_user_of_too_many_posts_is_passed_over_and_no_smaller_one_with_it() -> None:
    uid = pd.Series(np.repeat(np.arange(60), [900, *[20] * 59]))
    kept = of_whole_users(uid, np.ones(len(uid), dtype=bool), 400)
    assert kept.sum() == 400
    assert not kept[:900].any()


@pytest.mark.parametrize("waits_s", [20, 10, 1e9])
def test_what_waits_learns_from_posts_that_were_so_old_or_read_and_scores_the_same(
    dataset: Dataset, waits_s: float
) -> None:
    aged = Dataset(dataset.frame.assign(age_days=np.where(dataset.frame["pid"] % 2, 20.0, 0.0) / 86_400))
    population, date = aged.of("all_posts"), aged.frame["postdate"].to_numpy()
    plain, waiting = (
        cuts("forward", population, OPTIONS),
        cuts("forward", population, OPTIONS, waits_days=waits_s / 86_400),
    )
    assert all((one.scored == other.scored).all() for one, other in zip(plain, waiting, strict=True))
    for one, other in zip(plain, waiting, strict=True):
        start = date[one.scored].min()
        read = date + np.where(aged.frame["pid"] % 2, min(waits_s, 20), 0)
        assert (other.train == (one.train & (read < start))).all()
        assert other.train.sum() < one.train.sum()
