"""Bundles opened once, which score from memory, whatever the current folder is."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from kit.bundles import sign
from kit.small_project import Project
from popularity import paths
from popularity.errors import UserError
from popularity.evaluation.best import best_predictions
from popularity.files import read_json, write_json
from popularity.links.decoders import decoders
from popularity.links.folder import Folder
from popularity.models.evidence import Evidence
from popularity.posts import read_table
from popularity.registry.create import create_bundle
from popularity.registry.evidence import of_batch, photos_below
from popularity.registry.predictor import Predictor, open_predictor
from popularity.settings import PRE_PUBLICATION, FilePair, load_settings
from popularity.sources.smp import read_crawl

pytestmark = pytest.mark.slow

VERSION = paths.champion("v0001")


@pytest.fixture
def posts(crawl: Path) -> pd.DataFrame:
    """The demo's test posts as a service would be given them, links relative to `crawl`."""
    return read_crawl(crawl, (FilePair(data="test_data.csv"),), "log2_views").posts


def evidence_of(project: Project, monkeypatch: pytest.MonkeyPatch) -> Evidence:
    with monkeypatch.context() as patch:
        patch.chdir(project.folder)
        return of_batch("demo", PRE_PUBLICATION)


def by_pid(scores: pd.DataFrame) -> pd.DataFrame:
    return scores.set_index("pid")[["prediction", "model"]].sort_index()


def read_and_score(predictor: Predictor, posts: pd.DataFrame, crawl: Path) -> pd.DataFrame:
    with decoders() as pool:
        evidence, _ = predictor.read(posts, photos_below(Folder(crawl), predictor.bundle, pool, crawl))
    return by_pid(predictor.score(evidence))


def test_champions_of_two_projects_score_in_one_process_from_another_folder(
    crowned: Project, changed: Project, crawl: Path, posts: pd.DataFrame, of_the_dag: pd.DataFrame,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, population in (("cnn", "all_posts"), ("multimodal", "posts_with_photo")):
        scales = changed.folder / VERSION / "models" / name / population / "scales.json"
        write_json(scales, read_json(scales) | {"label_mean": read_json(scales)["label_mean"] + 9})
    sign(changed.folder / VERSION)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with open_predictor(crowned.folder / VERSION) as one, open_predictor(changed.folder / VERSION) as other:
        first, second, again = (read_and_score(each, posts, crawl) for each in (one, other, one))
    pd.testing.assert_frame_equal(first, of_the_dag, check_exact=True)
    pd.testing.assert_frame_equal(again, of_the_dag, check_exact=True)
    assert (second["prediction"] - first["prediction"]).tolist() == pytest.approx([9] * len(first))
    assert list(Path.cwd().iterdir()) == []


def test_an_opened_bundle_scores_when_its_folder_is_gone(
    changed: Project, of_the_dag: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = evidence_of(changed, monkeypatch)
    with open_predictor(changed.folder / VERSION) as predictor:
        shutil.rmtree(changed.folder / VERSION)
        first, second = predictor.score(evidence), predictor.score(evidence)
    pd.testing.assert_frame_equal(by_pid(first).loc[of_the_dag.index], of_the_dag, check_exact=True)
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_a_single_post_from_memory_scores_as_among_all_without_a_temporary_folder(
    crowned: Project, crawl: Path, posts: pd.DataFrame, of_the_dag: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", None)
    with open_predictor(crowned.folder / VERSION) as predictor:
        for model in ("multimodal", "cnn"):
            pid = of_the_dag.index[of_the_dag["model"] == model][0]
            alone = read_and_score(predictor, posts[posts["pid"] == pid], crawl)
            pd.testing.assert_frame_equal(alone, of_the_dag.loc[[pid]], check_exact=True)
        with decoders() as pool:
            evidence, links = predictor.read(posts[:0], photos_below(Folder(crawl), predictor.bundle, pool, crawl))
        assert links is not None
        assert (len(predictor.score(evidence)), len(links)) == (0, 0)


def test_a_count_below_zero_is_refused_by_its_column_and_post(crowned: Project, posts: pd.DataFrame) -> None:
    wrong = posts.assign(avgview=posts["avgview"].mask(posts["pid"] == posts["pid"].iloc[3], -5.0))
    with open_predictor(crowned.folder / VERSION) as predictor:
        evidence, _ = predictor.read(wrong, None)
        said = f"column avgview: 1 posts have a value below 0, the first is pid {posts['pid'].iloc[3]}"
        with pytest.raises(UserError, match=said):
            predictor.score(evidence)


@pytest.mark.parametrize(
    "serves", [{"all_posts": "rf", "posts_with_photo": "image"}, {"all_posts": "cnn", "posts_with_photo": "rf"}]
)
def test_a_champion_holds_any_trained_model_and_gives_its_very_predictions(
    changed: Project, monkeypatch: pytest.MonkeyPatch, serves: dict[str, str]
) -> None:
    monkeypatch.chdir(changed.folder)
    changed.choose(**serves)
    bundle = create_bundle(load_settings())
    assert (bundle.version, bundle.serves) == ("v0002", serves)
    assert {file.name for file in (bundle.folder / "models").iterdir()} == set(serves.values())
    with open_predictor(bundle.folder) as predictor:
        found = by_pid(predictor.score(of_batch("demo", predictor.profile)))
    posts = read_table(paths.DATASET, ["pid", "split", "has_photo"]).set_index("pid")
    test = posts.index[posts["split"] == "test"]
    assert found.loc[test, "prediction"].tolist() == best_predictions().loc[test].tolist()
    population = posts["has_photo"].map({True: "posts_with_photo", False: "all_posts"})
    assert found.loc[posts.index, "model"].tolist() == population.map(serves).tolist()


def test_photos_of_another_network_are_no_matter_to_models_that_read_none(
    changed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta = changed.folder / "data/embeddings/demo/meta.json"
    made = read_json(meta)
    meta.unlink()  # it may be a link into DVC's cache
    write_json(meta, made | {"weights_sha256": "f" * 64})
    evidence = evidence_of(changed, monkeypatch)
    bundle = changed.folder / VERSION
    with open_predictor(bundle) as predictor, pytest.raises(UserError, match="ffff"):
        predictor.score(evidence)
    write_json(bundle / "bundle.json", read_json(bundle / "bundle.json") | {"serves": {"all_posts": "cnn"}})
    with open_predictor(bundle) as predictor:
        assert set(predictor.score(evidence)["model"]) == {"cnn"}
