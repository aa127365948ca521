"""The reference of a champion, from the outputs of the DAG."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popularity import paths
from popularity.dataset.table import read_dataset
from popularity.errors import UserError
from popularity.monitoring.described import Described
from popularity.monitoring.known_labels import KnownLabels
from popularity.monitoring.make_reference import AtHorizon, latest_of_each_user, over_own_mean, write_reference
from popularity.monitoring.reference import Reference
from popularity.posts import read_table
from popularity.settings import BESIDE_FEATURES, CON_SOC, compared, load_settings

BUNDLE = paths.champion("v0001")


def test_a_label_over_the_mean_of_the_users_other_labels() -> None:
    uid, label = np.array([1, 1, 1, 2]), np.array([1.0, 2.0, 6.0, 4.0])
    assert over_own_mean(uid, label).tolist() == [-3.0, -1.5, 4.5, 1.0]


def test_latest_are_each_users_last_posts_and_at_least_one() -> None:
    uid = np.array([1, 2, 1, 1, 1, 1])  # a quarter of five posts is two, of one post that one
    assert latest_of_each_user(uid, 0.25).tolist() == [False, True, False, False, True, True]


def test_where_most_users_posted_once_the_latest_posts_of_all_are_taken() -> None:
    assert latest_of_each_user(np.arange(8), 0.25).tolist() == [False] * 6 + [True] * 2


def latest_training_rows() -> pd.DataFrame:
    dataset = read_dataset(paths.DATASET).frame
    train = dataset[dataset["split"] == "train"].sort_values(["postdate", "pid"])
    return train[latest_of_each_user(train["uid"].to_numpy(), load_settings().monitoring.latest_share)]


@pytest.mark.usefixtures("champion")
def test_it_holds_each_users_latest_training_rows_in_every_column_of_drift() -> None:
    reference = Reference.load(BUNDLE)
    assert {name.split("_")[0] if "embedding" in name else name for name in reference.rows.frame} == {
        *compared(CON_SOC), *BESIDE_FEATURES,
    }  # fmt: skip
    assert reference.rows.uid[: len(latest_training_rows())].tolist() == latest_training_rows()["uid"].tolist()
    # haspeople, and what a small world's dictionaries leave, may be constant; nothing else is without a limit
    assert set(reference.rows.frame) - set(reference.thresholds.columns) <= {"haspeople", "sentiment"}
    assert reference.users.knows(reference.rows.uid).all()


@pytest.mark.usefixtures("champion")
def test_its_rows_are_seen_as_if_only_earlier_posts_were_known() -> None:
    reference, latest = Reference.load(BUNDLE), latest_training_rows()
    dataset = read_dataset(paths.DATASET).frame
    train = dataset[dataset["split"] == "train"]
    uid = latest["uid"].iloc[0]
    earlier = train[(train["uid"] == uid) & ~train["pid"].isin(latest["pid"])]
    first = reference.rows.frame.iloc[0]
    assert first["deslen"] == pytest.approx(np.log1p(latest["deslen"].iloc[0]) - np.log1p(earlier["deslen"]).mean())
    labels = dataset.set_index("pid")["label"]
    over = labels - read_table(paths.predictions("cnn")).set_index("pid")["prediction"]  # out of fold, of training rows
    assert reference.rows.frame["residual"].dropna().tolist() == pytest.approx(over[latest["pid"]].tolist())
    of_all = np.log1p(train[train["uid"] == uid]["avgview"]).mean()
    assert reference.known.past.means["avgview"][uid] == pytest.approx(of_all)  # as the models read it


@pytest.mark.usefixtures("champion")
def test_a_post_that_the_dataset_left_out_shifts_no_other() -> None:
    dataset = read_dataset(paths.DATASET).frame
    left_out = dataset.index[dataset["split"] == "train"][0]
    dataset.drop(index=left_out).reset_index(drop=True).to_parquet(paths.DATASET)
    write_reference(BUNDLE, load_settings())
    reference = Reference.load(BUNDLE)
    latest = latest_training_rows()["uid"].tolist()
    assert reference.rows.uid[: len(latest)].tolist() == latest


@pytest.mark.usefixtures("champion")
def test_predictions_are_those_of_posts_that_no_part_of_the_model_saw_where_there_are_enough() -> None:
    dataset = read_dataset(paths.DATASET).frame
    test = set(dataset["pid"][dataset["split"] == "test"])
    predictions = read_table(paths.predictions("cnn"))
    assert len(test) < 100
    few = set(Reference.load(BUNDLE).predictions)
    assert few <= set(predictions["prediction"][~predictions["pid"].isin(test)])
    relabelled = dataset.assign(split=dataset["split"].mask(dataset["postdate"].rank() % 3 == 0, "test"))
    relabelled.to_parquet(paths.DATASET)
    write_reference(BUNDLE, load_settings())
    test = set(relabelled["pid"][relabelled["split"] == "test"])
    reference = Reference.load(BUNDLE)
    assert set(reference.predictions) == set(predictions["prediction"][predictions["pid"].isin(test)])
    rest = reference.rows.frame[reference.rows.frame["unseen_users"].isna()]
    assert len(rest) == len(latest_training_rows())
    assert rest["prediction"].isna().all()


@pytest.mark.usefixtures("champion")
def test_nights_are_compared_with_what_the_champion_says_of_test_posts_at_its_horizon() -> None:
    dataset = read_dataset(paths.DATASET).frame
    dataset = dataset.assign(split=dataset["split"].mask(dataset["postdate"].rank() % 3 == 0, "test"))
    dataset.to_parquet(paths.DATASET)
    own = read_table(paths.predictions("cnn")).set_index("pid")["prediction"]
    write_reference(BUNDLE, load_settings())
    at_own_ages = Reference.load(BUNDLE)
    write_reference(BUNDLE, load_settings(), AtHorizon(30.0, own + 1))
    reference = Reference.load(BUNDLE)
    assert reference.ages.horizon == 30
    assert reference.predictions == pytest.approx(at_own_ages.predictions + 1)
    before, after = (one.rows.frame[["prediction", "residual"]].dropna() for one in (at_own_ages, reference))
    assert after["prediction"].to_numpy() == pytest.approx(before["prediction"].to_numpy() + 1)
    assert after["residual"].tolist() == before["residual"].tolist()  # of labels as old as they are
    rows, of = dataset.iloc[:30], np.where(np.arange(30) % 2, 30.0, 300.0)
    night = reference.describe(rows, np.zeros(30), None, of).frame["prediction"]
    assert night[::2].isna().all()
    assert night[1::2].notna().any()
    undated = reference.describe(rows.assign(age_days=of), np.zeros(30), None).frame["prediction"]  # labels came later
    assert undated[::2].notna().any()


@pytest.mark.usefixtures("champion")
def test_predictions_of_part_of_a_day_are_not_compared_and_residuals_are() -> None:
    reference, hour = Reference.load(BUNDLE), 3600
    rows = read_dataset(paths.DATASET).frame.dropna(subset="label").iloc[:30]
    hours = rows.assign(postdate=1_456_871_000 + hour * np.arange(30))  # a day and six hours
    night = reference.describe(hours, np.zeros(30), None).frame
    assert night["prediction"].isna().tolist() == [True] * 6 + [False] * 24
    assert night["residual"].tolist() == rows["label"].tolist()


@pytest.mark.usefixtures("champion")
def test_users_without_a_past_are_as_frequent_in_the_reference_as_in_the_batch() -> None:
    reference = Reference.load(BUNDLE)
    stranger = np.arange(len(reference.rows)) % 4 == 0
    reference = replace(reference, rows=replace(reference.rows, stranger=stranger))
    night = Described(reference.rows.frame[:20], np.arange(20), np.arange(20) < 10)  # half of them
    pair = reference.pair("deslen", night)
    assert pair is not None
    known = stranger[reference.rows.frame["deslen"].notna()]
    assert pair.times[known].sum() == pytest.approx(pair.times[~known].sum(), rel=0.2)
    strange = replace(night, frame=night.frame.assign(unseen_users=night.stranger.astype(float)))
    share = reference.pair("unseen_users", strange)
    assert share is not None
    assert set(share.times) == {1}
    few = replace(reference, rows=replace(reference.rows, stranger=np.arange(len(stranger)) < 9))
    pair = few.pair("deslen", night)
    assert pair is not None
    assert (len(pair.here), len(pair.there)) == (10, len(known) - 9)
    assert few.pair("deslen", replace(night, stranger=np.ones(20, dtype=bool))) is None


@pytest.mark.usefixtures("champion")
def test_residuals_of_a_champion_that_compared_labels_with_users_means_are_refused() -> None:
    file = BUNDLE / "reference" / "reference.parquet"
    table = read_table(file)
    assert Reference.is_in(BUNDLE)
    table.rename(columns={"over_score": "residual"}).to_parquet(file)
    assert not Reference.is_in(BUNDLE)
    with pytest.raises(UserError, match="made before labels were compared with its scores"):
        Reference.load(BUNDLE)


@pytest.mark.usefixtures("champion")
def test_the_same_outputs_make_the_same_bytes() -> None:
    def content() -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in sorted((BUNDLE / "reference").iterdir())}

    first = content()
    write_reference(BUNDLE, load_settings())
    assert content() == first
    assert set(first) == {
        "reference.parquet", "labels.parquet", "errors.parquet", "thresholds.json", "ages.json", "user_mean.json",
        "embedding.npz", "past.parquet",
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
def test_words_that_only_a_users_latest_posts_have_count_as_unseen() -> None:
    latest = latest_training_rows()["pid"]
    text = read_table(paths.text("demo"))
    text["tags"] = [["late"] if pid in set(latest) else ["early"] for pid in text["pid"]]
    text.to_parquet(paths.text("demo"))
    write_reference(BUNDLE, load_settings())
    assert set(Reference.load(BUNDLE).rows.frame["unseen_tags"].dropna()) == {1.0}


def test_a_bundle_without_a_reference_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="popularity champion create"):
        Reference.load(tmp_path)


@pytest.mark.usefixtures("champion")
def test_a_bundle_from_before_users_pasts_were_kept_says_so() -> None:
    (BUNDLE / "reference/past.parquet").unlink()
    assert not Reference.is_in(BUNDLE)
    with pytest.raises(UserError, match=r"made before users' own pasts were compared\n  next: .*champion create"):
        Reference.load(BUNDLE)
