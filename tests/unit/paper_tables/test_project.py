"""The projects in which sets are run."""

from pathlib import Path

import pytest
import yaml

from kit.project import ROOT
from popularity.errors import UserError
from popularity.paper_tables.project import BEFORE_POSTING, NEWEST, PAPERS_OWN, crawls, with_params
from popularity.settings import Settings

PARAMS = (ROOT / "params.yaml").read_text(encoding="utf-8")


def settings(variant):
    return Settings.model_validate(yaml.safe_load(with_params(PARAMS, variant.params)))


def test_the_papers_own_run_sees_its_14_columns_and_the_sets_own_test_posts():
    found = settings(PAPERS_OWN)
    assert len(found.dataset.features) == 14
    assert found.dataset.split.mode == "given"


def test_before_posting_no_comments_and_no_ids_are_seen():
    assert not {"commentcount", "pid", "uid"} & set(settings(BEFORE_POSTING).dataset.features)


def test_the_newest_fifth_is_a_fifth_by_date_in_the_papers_columns():
    found = settings(NEWEST)
    assert (found.dataset.split.mode, found.dataset.split.test_share) == ("time", 0.2)
    assert len(found.dataset.features) == 14


@pytest.mark.parametrize("variant", [PAPERS_OWN, BEFORE_POSTING, NEWEST])
def test_no_model_runs_another_protocol_and_all_else_stays(variant):
    found, before = settings(variant), Settings.model_validate(yaml.safe_load(PARAMS))
    assert set(found.protocols.of) == set(before.protocols.of)
    assert not any(found.protocols.of.values())
    same = {"protocols": before.protocols, "dataset": before.dataset}
    assert found.model_copy(update=same) == before


def test_sets_are_named_by_their_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert [one.name for one in crawls([Path("sets/may/"), Path("june")], as_of_post=True)] == ["may", "june"]
    assert crawls([Path("june")], as_of_post=False)[0].folder == tmp_path / "june"


def test_two_folders_of_one_name_are_refused():
    with pytest.raises(UserError, match="two folders are called may"):
        crawls([Path("one/may"), Path("other/may")], as_of_post=False)
