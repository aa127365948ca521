"""A champion that holds somebody's posts is succeeded by one that does not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from kit.bundles import FACTS, sign
from popularity import paths
from popularity.files import read_json, write_json
from popularity.forgetting import bundles
from popularity.forgetting.bundles import bundle_steps
from popularity.forgetting.whom import Whom, posts_of_user
from popularity.forgotten import Forgotten
from popularity.monitoring.history import NightRecord, write_night
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.reference import FOLDER, Reference
from popularity.registry.bundle import load_bundle
from popularity.registry.history import current_version, promote, versions
from popularity.registry.scoring import SCORES, write_scores
from popularity.settings import load_settings


@pytest.fixture(autouse=True)
def crowned(champion: Path) -> None:
    folder = paths.champion("v0001")
    (folder / "models/cnn/all_posts").mkdir(parents=True)
    write_json(folder / "bundle.json", {"version": "v0001", **FACTS})
    sign(folder)
    promote("v0001")


def whom(uid: int) -> Whom:
    settings = load_settings()
    return Whom.read(Forgotten.read().adding([uid], posts_of_user(uid, settings)), settings)


def busiest(champion: Path) -> int:
    labels = KnownLabels.load(champion / paths.champion("v0001") / FOLDER)
    return int(pd.Series(labels.uid).value_counts().index[0])


def forget(uid: int) -> None:
    for step in bundle_steps(whom(uid)):
        step.do()


def uids(version: str) -> set[int]:
    folder = paths.champion(version) / FOLDER
    tables = [pq.read_table(file).to_pandas() for file in sorted(folder.glob("*.parquet"))]
    found = {int(uid) for table in tables if "uid" in table for uid in table["uid"]}
    return found | set(read_json(folder / "user_mean.json")["uid"])


def test_the_new_bundle_holds_all_but_them_and_is_the_champion(champion: Path) -> None:
    uid = busiest(champion)
    before = uids("v0001")
    old = KnownLabels.load(paths.champion("v0001") / FOLDER)
    errors = pd.read_parquet(paths.champion("v0001") / FOLDER / "errors.parquet")
    forget(uid)
    assert versions() == ["v0002"]
    assert current_version() == "v0002"
    assert load_bundle("v0002").facts.succeeds == "v0001"
    assert uids("v0002") == before - {uid}
    Reference.load(paths.champion("v0002"))
    stays = old.uid != uid
    assert np.array_equal(KnownLabels.load(paths.champion("v0002") / FOLDER).label, old.label[stays])
    left = pd.read_parquet(paths.champion("v0002") / FOLDER / "errors.parquet")
    pd.testing.assert_frame_equal(left, errors[stays].reset_index(drop=True))
    assert not list(bundle_steps(whom(uid)))


def test_the_record_of_nights_names_the_new_one_so_that_their_labels_can_be_compared(champion: Path) -> None:
    scores = pd.DataFrame({"pid": [1], "prediction": [2.0], "model": ["rf"], "version": ["v0001"]}).reindex(
        columns=SCORES.names
    )
    write_scores(paths.scores("night"), scores)
    nothing = dict.fromkeys(("alive_share", "crawled", "labels"))
    told = {"reasons": (), "drifted": (), "findings": (), "critical": 0, "warning": 0, "posts": 1}
    write_night(NightRecord(batch="night", verdict="ok", version="v0001", **nothing, **told))
    forget(busiest(champion))
    assert pd.read_parquet(paths.scores("night"))["version"].tolist() == ["v0002"]
    assert read_json(paths.night_record("night"))["version"] == "v0002"
    assert {reign["version"] for reign in read_json(paths.REIGNS)} == {"v0002"}


@pytest.mark.parametrize("at", ["promote", "_rename_reigns", "_delete"])
def test_killed_anywhere_the_same_again_finishes(champion: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    uid = busiest(champion)

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bundles, at, killed)
        with pytest.raises(KeyboardInterrupt):
            forget(uid)
    assert "v0001" in versions()
    forget(uid)
    assert versions() == ["v0002"]
    assert current_version() == "v0002"
    assert uid not in uids("v0002")


def test_a_champion_that_holds_nobody_of_them_stays(champion: Path) -> None:
    assert not list(bundle_steps(whom(1)))
