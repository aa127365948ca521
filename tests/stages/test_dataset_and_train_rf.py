"""Stages dataset and train_rf in a small project of their own."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from kit.batch_tables import write_batch
from kit.project import set_param
from popularity import paths
from popularity.dataset.features import FeatureMaker
from popularity.dataset.joining import COPIES_A_TEST_POST, join_batches
from popularity.dataset.table import read_dataset
from popularity.errors import UserError
from popularity.files import read_json
from popularity.models.forest import Forest
from popularity.models.on_evidence import FEATURES
from popularity.posts import LABELS, LINKS, POSTS, read_table, write_table
from popularity.settings import load_settings
from popularity.text.features import TEXT
from stages import dataset, train_rf

PROJECT = Path(__file__).parents[2]


def write_posts(name, pids, *, pending=0):
    """Posts of six users, every fifth a test row, every second with a photo; the last `pending` have no label."""
    rng = np.random.default_rng(min(pids))
    n = len(pids)
    posts = pd.DataFrame({field: rng.poisson(9, n).astype(float) for field in POSTS.names})
    posts["pid"], posts["uid"], posts["postdate"] = pids, rng.integers(1, 7, n), rng.integers(10**9, 2 * 10**9, n)
    label = posts["uid"] + rng.normal(0, 0.3, n)
    label[n - pending :] = np.nan
    alive = np.arange(n) % 2 == 0
    posts = posts.assign(
        commentcount=np.nan, alltags="", title="", description="", image_url="",
        label=label, given_split=np.where(np.arange(n) % 5 == 0, "test", "train"),
        alive=alive, sha256=[f"{pid:064x}" if here else "" for pid, here in zip(pids, alive, strict=True)],
        width=9, height=9,
    )  # fmt: skip

    text = pd.DataFrame({"pid": pids, "sentiment": rng.uniform(0, 4, n)})
    text["tags"] = [list(rng.choice(list("abcde"), 2, replace=False)) for _ in pids]
    text["title"] = [["word"]] * n
    write_batch(name, posts, text)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with batches a (100 posts) and b (20 posts, 5 of them pending), and c, which params don't name."""
    monkeypatch.chdir(tmp_path)
    params = yaml.safe_load((PROJECT / "params.yaml").read_text())
    params["batches"] = {name: {"source": "smp", "path": f"data/raw/{name}"} for name in "ab"}
    params["demo"]["batches"] = []
    params["train_rf"]["trees"] = 10
    paths.PARAMS.write_text(yaml.safe_dump(params))
    paths.EXPECTATIONS.symlink_to(PROJECT / "expectations")
    write_posts("a", list(range(1, 101)))
    write_posts("b", list(range(201, 221)), pending=5)
    write_posts("c", list(range(301, 311)))
    return tmp_path


def test_only_named_batches_are_joined_and_every_row_is_counted(project):
    dataset.main()
    metrics = read_json(paths.metrics("dataset"))
    assert (metrics["rows_in"], metrics["rows_out"], metrics["dropped"]) == (120, 120, {})
    assert metrics["batches"] == {"a": 100, "b": 20}
    assert metrics["splits"]["all_posts"] == {"train": 92, "test": 23, "pending": 5}
    assert metrics["empty"] == ["avgview"]
    assert metrics["doubts"] == []


@pytest.mark.parametrize("lost", [paths.posts, paths.labels, paths.links, paths.text, paths.embeddings])
def test_a_batch_without_all_of_its_tables_is_left_out_and_told(project, capsys, lost):
    lost("b").rename("elsewhere")
    dataset.main()
    metrics = read_json(paths.metrics("dataset"))
    assert (metrics["batches"], metrics["left_out"]) == ({"a": 100}, ["b"])
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "warning: b is left out: not all of its tables are there, see `dvc status`"
    Path("elsewhere").rename(lost("b"))
    dataset.main()
    assert read_json(paths.metrics("dataset"))["left_out"] == []


def test_a_batch_of_whose_words_the_dictionary_holds_none_is_told(project, capsys):
    text = read_table(paths.text("b"))
    text["title"] = [[f"日{pid}"] for pid in text["pid"]]
    text["tags"] = [[] for _ in text["pid"]]
    write_table(paths.text("b"), text, TEXT)
    dataset.main()
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: batch")]
    assert told == [
        "warning: batch b: title_score is the same for every post: the dictionary holds none of the 20 words "
        "(日201, 日202, 日203, ...)"
    ]
    assert list(read_json(paths.metrics("dataset"))["strange_words"]) == ["b"]


def test_labels_are_on_training_rows_alone_and_test_labels_apart(project):
    dataset.main()
    frame = read_dataset(paths.DATASET).frame
    assert (frame["label"].notna() == (frame["split"] == "train")).all()
    assert (frame.loc[frame["split"] != "train", ["group", "fold"]] == -1).all(axis=None)
    assert list(read_table(paths.TEST_LABELS)["pid"]) == list(frame.loc[frame["split"] == "test", "pid"])


def test_test_labels_change_neither_the_dataset_nor_the_dictionaries(project):
    dataset.main()
    outputs = [paths.DATASET, *sorted(paths.DICTIONARIES.iterdir())]
    before = [path.read_bytes() for path in outputs]
    labels = read_table(paths.labels("a"))
    labels.loc[labels["given_split"] == "test", "label"] += 5
    write_table(paths.labels("a"), labels, LABELS)
    dataset.main()
    assert [path.read_bytes() for path in outputs] == before


def test_a_pid_of_unlike_posts_in_two_batches_is_refused_with_both_named(project):
    posts = read_table(paths.posts("b"))
    write_table(paths.posts("b"), posts.assign(pid=posts["pid"].replace(201, 1)), POSTS)
    with pytest.raises(UserError, match=r"1 pids .* pid 1 has another user or date in a and b"):
        dataset.main()


def test_posts_of_two_batches_that_overlap_are_kept_once_and_told(project, capsys):
    """b is a's crawl once more, with labels that were read again."""
    dataset.main()
    before = read_dataset(paths.DATASET).frame
    for path in (paths.posts, paths.labels, paths.links, paths.text):
        shutil.copy(path("a"), path("b"))
    labels = read_table(paths.labels("b"))
    write_table(paths.labels("b"), labels.assign(label=labels["label"] + 1, seen=3e9), LABELS)
    dataset.main()
    metrics = read_json(paths.metrics("dataset"))
    assert (metrics["rows_in"], metrics["rows_out"], metrics["dropped"]) == (
        200,
        100,
        {"post of an earlier batch": 100},
    )
    frame = read_dataset(paths.DATASET).frame
    assert (frame["batch"] == "a").all()
    own = before[before["batch"] == "a"].set_index("pid")["label"]
    np.testing.assert_allclose(frame.set_index("pid")["label"], own + 1)
    assert "note: b: 100 posts are of an earlier batch" in capsys.readouterr().out


def test_a_table_that_lacks_a_post_is_refused_with_the_pid_named(project):
    write_table(paths.text("a"), read_table(paths.text("a")).iloc[1:], TEXT)
    with pytest.raises(UserError, match=r"text/a.parquet .*pid 1\)"):
        dataset.main()


def test_adding_a_batch_moves_no_post_to_another_fold(project):
    dataset.main()
    before = read_dataset(paths.DATASET).frame.set_index("pid")["fold"]
    params = yaml.safe_load(paths.PARAMS.read_text())
    params["batches"]["c"] = {"source": "smp", "path": "data/raw/c"}
    paths.PARAMS.write_text(yaml.safe_dump(params))
    dataset.main()
    after = read_dataset(paths.DATASET).frame.set_index("pid")["fold"]
    assert (after[before.index] == before).all()


def give_photo(batch, pids, sha256):
    """Let posts show one photo."""
    links = read_table(paths.links(batch))
    links.loc[links["pid"].isin(pids), ["alive", "sha256"]] = True, sha256
    write_table(paths.links(batch), links, LINKS)


def test_a_training_post_that_copies_a_test_post_is_left_out_and_counted(project):
    give_photo("a", [1, 3], "x")  # 1 is a test post
    give_photo("a", [5, 7], "y")
    dataset.main()
    metrics = read_json(paths.metrics("dataset"))
    assert (metrics["rows_in"], metrics["rows_out"]) == (120, 119)
    assert metrics["dropped"] == {COPIES_A_TEST_POST: 1}
    assert metrics["splits"]["all_posts"] == {"train": 91, "test": 23, "pending": 5}
    assert metrics["copies"] == 2
    frame = read_dataset(paths.DATASET).frame.set_index("pid")
    assert 3 not in frame.index
    assert len(set(map(tuple, frame.loc[[5, 7], ["group", "fold"]].to_numpy()))) == 1


@pytest.mark.parametrize("mode", ["given", "time", "newest"])
def test_in_every_split_mode_no_training_post_shows_the_photo_of_a_test_post(project, mode):
    set_param(project, "dataset.split.mode", mode)
    set_param(project, "dataset.split.newest", ["b"])
    dataset.main()
    before = read_dataset(paths.DATASET).frame
    copies = {"a": range(1, 61), "b": range(201, 216)}
    for batch, pids in copies.items():
        give_photo(batch, pids, "x")
    dataset.main()
    frame = read_dataset(paths.DATASET).frame
    shown = {pid for pids in copies.values() for pid in pids}
    left_out = set(before["pid"]) - set(frame["pid"])
    assert left_out == set(before.loc[before["split"] == "train", "pid"]) & shown != set()
    assert list(frame.loc[frame["split"] == "test", "pid"]) == list(before.loc[before["split"] == "test", "pid"])
    assert read_json(paths.metrics("dataset"))["dropped"] == {COPIES_A_TEST_POST: len(left_out)}


def test_what_is_left_out_changes_neither_features_nor_forest(project):
    give_photo("a", [1, 3], "x")
    outputs = [paths.DATASET, paths.DICTIONARIES / "tags.csv", paths.predictions("rf")]
    dataset.main()
    train_rf.main()
    before = [path.read_bytes() for path in outputs]
    labels = read_table(paths.labels("a"))
    labels.loc[labels["pid"] == 3, "label"] += 5
    write_table(paths.labels("a"), labels, LABELS)
    dataset.main()
    train_rf.main()
    assert [path.read_bytes() for path in outputs] == before


def test_where_every_training_post_copies_a_test_post_the_error_says_so(project):
    for batch, pids in (("a", range(1, 101)), ("b", range(201, 221))):
        give_photo(batch, pids, "x")
    with pytest.raises(UserError, match="copies no test post"):
        dataset.main()


def test_both_stages_write_the_same_bytes_again(project):
    def outputs():
        dataset.main()
        train_rf.main()
        written = [paths.DATASET, paths.predictions("rf"), paths.plot("importances"), paths.METRICS, paths.MODELS]
        files = [f for path in written for f in ([path] if path.is_file() else sorted(path.rglob("*.*")))]
        return {str(f): f.read_bytes() for f in files}

    assert outputs() == outputs()


def test_train_rf_predicts_every_row_of_both_populations(project):
    dataset.main()
    train_rf.main()
    predictions = read_table(paths.predictions("rf"))
    assert predictions["population"].value_counts().to_dict() == {"all_posts": 120, "posts_with_photo": 60}
    assert predictions["prediction"].notna().all()
    importances = pd.read_csv(paths.plot("importances"))
    assert len(importances) == 11
    assert importances["importance"].is_monotonic_decreasing


def test_a_critical_rule_stops_dataset_before_anything_is_written(project):
    labels = read_table(paths.labels("a"))
    labels.loc[labels["pid"] == 2, "label"] = 5000.0
    write_table(paths.labels("a"), labels, LABELS)
    with pytest.raises(UserError, match=r"label values must .*; 1 of \d+ rows are not so, pids 2 "):
        dataset.main()
    assert paths.quality("dataset").exists()
    assert not paths.DATASET.exists()
    assert not paths.MODELS.exists()


def test_a_critical_rule_stops_train_rf_before_anything_is_written(project, monkeypatch):
    dataset.main()
    monkeypatch.setattr(Forest, "predict", lambda self, X: np.full(len(X), np.nan))
    with pytest.raises(
        UserError, match=r"predictions of rf breaks .*\n.* prediction values must .*; 180 of \d+ rows are not so"
    ):
        train_rf.main()
    assert paths.quality("predictions", "rf").exists()
    assert not paths.model("rf").exists()
    assert not paths.predictions("rf").exists()


def test_labels_that_are_all_the_same_are_told_on_the_terminal_and_in_the_counts(project, capsys):
    for batch in "ab":
        labels = read_table(paths.labels(batch))
        write_table(
            paths.labels(batch), labels.assign(label=labels["label"].where(labels["label"].isna(), 7.5)), LABELS
        )
    dataset.main()
    doubt = "all training posts have the label 7.5: there is nothing to learn"
    assert read_json(paths.metrics("dataset"))["doubts"] == [doubt]
    assert f"warning: {doubt}\n" in capsys.readouterr().err


def test_what_may_hold_the_post_itself_is_left_empty_in_batches_that_were_read_at_the_crawl(project, capsys):
    given = pd.concat([pd.read_parquet(paths.posts(name)) for name in "ab"]).set_index("pid")["avgview"]
    set_param(project, "batches.b.read", "as_of_post")
    for name in ("pre_publication", "paper14"):
        set_param(project, "dataset.profile", name)
        joined = join_batches(load_settings().batches, name).set_index("pid")
        emptied = joined["batch"].eq("a") & (name == "pre_publication")
        assert joined["avgview"].isna().equals(emptied)
        assert joined["avgview"][~emptied].equals(given[joined.index][~emptied])
    dataset.main()
    assert read_json(paths.metrics("dataset"))["emptied"] == []
    set_param(project, "dataset.profile", "pre_publication")
    dataset.main()
    assert read_json(paths.metrics("dataset"))["emptied"] == ["a"]
    assert "note: avgview may hold the post itself and is left empty in a, which" in capsys.readouterr().out


def test_no_model_of_the_default_profile_reads_what_is_known_later_or_an_id(project):
    dataset.main()
    train_rf.main()
    features = FeatureMaker.load(paths.model("rf") / "all_posts" / FEATURES).names
    assert not {"commentcount", "pid", "uid"} & set(features)
    assert len(features) == 11
    assert "commentcount" not in read_dataset(paths.DATASET).frame.columns


def test_batches_whose_labels_count_something_else_are_not_joined(project):
    set_param(project, "batches.a.of", "views")
    dataset.main()
    set_param(project, "batches.b.of", "likes")
    with pytest.raises(UserError, match=r"labels count views .*but of these batches something else: b likes"):
        dataset.main()
    set_param(project, "label.of", "likes")
    with pytest.raises(UserError, match="something else: a views"):
        dataset.main()
