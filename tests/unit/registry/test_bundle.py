import pytest
from bundles import put_bundle

from popularity.errors import UserError
from popularity.registry.bundle import load_bundle


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_folder_without_facts_is_no_bundle(tmp_path):
    (tmp_path / "models/champions/v0001").mkdir(parents=True)
    with pytest.raises(UserError, match="models/champions/v0001 holds no bundle"):
        load_bundle("v0001")


def test_facts_that_lack_something_are_no_bundle():
    put_bundle("v0001", content=None)
    with pytest.raises(UserError, match="content"):
        load_bundle("v0001")


def test_params_of_sections_that_scoring_does_not_read_may_be_of_another_time():
    put_bundle("v0001", params={"text_features": {"sentiment": "vader"}, "train_rf": {"gone": 1}})
    assert load_bundle("v0001").text_features.sentiment == "vader"


def test_params_that_this_version_cannot_read_are_an_error_that_names_them():
    put_bundle("v0001", params={"text_features": {"sentiment": "vader", "nosuch": 1}})
    with pytest.raises(UserError, match=r"params\.text_features"):
        _ = load_bundle("v0001").text_features
