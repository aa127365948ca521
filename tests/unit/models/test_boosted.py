"""The boosted model: what it learns, what it must not see, and that what was saved says the same."""

from dataclasses import replace

import numpy as np
import pytest

from kit.users_posts import DAY, evidence_of_posts, lesson_of, users_posts
from popularity.models.baselines import UserMean
from popularity.models.boosted import Boosted, BoostedScorer
from popularity.models.parts import Parts
from popularity.models.trees import Trees
from popularity.settings import load_settings

SETTINGS = load_settings()
OPTIONS = SETTINGS.train_boosted.model_copy(update={"trees": 100, "learning_rate": 0.1})


def fitted(posts, **more):
    model = Boosted(OPTIONS, SETTINGS.dataset, 1, **({"photos": False} | more))
    model.fit(lesson_of(posts))
    return model


@pytest.fixture(scope="module")
def posts():
    return users_posts()


@pytest.fixture(scope="module")
def model(posts):
    return fitted(posts[:500])


def error(posts, predicted):
    return np.abs(posts["label"] - predicted).mean()


def test_later_posts_are_predicted_better_than_by_their_users_mean(posts, model):
    earlier, later = posts[:500], posts[500:]
    mean = UserMean()
    mean.fit(earlier[["uid"]].to_numpy(), earlier["label"].to_numpy())
    assert error(later, model.predict(evidence_of_posts(later))) < 0.9 * error(
        later, mean.predict(later[["uid"]].to_numpy())
    )


def test_posts_of_new_users_are_predicted_by_their_numbers(posts, model):
    strangers = posts[500:].assign(uid=lambda rows: rows["uid"] + 100_000)
    assert error(strangers, model.predict(evidence_of_posts(strangers))) < 0.7 * error(strangers, posts["label"].mean())


def test_a_row_scores_the_same_alone_and_among_others(posts, model):
    whole = model.predict(evidence_of_posts(posts))
    alone = [model.predict(evidence_of_posts(posts[row : row + 1]))[0] for row in range(480, 520)]
    assert alone == whole[480:520].tolist()


def test_a_prediction_knows_no_label_of_the_same_users_later_posts(posts):
    # Line, prior, words and trees are those of the labels as they were; the user's later labels are others.
    user = posts["uid"].iloc[499]
    late = ((posts["uid"] == user) & (posts["postdate"] > posts["postdate"].iloc[300])).to_numpy()
    early = posts[(posts["uid"] == user).to_numpy() & ~late]
    scorer = fitted(posts[:500])._scorer
    history = scorer.before.history
    later = (history.uid == user) & (history.postdate > posts["postdate"].iloc[300])
    assert len(early) > 5
    assert later.sum() > 5
    changed = replace(history, label=history.label + 10 * later, counted=history.counted * np.where(later, 1024, 1))
    other = replace(scorer, before=replace(scorer.before, history=changed))
    assert (other.predict(evidence_of_posts(early)) == scorer.predict(evidence_of_posts(early))).all()
    assert (other.predict(evidence_of_posts(posts[late])) != scorer.predict(evidence_of_posts(posts[late]))).any()


@pytest.mark.parametrize("parts", [(0, 1, 2), (4,)])
def test_what_a_post_is_learned_by_knows_nothing_of_its_own_label(monkeypatch, parts):
    posts = users_posts(users=6, each=20, ages=True)
    lesson = lesson_of(posts, parts=parts)
    shown = []

    class Told(Trees):
        @classmethod
        def fit(cls, X, y, options, seed):
            shown.append((X, y))
            return Trees.fit(X[:2], y[:2], options.model_copy(update={"trees": 1}), seed)

    monkeypatch.setattr("popularity.models.boosted.Trees", Told)

    def learned_by(label):
        Boosted(OPTIONS, SETTINGS.dataset, 1, photos=False).fit(replace(lesson, label=label))
        return shown[-1]

    before, target = learned_by(lesson.label)
    for row in range(0, len(posts), 7):
        own = np.arange(len(before)) % len(posts) == row
        after, changed = learned_by(lesson.label + 3.21 * (np.arange(len(posts)) == row))
        np.testing.assert_array_equal(after[own], before[own])
        np.testing.assert_allclose(changed[own] - target[own], 3.21)
        assert (after[~own] != before[~own]).any()


def test_comments_change_no_prediction(posts, model):
    later = posts[500:]
    blank = later.assign(commentcount=np.nan)
    assert (model.predict(evidence_of_posts(later)) == model.predict(evidence_of_posts(blank))).all()


def test_a_saved_model_says_the_same_and_is_written_as_the_same_bytes(posts, model, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    model.save(tmp_path / "a")
    opened = BoostedScorer.load(Parts(tmp_path / "a", tmp_path))
    opened.save(tmp_path / "b")
    evidence = evidence_of_posts(posts[500:])
    assert (opened.predict(evidence) == model.predict(evidence)).all()
    names = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert names
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in names)


def test_two_fits_write_the_same_bytes(posts, model, tmp_path):
    for name, one in (("a", model), ("b", fitted(posts[:500]))):
        (tmp_path / name).mkdir()
        one.save(tmp_path / name)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_a_post_without_an_age_is_predicted_for_the_usual_one():
    posts = users_posts(ages=True)
    model = fitted(posts)
    usual = posts["age_days"].median()
    asked = [posts.assign(age_days=age) for age in (np.nan, usual, 10.0)]
    unsaid, at_usual, young = (model.predict(evidence_of_posts(one)) for one in asked)
    assert (unsaid == at_usual).all()
    assert young.mean() < at_usual.mean() - 0.5


@pytest.mark.parametrize("waits_days", [30, 400])
def test_where_labels_wait_a_history_holds_those_alone_that_were_so_old_or_read(waits_days):
    posts = users_posts(users=2, each=20).assign(age_days=90.0)
    model = fitted(posts, waits_days=waits_days)
    known = model._scorer.before.known(posts)
    for row in range(len(posts)):
        own = posts["uid"] == posts["uid"].iloc[row]
        ripe = posts["postdate"] + min(waits_days, 90) * DAY < posts["postdate"].iloc[row]
        assert known.count[row] == (own & ripe).sum()


def test_labels_cannot_wait_for_an_age_that_nobody_says(posts):
    with pytest.raises(ValueError, match="age_days"):
        fitted(posts, waits_days=30)


@pytest.mark.parametrize("n", [1, 2, 12])
def test_few_posts_are_enough_for_a_prediction(posts, n):
    assert np.isfinite(fitted(posts[:n]).predict(evidence_of_posts(posts))).all()


@pytest.mark.parametrize("photos", [False, True])
def test_reasons_sum_to_the_prediction(photos):
    posts = users_posts(ages=True)
    photo = np.arange(len(posts)) % 3 > 0
    model = Boosted(OPTIONS, SETTINGS.dataset, 1, photos=photos)
    model.fit(lesson_of(posts, photo))
    evidence = evidence_of_posts(posts, photo).of(photo)
    reasons = model._scorer.reasons(evidence)
    assert set(reasons.worth) >= {"age", "tags", "time", "user"}
    assert ("photo" in reasons.worth) == photos or not photos  # haspeople is of the photo, too
    np.testing.assert_allclose(reasons.average + reasons.worth.sum(axis=1), model.predict(evidence), atol=1e-9)


def test_a_strong_word_is_the_reason_of_what_it_adds(posts, model):
    evidence = evidence_of_posts(posts)
    worth = model._scorer.reasons(evidence).worth
    loud = posts["tags"].map(lambda tags: "loud" in tags).to_numpy()
    assert worth["tags"][loud].mean() > worth["tags"][~loud].mean() + 0.3
    others = replace(evidence, posts=evidence.posts.assign(tags=[[]] * len(posts)))
    assert model._scorer.reasons(others).worth["tags"].max() < worth["tags"][loud].mean()


def test_a_model_of_before_tells_no_reasons(posts, model):
    old = replace(model._scorer, usual=None)
    assert old.reasons(evidence_of_posts(posts)) is None


def test_the_photos_of_posts_that_have_one_are_learned_from(posts):
    photo = np.arange(len(posts)) % 3 > 0
    train = np.arange(len(posts)) < 500
    lesson, later = lesson_of(posts, photo).of(train), evidence_of_posts(posts, photo).of(photo & ~train)
    errors = []
    for read in (False, True):
        model = Boosted(OPTIONS, SETTINGS.dataset, 1, photos=read)
        model.fit(lesson)
        errors.append(error(posts[photo & ~train], model.predict(later)))
    assert errors[1] < 0.8 * errors[0]


def test_the_shapes_of_photos_are_learned_from(posts):
    photo, train = np.ones(len(posts), bool), np.arange(len(posts)) < 500
    wide = np.random.default_rng(2).random(len(posts)) < 0.5
    shaped = posts.assign(photo_shape=np.where(wide, 0.6, -0.6), label=posts["label"] + 3 * wide)
    errors = []
    for seen in (shaped.assign(photo_shape=0.0), shaped):
        evidence = evidence_of_posts(seen, photo)
        evidence.embeddings[:] = 0  # the shape alone tells
        model = Boosted(OPTIONS, SETTINGS.dataset, 1, photos=True)
        model.fit(replace(lesson_of(seen, photo), evidence=evidence).of(train))
        errors.append(error(shaped[~train], model.predict(evidence.of(~train))))
    assert errors[1] < 0.8 * errors[0]


def test_a_post_with_a_photo_scores_the_same_alone_among_others_and_from_files(posts, tmp_path):
    photo = np.arange(len(posts)) % 3 > 0
    model = Boosted(OPTIONS, SETTINGS.dataset, 1, photos=True)
    model.fit(lesson_of(posts, photo))
    everyone = evidence_of_posts(posts, photo)
    whole = model.predict(everyone)
    model.save(tmp_path)
    opened = BoostedScorer.load(Parts(tmp_path, tmp_path))
    for row in range(30):
        assert opened.predict(everyone.of(np.arange(len(posts)) == row)).tolist() == [whole[row]]


def test_of_many_posts_so_many_as_params_say_are_learned_from_and_all_are_remembered(posts, monkeypatch):
    seen = []
    fit = Trees.fit
    monkeypatch.setattr(Trees, "fit", lambda X, *more: seen.append(len(X)) or fit(X, *more))
    model = Boosted(OPTIONS.model_copy(update={"max_rows": 100, "repeats": 3}), SETTINGS.dataset, 1, photos=False)
    model.fit(lesson_of(posts))
    assert seen == [100]
    assert len(model._scorer.before.history.label) == len(posts)
