import threading

import pytest

from kit.bundles import put_bundle
from popularity import paths
from popularity.errors import UserError
from popularity.registry.history import (
    appoint,
    champion,
    champion_of,
    current_version,
    newer_version,
    next_version,
    promote,
    rollback,
    rolled_back,
    versions,
)
from popularity.settings import Label


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_without_a_bundle_there_is_no_champion_and_the_error_says_how_to_make_one():
    assert (versions(), current_version(), next_version()) == ([], None, "v0001")
    with pytest.raises(UserError, match="popularity champion create"):
        champion()


def test_versions_are_in_the_order_they_were_made():
    for version in ("v0002", "v10000", "v0001", "v9999"):
        put_bundle(version)
    paths.champion(".v0003.77.tmp").mkdir()  # left by a run that was killed
    assert versions() == ["v0001", "v0002", "v9999", "v10000"]
    assert next_version() == "v10001"


def test_promotion_changes_what_is_current_and_keeps_the_earlier_champion():
    put_bundle("v0001")
    put_bundle("v0002")
    promote("v0001")
    assert promote("v0002").version == champion().version == "v0002"
    assert versions() == ["v0001", "v0002"]
    assert rollback("v0001").version == current_version() == "v0001"


def test_who_was_rolled_back_is_remembered_until_a_person_takes_it_again():
    for version in ("v0001", "v0002"):
        put_bundle(version)
        promote(version)
    assert rolled_back() == []
    rollback("v0001")
    assert rolled_back() == ["v0002"]
    rollback("v0002")
    assert rolled_back() == ["v0001"]
    appoint("v0001")
    assert (current_version(), rolled_back()) == ("v0001", [])


def test_a_newer_bundle_is_told_of_until_it_is_champion_or_rolled_back():
    put_bundle("v0001")
    assert newer_version() is None  # there is no champion that it could be newer than
    promote("v0001")
    assert newer_version() is None
    put_bundle("v0002")
    assert newer_version() == "v0002"
    appoint("v0002")
    assert newer_version() is None
    rollback("v0001")
    assert newer_version() is None
    put_bundle("v0003")
    assert newer_version() == "v0003"


def test_a_version_that_is_not_there_leaves_the_champion_as_it_is():
    put_bundle("v0001")
    promote("v0001")
    with pytest.raises(UserError, match=r"no bundle 'v0007' \(there: v0001\)"):
        rollback("v0007")
    assert current_version() == "v0001"


def test_a_bundle_that_is_not_whole_is_not_promoted():
    put_bundle("v0001")
    put_bundle("v0002")
    promote("v0001")
    (paths.champion("v0002") / "features").rmdir()
    with pytest.raises(UserError, match="not whole"):
        promote("v0002")
    assert current_version() == "v0001"


def test_rolling_back_to_the_champion_is_an_error():
    put_bundle("v0001")
    promote("v0001")
    with pytest.raises(UserError, match="champion already"):
        rollback("v0001")
    with pytest.raises(UserError, match="champion already"):
        appoint("v0001")
    assert rolled_back() == []


def test_whoever_reads_meanwhile_sees_one_champion_or_the_other():
    put_bundle("v0001")
    put_bundle("v0002")
    promote("v0001")
    seen, done = set(), threading.Event()

    def read():
        while not done.is_set():
            seen.add(current_version())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(300):
        promote("v0002")
        promote("v0001")
    done.set()
    reader.join()
    assert seen <= {"v0001", "v0002"}
    assert sorted(path.name for path in paths.CHAMPIONS.iterdir()) == ["current", "v0001", "v0002"]


def test_a_champion_of_another_unit_is_refused_and_an_older_one_by_its_formula_alone():
    views = Label(of="views", formula="log2_views", min_age_days=3)
    put_bundle("v0001")
    promote("v0001")
    assert champion_of(views).version == "v0001"
    assert champion_of(views.model_copy(update={"of": "likes"})).version == "v0001"
    with pytest.raises(UserError, match=r"v0001 predicts log2_views of views, and .* log2_views_per_day of views"):
        champion_of(views.model_copy(update={"formula": "log2_views_per_day"}))
    put_bundle("v0002", label_of="likes")
    promote("v0002")
    with pytest.raises(UserError, match=r"v0002 predicts log2_views of likes, and .* log2_views of views") as refused:
        champion_of(views)
    assert "popularity champion create" in str(refused.value.next_step)
