"""Forty ordinary nights pass, and every event is noticed: the demo world's tables, the CNN, no photos."""

from functools import partial

import pandas as pd
import pytest

from kit import demo_tables
from popularity import paths
from popularity.dataset.joining import join_batches
from popularity.demo.events import Event
from popularity.models.cnn import Cnn
from popularity.models.on_evidence import OnFeatures
from popularity.monitoring.described import describe
from popularity.monitoring.drift import compare
from popularity.monitoring.reference import Reference
from popularity.monitoring.verdict import Verdict, decide
from popularity.settings import PRE_PUBLICATION, Batch, load_settings

NIGHTS = 40
NIGHT = Batch(source="smp", path="data/raw/night", read="as_of_post")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> OnFeatures:
    """The CNN of the whole demo, with champion v0001 in a project of its own, which stays the current folder."""
    folder = tmp_path_factory.mktemp("nights")
    settings = load_settings()
    with pytest.MonkeyPatch().context() as patch:
        patch.chdir(folder)
        yield demo_tables.lay_out_champion(folder, partial(Cnn, settings.train_cnn, settings.base.seed))


def verdict(model: OnFeatures, number: int, event: Event | None, *, labelled: bool) -> Verdict:
    """On a night; its photos are not looked at."""
    demo_tables.write_tables("night", demo_tables.night(number, event).draw.posts, labelled=labelled)
    posts = join_batches({"night": NIGHT}, PRE_PUBLICATION)
    reference = Reference.load(paths.champion("v0001"))
    prediction = pd.Series(model.estimator.predict(model.features.transform(posts)), index=posts.index)
    options = load_settings().monitoring
    drift = compare(describe(posts, prediction, reference.known, None), reference, options)
    return decide(drift, [], options.verdict)


@pytest.mark.long
def test_of_forty_ordinary_nights_at_most_four_are_not_ok(model: OnFeatures) -> None:
    wrong = 0
    for number in range(1, NIGHTS + 1):
        found = verdict(model, number, None, labelled=True)
        print(f"night {number}: {found.answer} {' '.join(found.drifted)}")
        wrong += found.answer != "ok"
    assert wrong <= 4


@pytest.mark.long
@pytest.mark.parametrize(
    ("event", "answer", "column"),
    [
        (Event.DEAD_LINKS, "watch", "alive"),
        (Event.NEW_USERS, "retrain", "unseen_users"),
        (Event.TAG_FASHION, "retrain", "unseen_tags"),
        (Event.THOUSANDS, "watch", "avgview"),  # the gate stops it before
    ],
)
@pytest.mark.parametrize("number", [1, 12])
def test_an_event_is_noticed_on_its_night(
    model: OnFeatures, number: int, event: Event, answer: str, column: str
) -> None:
    found = verdict(model, number, event, labelled=False)
    assert found.answer == answer
    assert column in found.drifted


@pytest.mark.long
@pytest.mark.parametrize("number", [1, 12])
def test_views_up_is_noticed_when_labels_come_and_not_before(model: OnFeatures, number: int) -> None:
    assert verdict(model, number, Event.VIEWS_UP, labelled=False).answer == "ok"
    found = verdict(model, number, Event.VIEWS_UP, labelled=True)
    assert (found.answer, found.drifted) == ("retrain", ("residual",))
