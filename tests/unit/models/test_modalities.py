"""What a modality brings is told by giving posts that of others, all of it together and nothing else."""

import numpy as np
import pytest

from kit.dataset_rows import dataset_rows
from kit.users_posts import evidence_of_posts, users_posts
from popularity.dataset.table import Dataset
from popularity.models import modalities
from popularity.models.boosted import Boosted
from popularity.models.evidence import Evidence, evidence_of
from popularity.models.modalities import Brought, permuted
from popularity.models.on_evidence import pids
from popularity.models.out_of_fold import fit_out_of_fold
from popularity.models.subjects import MODALITIES
from popularity.settings import load_settings

SETTINGS = load_settings()
POSTS = 40
PHOTO = np.arange(POSTS) % 3 > 0
ROWS = dataset_rows(np.arange(100, 100 + POSTS), np.arange(POSTS) % 4, PHOTO)
PHOTOS = np.arange(2 * PHOTO.sum(), dtype=np.float16).reshape(-1, 2)
EVIDENCE = evidence_of(Dataset(ROWS), PHOTOS)
MOVED = {
    "social": ["uid", "avgview", "groupcount", "avgmembercount"],
    "context": ["tags", "title", "titlelen", "deslen", "tagcount", "sentiment"],
    "content": ["haspeople", "photo_shape"],
    "time": ["postdate"],
}


def numbered(evidence: Evidence) -> Evidence:
    """The same posts, whose numbers in each column tell which post they are of."""
    places = {name: np.arange(POSTS, dtype=np.float64) for names in MOVED.values() for name in names}
    return Evidence(evidence.posts.assign(**places), evidence.has_photo, evidence.embeddings, None)


@pytest.mark.parametrize("modality", MODALITIES)
def test_all_columns_of_a_modality_move_together_and_no_other_does(modality):
    before = numbered(EVIDENCE)
    after = permuted(before, modality, np.random.default_rng(1))
    orders = after.posts[MOVED[modality]].to_numpy(np.int64)
    assert (orders == orders[:, :1]).all()
    assert sorted(orders[:, 0]) == list(range(POSTS))
    assert orders[:, 0].tolist() != list(range(POSTS))
    others = [name for name in before.posts if name not in MOVED[modality]]
    assert after.posts[others].equals(before.posts[others])
    assert modality == "content" or after.embeddings is before.embeddings


def test_posts_with_a_photo_change_it_among_themselves_with_what_is_known_of_it():
    after = permuted(numbered(EVIDENCE), "content", np.random.default_rng(1))
    order = after.posts["haspeople"].to_numpy(np.int64)
    assert (PHOTO[order] == PHOTO).all()
    place = np.cumsum(PHOTO) - 1
    np.testing.assert_array_equal(after.embeddings, PHOTOS[place[order[PHOTO]]])
    np.testing.assert_array_equal(pids(after)[:, 0], 100 + order)
    assert after.posts["pid"].tolist() == EVIDENCE.posts["pid"].tolist()


class ReadsTags:
    """Predicts what the first tag says, whatever was learned."""

    asked: list[int]

    def fit(self, lesson):
        self.seen = set(lesson.evidence.posts["pid"])

    def predict(self, evidence):
        self.asked.append(len(evidence.posts))
        assert not self.seen & set(evidence.posts["pid"])
        return np.array([ord(tags[0]) for tags in evidence.posts["tags"]], dtype=np.float64)


def fit(**options):
    ReadsTags.asked = []
    dataset = Dataset(ROWS.assign(label=[float(ord(tags[0])) + 1 for tags in ROWS["tags"]]))
    return fit_out_of_fold(dataset.of("all_posts"), evidence_of(dataset), ReadsTags, name="tags", **options)


def test_what_is_read_brings_what_it_is_worth_on_posts_not_learned_from_and_the_rest_is_absent():
    found = fit(seed=1).modalities
    assert list(found) == ["context"]
    letters = np.array([ord(tags[0]) for tags in ROWS["tags"]])
    by_chance = np.abs(letters[:, None] - letters - 1).mean() - 1  # the mean over all permutations, and then some
    assert 0.4 * by_chance < found["context"] < 1.8 * by_chance
    assert fit(seed=1).modalities == found
    assert fit(seed=2).modalities != found


def test_a_model_that_nobody_asks_is_not_asked_again():
    assert fit().modalities == {}
    assert ReadsTags.asked == [10] * 4


def test_of_many_posts_some_are_drawn(monkeypatch):
    monkeypatch.setattr(modalities, "AT_MOST", 7)
    fit(seed=1)
    assert sorted(ReadsTags.asked) == [7] * 16 + [10] * 4


def test_it_is_the_mean_over_all_posts_of_all_fits():
    brought, moved = Brought(0), []
    for rows in (np.arange(POSTS) < 10, np.arange(POSTS) >= 10):
        part = EVIDENCE.of(rows)

        def predict(evidence, dates=part.posts["postdate"]):
            other = (evidence.posts["postdate"] != dates).to_numpy()
            moved.append(other.sum())
            return 2.0 * other

        brought.add(predict, part, np.zeros(rows.sum()), np.zeros(rows.sum()))
    assert brought.by_modality == {"time": 2 * sum(moved) / POSTS}


@pytest.mark.parametrize("photo", [None, np.arange(600) % 3 > 0])
def test_where_users_have_levels_and_photos_tell_of_labels_both_bring_the_most(photo):
    posts = users_posts()
    n = len(posts)
    known = evidence_of_posts(posts, photo)
    frame = known.posts.assign(
        label=posts["label"], batch="b", split="train", group=posts["pid"], fold=np.arange(n) % 3,
        has_photo=known.has_photo,
    )  # fmt: skip
    dataset = Dataset(frame)
    options = SETTINGS.train_boosted.model_copy(update={"trees": 40, "learning_rate": 0.2})

    def make():
        return Boosted(options, SETTINGS.dataset, 1, photos=photo is not None)

    population = dataset.of("all_posts" if photo is None else "posts_with_photo")
    found = fit_out_of_fold(population, evidence_of(dataset, known.embeddings), make, name="boosted", seed=1).modalities
    most = "social" if photo is None else "content"
    assert max(found, key=found.__getitem__) == most
    assert found[most] > 0.3
    assert photo is not None or found["context"] > 0.05  # the word is loud where the photo does not say it already
