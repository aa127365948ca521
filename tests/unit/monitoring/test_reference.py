"""The reference of a champion, from the outputs of the DAG."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity import paths
from popularity.dataset.features import FeatureMaker
from popularity.dataset.table import read_dataset
from popularity.errors import UserError
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.reference import FIXED, Reference, over_own_mean, write_reference
from popularity.posts import read_table
from popularity.settings import BESIDE_FEATURES, CON_SOC, compared, load_settings

BUNDLE = paths.champion("v0001")


def test_a_label_over_the_mean_of_the_users_other_labels() -> None:
    uid, label = np.array([1, 1, 1, 2]), np.array([1.0, 2.0, 6.0, 4.0])
    assert over_own_mean(uid, label).tolist() == [-3.0, -1.5, 4.5, 1.0]


@pytest.mark.usefixtures("champion")
def test_it_holds_the_latest_training_rows_in_every_column_of_drift() -> None:
    reference = Reference.load(BUNDLE)
    dataset = read_dataset(paths.DATASET).frame
    train = dataset[dataset["split"] == "train"].sort_values("postdate")
    latest = train[-round(len(train) * load_settings().monitoring.latest_share) :]
    assert {name.split("_")[0] if "embedding" in name else name for name in reference.frame} == {
        *compared(CON_SOC), *BESIDE_FEATURES,
    }  # fmt: skip
    rows, options = dataset[dataset["split"] == "train"], load_settings().dataset
    maker, X = FeatureMaker.fit_transform(rows, rows["label"].to_numpy(), rows["fold"].to_numpy(), options)
    scores = pd.Series(X[:, maker.names.index("tag_score")], index=rows.index)
    assert reference.frame["tag_score"].dropna().tolist() == scores[latest.index].tolist()
    assert set(reference.thresholds.columns) == set(reference.frame) - set(FIXED)
    assert reference.users.knows(train["uid"].to_numpy()).all()


@pytest.mark.usefixtures("champion")
def test_a_post_that_the_dataset_left_out_shifts_no_other() -> None:
    dataset = read_dataset(paths.DATASET).frame
    left_out = dataset.index[dataset["split"] == "train"][0]
    dataset = dataset.drop(index=left_out).reset_index(drop=True)
    dataset.to_parquet(paths.DATASET)
    write_reference(BUNDLE, load_settings())
    reference = read_table(BUNDLE / "reference/reference.parquet")
    train = dataset[dataset["split"] == "train"].sort_values(["postdate", "pid"])
    posts = read_table(paths.posts("demo")).set_index("pid").loc[train["pid"]][-len(reference) :]
    assert reference["deslen"].tolist() == posts["deslen"].tolist()


@pytest.mark.usefixtures("champion")
def test_predictions_are_those_of_posts_that_no_part_of_the_model_saw_where_there_are_enough() -> None:
    dataset = read_dataset(paths.DATASET).frame
    test = set(dataset["pid"][dataset["split"] == "test"])
    predictions = read_table(paths.predictions("cnn"))
    assert len(test) < 100
    few = set(Reference.load(BUNDLE).frame["prediction"].dropna())
    assert few <= set(predictions["prediction"][~predictions["pid"].isin(test)])
    relabelled = dataset.assign(split=dataset["split"].mask(dataset["postdate"].rank() % 3 == 0, "test"))
    relabelled.to_parquet(paths.DATASET)
    write_reference(BUNDLE, load_settings())
    test = set(relabelled["pid"][relabelled["split"] == "test"])
    many = set(Reference.load(BUNDLE).frame["prediction"].dropna())
    assert many == set(predictions["prediction"][predictions["pid"].isin(test)])


@pytest.mark.usefixtures("champion")
def test_the_same_outputs_make_the_same_bytes() -> None:
    def content() -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in sorted((BUNDLE / "reference").iterdir())}

    first = content()
    write_reference(BUNDLE, load_settings())
    assert content() == first
    assert set(first) == {
        "reference.parquet", "labels.parquet", "errors.parquet", "thresholds.json", "ages.json", "user_mean.json",
        "embedding.npz",
    }  # fmt: skip


@pytest.mark.usefixtures("champion")
def test_known_labels_stand_beside_what_was_expected_by_who_had_not_seen_them() -> None:
    dataset = read_dataset(paths.DATASET).frame
    predictions = read_table(paths.predictions("cnn")).set_index("pid")["prediction"]
    train = dataset[dataset["split"] == "train"].set_index("pid")
    known = KnownLabels.load(BUNDLE / "reference")
    assert known.label.tolist() == train["label"][known.pid].tolist()
    assert known.prediction.tolist() == predictions[known.pid].tolist()
    others = train[(train["uid"] == known.uid[0]) & (train.index != known.pid[0])]
    assert known.user_mean[0] == pytest.approx(others["label"].mean())
    test = dataset["split"].mask(dataset["postdate"].rank() % 3 == 0, "test")
    dataset.assign(split=test, label=dataset["label"].where(test != "test")).to_parquet(paths.DATASET)
    write_reference(BUNDLE, load_settings())
    known = KnownLabels.load(BUNDLE / "reference")
    assert set(known.pid) == set(dataset["pid"][test == "test"])
    labels = read_table(paths.labels("demo")).set_index("pid")["label"]
    assert known.label.tolist() == labels[known.pid].tolist()
    rest = dataset[test == "train"]
    assert known.user_mean[0] == pytest.approx(rest["label"][rest["uid"] == known.uid[0]].mean())


@pytest.mark.usefixtures("champion")
def test_words_of_training_rows_count_as_unseen_where_only_their_own_fold_has_them() -> None:
    posts = read_table(paths.text("demo"))
    posts["tags"] = [[f"own{n}"] for n in range(len(posts))]
    posts["title"] = [[] for _ in range(len(posts))]
    posts.to_parquet(paths.text("demo"))
    write_reference(BUNDLE, load_settings())
    assert set(Reference.load(BUNDLE).frame["unseen_tokens"].dropna()) == {1.0}


def test_a_bundle_without_a_reference_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="popularity champion create"):
        Reference.load(tmp_path)


@pytest.mark.usefixtures("champion")
def test_counts_are_compared_as_logarithms_where_the_models_read_them_so() -> None:
    raw = read_table(BUNDLE / "reference/reference.parquet")
    pd.testing.assert_series_equal(Reference.load(BUNDLE).frame["avgview"], np.log1p(raw["avgview"]))
