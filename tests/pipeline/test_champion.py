"""A champion made by a real DAG scores posts in a fresh process, without what the DAG wrote."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from kit.bundles import sign
from kit.small_project import Project
from popularity import paths
from popularity.errors import UserError
from popularity.files import read_json, write_json
from popularity.monitoring.ages import Ages
from popularity.monitoring.reference import FOLDER
from popularity.registry.bundle import digests
from popularity.registry.compare import compare_with_dag
from popularity.registry.evidence import SetAside, of_file
from popularity.registry.history import champion
from popularity.registry.predictor import open_predictor
from popularity.settings import load_settings

pytestmark = pytest.mark.slow


@pytest.fixture
def bare(crowned: Project, tmp_path: Path) -> Project:
    """A project with the champion and the code, and nothing else that the DAG wrote or read."""
    folder = tmp_path / "bare"
    shutil.copytree(crowned.folder / "popularity", folder / "popularity")
    shutil.copytree(crowned.folder / "models/champions", folder / "models/champions")
    return Project(folder)


def scores(path: Path) -> pd.DataFrame:
    """Predictions as written, and the models that made them, index pid, by the only champion."""
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, float_precision="round_trip")
    assert set(table["version"]) == {"v0001"}
    return table.set_index("pid")[["prediction", "model"]]


def test_a_test_post_from_a_file_gets_the_very_prediction_of_the_dag(
    bare: Project, crawl: Path, of_the_dag: pd.DataFrame
) -> None:
    options = ("--data", f"{crawl}/test_data.csv", "--photos", str(crawl), "--out", "scores.parquet")
    said = bare.command("popularity", "predict", *options)
    pd.testing.assert_frame_equal(scores(bare.folder / "scores.parquet"), of_the_dag, check_exact=True)
    assert re.search(rf"^{len(of_the_dag)} posts scored by v0001 \(\d+ by cnn, \d+ by multimodal\)", said)


def test_the_scores_of_a_night_are_not_written_over_by_a_later_champion(changed: Project) -> None:
    changed.command("popularity", "predict", "--batch", "demo")
    scores = changed.folder / "monitoring/scores/demo.parquet"
    night = {"batch": "demo", "verdict": "ok", "reasons": [], "drifted": [], "critical": 0, "warning": 0,
             "findings": [], "version": "v0001", "posts": 1, "alive_share": 1.0, "crawled": None,
             "labels": None}  # fmt: skip
    write_json(changed.folder / "monitoring/nights/demo.json", night)
    said = scores.read_bytes()
    changed.command("popularity", "predict", "--batch", "demo")
    champions = changed.folder / "models/champions"
    shutil.copytree(champions / "v0001", champions / "v0002")
    about = champions / "v0002/bundle.json"
    write_json(about, read_json(about) | {"version": "v0002"})
    (champions / "current").write_text("v0002\n")
    assert "--out demo-v0002.parquet" in changed.refusal("predict", "--batch", "demo")
    assert scores.read_bytes() == said
    changed.command("popularity", "predict", "--batch", "demo", "--out", "again.parquet")
    assert set(pd.read_parquet(changed.folder / "again.parquet")["version"]) == {"v0002"}


def test_one_post_alone_gets_the_prediction_it_gets_among_others(
    bare: Project, crawl: Path, of_the_dag: pd.DataFrame
) -> None:
    pid = of_the_dag.index[of_the_dag["model"] == "multimodal"][0]
    header, *rows = (crawl / "test_data.csv").read_text(encoding="utf-8").splitlines()
    own = [row for row in rows if row.startswith(f"{pid},")]
    (crawl / "one.csv").write_text("\n".join([header, *own]) + "\n", encoding="utf-8")
    options = ("--data", f"{crawl}/one.csv", "--photos", str(crawl), "--out", "one.csv")
    bare.command("popularity", "predict", *options)
    pd.testing.assert_frame_equal(scores(bare.folder / "one.csv"), of_the_dag.loc[[pid]], check_exact=True)


def test_without_a_folder_of_photos_the_cnn_scores_every_post(
    bare: Project, crawl: Path, of_the_dag: pd.DataFrame
) -> None:
    bare.command("popularity", "predict", "--data", f"{crawl}/test_data.csv", "--out", "scores.csv")
    found = scores(bare.folder / "scores.csv")
    assert set(found["model"]) == {"cnn"}
    without = of_the_dag[of_the_dag["model"] == "cnn"]
    pd.testing.assert_frame_equal(found.loc[without.index], without, check_exact=True)


def test_rows_with_errors_are_listed_and_the_others_scored(
    bare: Project, crawl: Path, of_the_dag: pd.DataFrame
) -> None:
    with (crawl / "test_data.csv").open(newline="", encoding="utf-8") as lines:
        header, *rows = csv.reader(lines)
    rows[0][header.index("avgview")] = "many"
    with (crawl / "test_data.csv").open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([header, *rows])
    command = ("predict", "--data", f"{crawl}/test_data.csv", "--out", "scores.csv")
    about = bare.folder / "models/champions/v0001/bundle.json"
    facts = read_json(about)
    for share in (0.0, 0.5):
        write_json(about, facts | {"params": facts["params"] | {"ingest": {"max_rejected_share": share}}})
        if not share:
            said = bare.refusal(*command)
            assert "breaks critical rules" in said
            assert "listed in scores-rejected.csv" in said
            assert not (bare.folder / "scores.csv").exists()
    bare.command("popularity", *command)
    rejected = pd.read_csv(bare.folder / "scores-rejected.csv")
    assert rejected[["row", "pid", "column"]].to_numpy().tolist() == [[2, int(rows[0][0]), "avgview"]]
    assert set(scores(bare.folder / "scores.csv").index) == set(of_the_dag.index) - {int(rows[0][0])}


def told_of(bare: Project, crawl: Path, **columns: str | float) -> str:
    """What predict says of the test posts with some columns taken from others, or set in two rows."""
    posts = pd.read_csv(crawl / "test_data.csv", dtype=str, keep_default_na=False)
    for name, value in columns.items():
        if isinstance(value, str):
            posts[name] = pd.read_csv(crawl / "test_data.csv", dtype=str, keep_default_na=False)[value]
        else:
            posts.loc[:1, name] = str(value)
    posts.to_csv(crawl / "posts.csv", index=False)
    done = subprocess.run(
        [sys.executable, "-m", "popularity", "predict", "--data", f"{crawl}/posts.csv", "--out", "scores.csv"],
        cwd=bare.folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(scores(bare.folder / "scores.csv")) == len(posts)
    return done.stdout + done.stderr


def test_posts_of_a_file_are_asked_what_a_batch_is_asked(bare: Project, crawl: Path) -> None:
    shifted = {f"warning: {name} is unlike the posts that v0001" for name in ("avgview", "avgmembercount")}
    said = told_of(bare, crawl)  # so few posts of so small a world may be unlike it elsewhere
    assert not [warning for warning in shifted if warning in said]
    assert "note: predictions are log2_views of views\n" in said
    assert "no site takes a title" not in said
    said = told_of(bare, crawl, titlelen=100_000)
    assert "no site takes a title of 10,000 characters" in said
    said = told_of(bare, crawl, avgview="avgmembercount", avgmembercount="avgview")
    assert [warning for warning in sorted(shifted) if warning not in said] == []
    assert "next: see that each column holds what its name says" in said


def test_words_that_no_dictionary_holds_and_descriptions_that_are_not_read_are_told(bare: Project, crawl: Path) -> None:
    assert "the dictionary holds none" not in told_of(bare, crawl)
    posts = pd.read_csv(crawl / "test_data.csv", dtype=str, keep_default_na=False)
    posts = posts.assign(title="日落", description="So ein schöner Tag")
    posts.loc[:1, "description"] = "Den ganzen Tag waren wir heute am Meer"
    posts.to_csv(crawl / "test_data.csv", index=False)
    said = told_of(bare, crawl)
    assert "warning: title_score is the same for every post: the dictionary holds none of the 2 words (日, 落)" in said
    assert "next: see that the words are split, and in the language of the training posts" in said
    assert f"note: descriptions not English: {len(posts)}, too short to tell" in said


def test_posts_that_lack_what_the_models_lean_on_are_scored_only_when_asked(bare: Project, crawl: Path) -> None:
    posts = pd.read_csv(crawl / "test_data.csv", dtype=str, keep_default_na=False)
    posts.assign(avgview="").to_csv(crawl / "posts.csv", index=False)
    command = [sys.executable, "-m", "popularity", "predict", "--data", f"{crawl}/posts.csv", "--out", "scores.csv"]
    refused = subprocess.run(command, cwd=bare.folder, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "error: avgview is missing in 100% of the posts" in refused.stderr
    assert "--anyway" in refused.stderr
    assert not (bare.folder / "scores.csv").exists()
    done = subprocess.run([*command, "--anyway"], cwd=bare.folder, capture_output=True, text=True, check=True)
    assert "warning: avgview is missing in 100% of the posts" in done.stderr
    assert len(scores(bare.folder / "scores.csv")) == len(posts)


@pytest.mark.parametrize("views", ["-5", "many"])
def test_a_file_that_cannot_be_scored_is_refused(
    crowned: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, views: str
) -> None:
    header = (crowned.folder / "data/raw/demo/test_data.csv").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "posts.csv").write_text(f"{header}\n1,2,1600000000,,,,,,{views},,,,,,\n", encoding="utf-8")
    monkeypatch.chdir(crowned.folder)
    with open_predictor(champion().folder) as predictor, pytest.raises(UserError, match="no post that can be scored"):
        of_file(tmp_path / "posts.csv", None, predictor, tmp_path, SetAside(tmp_path / "rejected.csv", 1))


def test_a_file_or_folder_that_is_not_there_is_named(
    crowned: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(crowned.folder)
    aside = SetAside(tmp_path / "rejected.csv", 1)
    with open_predictor(champion().folder) as predictor:
        with pytest.raises(UserError, match=r"nowhere\.csv is not there"):
            of_file(Path("nowhere.csv"), None, predictor, tmp_path, aside)
        with pytest.raises(UserError, match="nowhere is not there"):
            of_file(Path("data/raw/demo/test_data.csv"), Path("nowhere"), predictor, tmp_path, aside)


def test_a_batch_gets_the_very_predictions_without_labels_dataset_or_other_models(
    changed: Project, of_the_dag: pd.DataFrame
) -> None:
    gone = ("data/raw", "data/labels", "data/photos", "predictions", "models/rf", "models/cnn", "models/image",
            "models/multimodal", "models/dictionaries")  # fmt: skip
    for place in gone:
        shutil.rmtree(changed.folder / place)
    for table in ("dataset", "test_labels"):
        (changed.folder / f"data/{table}.parquet").unlink()
    changed.command("popularity", "predict", "--batch", "demo")
    found = scores(changed.folder / "monitoring/scores/demo.parquet")
    assert len(found) == 150
    pd.testing.assert_frame_equal(found.loc[of_the_dag.index], of_the_dag, check_exact=True)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"weights_sha256": "f" * 64}, "embedded by efficientnet_lite0 with weights ffff"),
        ({"runtime": "onnxruntime 0.1"}, r"on onnxruntime 0\.1, but v0001 reads .*\n.*image_embeddings\.runtime"),
    ],
)
def test_embeddings_by_other_weights_or_on_another_runtime_are_refused(
    changed: Project, other: dict[str, str], said: str
) -> None:
    meta = changed.folder / "data/embeddings/demo/meta.json"
    made = read_json(meta)
    meta.unlink()  # it may be a link into DVC's cache
    write_json(meta, made | other)
    assert re.search(said, changed.refusal("predict", "--batch", "demo"))
    assert not (changed.folder / "monitoring/scores").exists()


def rewrite_facts(project: Project, **facts: object) -> None:
    """Have the champion's bundle say something else; what is None goes."""
    file = project.folder / "models/champions/v0001/bundle.json"
    said = read_json(file) | facts
    write_json(file, {name: value for name, value in said.items() if value is not None})


@pytest.mark.parametrize("said", [{"all_posts": "cnn"}, None], ids=["told", "made before bundles told"])
def test_a_champion_that_never_saw_a_photo_scores_all_posts_by_its_cnn_and_says_so(
    bare: Project, crawl: Path, of_the_dag: pd.DataFrame, said: dict[str, str] | None
) -> None:
    shutil.rmtree(bare.folder / "models/champions/v0001/models/multimodal/posts_with_photo")
    rewrite_facts(bare, serves=said, files=said and digests(bare.folder / "models/champions/v0001"))
    options = ("--data", f"{crawl}/test_data.csv", "--photos", str(crawl), "--out", "scores.parquet")
    assert "no model of posts with a photo" in bare.command("popularity", "predict", *options)
    assert scores(bare.folder / "scores.parquet")["model"].tolist() == ["cnn"] * len(of_the_dag)


def test_a_bundle_made_before_bundles_told_what_serves_scores_as_it_did(
    changed: Project, of_the_dag: pd.DataFrame
) -> None:
    assert read_json(changed.folder / "models/champions/v0001/bundle.json")["serves"] == {
        "all_posts": "cnn",
        "posts_with_photo": "multimodal",
    }
    rewrite_facts(changed, serves=None, files=None)
    changed.command("popularity", "predict", "--batch", "demo")
    found = scores(changed.folder / "monitoring/scores/demo.parquet")
    pd.testing.assert_frame_equal(found.loc[of_the_dag.index], of_the_dag, check_exact=True)


def test_outputs_that_are_out_of_date_make_no_bundle(changed: Project) -> None:
    changed.set_param("fuse.epochs", 2)
    assert re.search(r"out of date: fuse\b.*\n.*dvc repro", changed.refusal("champion", "create"))
    shutil.rmtree(changed.folder / "models/image")
    assert "train_image" in changed.refusal("champion", "create")
    assert [path.name for path in (changed.folder / "models/champions").iterdir() if path.is_dir()] == ["v0001"]


def test_the_champions_own_models_make_no_second_bundle_and_others_do(changed: Project) -> None:
    assert "v0001 holds these very models" in changed.refusal("champion", "create")
    changed.set_param("fuse.epochs", 2)
    changed.repro()
    said = changed.command("popularity", "champion", "create")
    assert "v0002 is made, and v0001 is still the champion" in said
    changed.command("popularity", "champion", "rollback", "v0002")
    assert (changed.folder / paths.CURRENT_CHAMPION).read_text() == "v0002\n"


def test_the_same_models_make_a_new_bundle_where_the_old_one_cannot_be_compared_with(changed: Project) -> None:
    bundle = changed.folder / "models/champions/v0001"
    (bundle / "reference/past.parquet").unlink()
    sign(bundle)
    assert "v0002 is made, and v0001 is still the champion" in changed.command("popularity", "champion", "create")


def test_an_empty_cache_is_no_reason_to_refuse(changed: Project) -> None:
    shutil.rmtree(changed.folder / "models/champions")
    shutil.rmtree(changed.folder / ".dvc/cache")
    assert "v0001 is the champion" in changed.command("popularity", "champion", "create")


def test_the_bundle_says_what_it_was_made_from(crowned: Project) -> None:
    facts = read_json(crowned.folder / "models/champions/v0001/bundle.json")
    assert facts["batches"] == ["demo"]
    assert facts["params"] == load_settings(crowned.folder / "params.yaml").model_dump(mode="json")
    assert facts["metrics"] == read_json(crowned.folder / paths.metrics("evaluate"))
    assert facts["backbone"]["weights_sha256"].startswith("579344248a93e230")


def test_the_same_outputs_give_the_same_bundle(changed: Project) -> None:
    first = changed.bytes_of("models/champions")
    shutil.rmtree(changed.folder / "models/champions")
    changed.command("popularity", "champion", "create")
    assert changed.bytes_of("models/champions") == first


def test_equal_models_do_not_differ_on_rows_that_the_champion_was_not_fitted_on(
    changed: Project, of_the_dag: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(changed.folder)
    with pytest.raises(UserError, match="v0001 was not fitted on"):
        compare_with_dag(champion(), seed=1)
    facts = paths.champion("v0001") / "bundle.json"
    write_json(facts, read_json(facts) | {"batches": ["earlier"]})
    found = compare_with_dag(champion(), seed=1)
    assert (found.difference, found.low, found.high, found.promotes) == (0, 0, 0, False)
    assert found.posts == len(of_the_dag)
    Ages(30.0, 60.0, undated=False).save(paths.champion("v0001") / FOLDER)
    sign(paths.champion("v0001"))
    n = len(of_the_dag)
    with pytest.raises(UserError, match=f"{n} of {n} labels were read 3 days after posting"):
        compare_with_dag(champion(), seed=1)


def test_what_the_rest_of_a_bundle_cannot_say_costs_no_score(
    changed: Project, crawl: Path, of_the_dag: pd.DataFrame
) -> None:
    facts = changed.folder / "models/champions/v0001/bundle.json"
    params = read_json(facts)["params"]
    write_json(facts, read_json(facts) | {"params": params | {"monitoring": {"draws": "many"}}})
    said = changed.refusal("predict", "--data", f"{crawl}/test_data.csv", "--out", "scores.csv")
    assert "this version of the project cannot read params.monitoring" in said
    assert set(scores(changed.folder / "scores.csv").index) == set(of_the_dag.index)


def test_a_worse_champion_gives_way(changed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(changed.folder)
    bundle = paths.champion("v0001")
    write_json(bundle / "bundle.json", read_json(bundle / "bundle.json") | {"batches": ["earlier"]})
    there = champion()
    for name, population in (("cnn", "all_posts"), ("multimodal", "posts_with_photo")):
        model = there.model(name, population)
        scales = read_json(model / "scales.json")
        write_json(model / "scales.json", scales | {"label_mean": scales["label_mean"] + 9})
    sign(bundle)
    found = compare_with_dag(champion(), seed=1)
    assert found.promotes
    assert found.champion_mae > found.candidate_mae


def test_diff_shows_both_sides_and_tells_no_difference_between_equal_models(
    crowned: Project, of_the_dag: pd.DataFrame
) -> None:
    said = crowned.command("popularity", "champion", "diff")
    assert re.findall(r"^ *(with photo|all posts) +(v0001|the DAG) +(\w+)", said, re.MULTILINE) == [
        ("with photo", "v0001", "multimodal"),
        ("with photo", "the DAG", "multimodal"),
        ("all posts", "v0001", "cnn"),
        ("all posts", "the DAG", "cnn"),
    ]
    assert "no different: MAE" in said
    assert f"difference +0.000 (+0.000 to +0.000), {len(of_the_dag)} test posts of" in said


def test_diff_leaves_out_test_posts_that_the_champion_may_have_learned_from(changed: Project) -> None:
    facts = read_json(changed.folder / "models/champions/v0001/bundle.json")
    dataset = facts["params"]["dataset"] | {"split": {"mode": "time", "test_share": 0.2, "newest": []}}
    rewrite_facts(changed, params=facts["params"] | {"dataset": dataset})
    assert "no test post lies in a batch that v0001 was not fitted on" in changed.refusal("champion", "diff")
