"""The evaluate stage over real files, as the stages before it leave them."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from popularity import paths
from popularity.dataset import write_dataset
from popularity.errors import UserError
from popularity.features import FeatureMaker
from popularity.files import read_json, write_json
from popularity.posts import PREDICTIONS, TEST_LABELS, write_table
from popularity.text.dictionary import Dictionary
from stages import evaluate

HOSTILE = "<script>alert('x')</script>"
OUTPUTS = (paths.metrics("evaluate"), paths.plot("predictions"), paths.plot("residuals"), paths.EVALUATION_REPORT)
PARAMS = Path(__file__).parents[2] / "params.yaml"


class Project:
    """A project's folder just before evaluate runs; `write` may be called again after a change."""

    def __init__(self, posts: int = 400) -> None:
        random = np.random.default_rng(7)
        self.frame = pd.DataFrame(
            {
                "pid": np.arange(posts) + 1000,
                "uid": random.integers(1, 21, posts),
                "batch": "demo",
                "postdate": 1_300_000_000 + np.sort(random.integers(0, 6 * 365 * 86400, posts)),
                "split": np.repeat(["train", "test", "pending"], [posts * 3 // 4, posts // 5, posts // 20]),
                "has_photo": random.random(posts) < 0.5,
                "x_tag_score": random.normal(size=posts),
            }
        )
        train = self.frame["split"] == "train"
        self.frame["group"] = self.frame["pid"].where(train, -1)
        self.frame["fold"] = (self.frame["pid"] % 5).where(train, -1)
        self.truth = pd.Series(
            np.linspace(-2, 2, 21)[self.frame["uid"]] + random.normal(0, 1.2, posts) + 6, index=self.frame.index
        )
        self.error = {"rf": 0.9, "rf_naive": 0.95, "cnn": 0.8, "image": 1.6, "multimodal": 0.6}
        self.noise = {name: random.normal(size=posts) for name in self.error}
        self.reason = "label without post"

    def dictionary(self, tokens: list[str]) -> Dictionary:
        score = np.array([8.5, 3.25][: len(tokens)])
        return Dictionary(pd.Index(tokens, dtype=object), np.array([12, 7][: len(tokens)]), score, 6.0)

    def write(self) -> None:
        train, test = self.frame["split"] == "train", self.frame["split"] == "test"
        write_dataset(paths.DATASET, self.frame.assign(label=self.truth.where(train)), ("tag_score",))
        test_labels = pd.DataFrame({"pid": self.frame["pid"], "label": self.truth})[test]
        write_table(paths.TEST_LABELS, test_labels, TEST_LABELS)
        for name, error in self.error.items():
            predicted = pd.DataFrame({"pid": self.frame["pid"], "prediction": self.truth + error * self.noise[name]})
            with_photo = predicted[
                self.frame["has_photo"] & self.frame.loc[self.frame["has_photo"], "split"].eq("train").any()
            ]
            populations = [with_photo.assign(population="posts_with_photo")]
            if name in ("rf", "rf_naive", "cnn"):
                populations.append(predicted.assign(population="all_posts"))
            write_table(paths.predictions(name), pd.concat(populations), PREDICTIONS)
        words = {"tag_score": [HOSTILE, "sea"], "title_score": []}
        FeatureMaker((), {name: self.dictionary(tokens) for name, tokens in words.items()}).save(paths.DICTIONARIES)
        n = len(self.frame)
        write_json(paths.metrics("ingest", "demo"), {"rows_in": n + 3, "rows_out": n, "dropped": {self.reason: 3}})
        alive = int(self.frame["has_photo"].sum())
        write_json(
            paths.metrics("filter_links", "demo"),
            {"rows_in": n, "rows_out": alive, "dropped": {"not an image": n - alive}},
        )
        write_json(
            paths.metrics("dataset"),
            {
                "rows_in": n + 2,
                "rows_out": n,
                "dropped": {"copies a test post": 2},
                "copies": 1234,
                "empty": ["haspeople"],
                "constant": [],
            },
        )
        write_json(
            paths.metrics("train_rf"),
            {"importances": {p: {"tag_score": 0.6, "uid": 0.4} for p in ("all_posts", "posts_with_photo")}},
        )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    paths.PARAMS.write_text(PARAMS.read_text(encoding="utf-8"), encoding="utf-8")
    return Project()


@pytest.fixture
def page(project: Project) -> Callable[[], str]:
    def run() -> str:
        project.write()
        evaluate.main()
        return paths.EVALUATION_REPORT.read_text(encoding="utf-8")

    return run


def test_the_page_counts_copies_and_what_was_left_out_for_them(page: Callable[[], str]) -> None:
    text = page()
    assert "1,234 posts show the photo of an earlier post" in text
    assert "2 training posts that show the photo of a test post are left out" in text


def test_every_model_of_a_population_has_the_same_n(project: Project, page: Callable[[], str]) -> None:
    page()
    metrics = read_json(paths.metrics("evaluate"))
    assert metrics.pop("profile") == "paper14"
    gap, of = metrics.pop("dictionary_gap"), metrics["all_posts"]
    for split in ("validation", "test"):
        assert gap[split] == of["rf_naive"][split]["spearman"] - of["rf"][split]["spearman"]
    assert {p: list(models) for p, models in metrics.items()} == {
        "all_posts": ["user_mean", "rf", "rf_naive", "cnn"],
        "posts_with_photo": ["user_mean", "rf", "rf_naive", "cnn", "image", "multimodal"],
    }
    rows = {"all_posts": project.frame, "posts_with_photo": project.frame[project.frame["has_photo"]]}
    for population, models in metrics.items():
        splits = rows[population]["split"].value_counts()
        for scores in models.values():
            assert (scores["validation"]["n"], scores["test"]["n"]) == (splits["train"], splits["test"])


def test_mae_is_of_the_predictions_on_test_rows(project: Project, page: Callable[[], str]) -> None:
    page()
    test = (project.frame["split"] == "test").to_numpy()
    expected = np.abs(project.error["rf"] * project.noise["rf"][test]).mean()
    assert read_json(paths.metrics("evaluate"))["all_posts"]["rf"]["test"]["mae"] == pytest.approx(expected)


def test_a_second_run_writes_the_same_bytes(page: Callable[[], str]) -> None:
    page()
    first = [path.read_bytes() for path in OUTPUTS]
    page()
    assert [path.read_bytes() for path in OUTPUTS] == first


def test_a_missing_prediction_names_file_population_and_post(project: Project) -> None:
    project.write()
    path = paths.predictions("cnn")
    whole = pd.read_parquet(path)
    write_table(path, whole.drop(whole.index[whole["population"] == "all_posts"][4]), PREDICTIONS)
    with pytest.raises(UserError, match=r"predictions/cnn\.parquet: all_posts has no prediction for 1 of 380 .* 1004"):
        evaluate.main()


def test_a_prediction_that_is_not_a_number_is_refused(project: Project) -> None:
    project.noise["image"][int(np.flatnonzero(project.frame["has_photo"])[0])] = np.nan
    project.write()
    with pytest.raises(UserError, match=r"predictions/image\.parquet"):
        evaluate.main()


def test_a_test_row_without_its_label_is_refused(project: Project) -> None:
    project.write()
    write_table(paths.TEST_LABELS, pd.read_parquet(paths.TEST_LABELS).iloc[1:], TEST_LABELS)
    with pytest.raises(UserError, match=r"test_labels\.parquet: no label for 1 posts, first pid 1300"):
        evaluate.main()


def test_test_labels_change_test_figures_only(project: Project) -> None:
    project.write()
    evaluate.main()
    before = read_json(paths.metrics("evaluate"))
    labels = pd.read_parquet(paths.TEST_LABELS)
    write_table(paths.TEST_LABELS, labels.assign(label=labels["label"].to_numpy()[::-1]), TEST_LABELS)
    evaluate.main()
    after = read_json(paths.metrics("evaluate"))
    for population in ("all_posts", "posts_with_photo"):
        for model, scores in before[population].items():
            assert after[population][model]["validation"] == scores["validation"]
            assert after[population][model]["test"] != scores["test"]


def test_no_photo_alive_leaves_one_population_and_says_so(project: Project, page: Callable[[], str]) -> None:
    project.frame["has_photo"] = False
    html = page()
    assert list(read_json(paths.metrics("evaluate"))) == ["profile", "dictionary_gap", "all_posts"]
    assert "Not modelled." in html
    assert set(pd.read_csv(paths.plot("predictions"))["population"]) == {"all_posts"}


def test_no_test_row_gives_null_figures_and_says_so(project: Project, page: Callable[[], str]) -> None:
    project.frame = project.frame[project.frame["split"] == "train"]
    project.truth = project.truth[project.frame.index]
    project.noise = {name: noise[project.frame.index] for name, noise in project.noise.items()}
    html = page()
    figures = read_json(paths.metrics("evaluate"))["all_posts"]["rf"]["test"]
    assert figures == {"spearman": None, "mae": None, "mse": None, "n": 0}
    assert "No test post in this population" in html
    assert paths.plot("residuals").read_text() == "population,model,pid,postdate,residual\n"


def test_no_model_at_all_still_gives_a_page(project: Project, page: Callable[[], str]) -> None:
    project.frame["split"], project.frame["fold"] = "pending", -1
    assert page().count("Not modelled.") == 2


def test_plots_hold_at_most_plot_points_of_each_model(project: Project, page: Callable[[], str]) -> None:
    params = yaml.safe_load(paths.PARAMS.read_text())
    params["evaluate"]["plot_points"] = 20
    paths.PARAMS.write_text(yaml.safe_dump(params, sort_keys=False))
    page()
    points = pd.read_csv(paths.plot("predictions"))
    assert set(points.groupby(["population", "model"]).size()) == {20}


def test_a_reason_with_markup_comes_out_escaped(project: Project, page: Callable[[], str]) -> None:
    project.reason = HOSTILE
    html = page()
    assert "&lt;script&gt;alert" in html
    assert "<script" not in html


def test_a_batch_name_with_markup_comes_out_escaped(project: Project, page: Callable[[], str]) -> None:
    project.frame["batch"] = HOSTILE
    html = page()
    assert "&lt;script&gt;alert" in html
    assert "<script" not in html


class Loads(HTMLParser):
    """Collects what a page would load, and its style sheets."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "srcset", "xlink:href", "data"}]
        self.found += [f"{tag} style" for _, value in attrs if value and "url(" in value]

    def handle_data(self, data: str) -> None:
        self.found += [word for word in ("@import", "url(") if word in data]


def test_the_page_loads_nothing(page: Callable[[], str]) -> None:
    loads = Loads()
    loads.feed(page())
    assert loads.found == []


def test_the_page_stays_small_with_many_posts(project: Project) -> None:
    Project(posts=60_000).write()
    evaluate.main()
    assert paths.EVALUATION_REPORT.stat().st_size < 1_000_000


def test_the_strongest_tokens_are_shown_with_their_posts(page: Callable[[], str]) -> None:
    html = page()
    section = html.split("The strongest words")[1].split("</section>")[0]
    assert "<td>8.50</td><td>12</td>" in section
    assert "sea</td><td>3.25</td><td>7</td>" in section
    assert "No token is on enough training posts." in section


def test_a_demo_batch_is_named_as_proof_of_nothing(page: Callable[[], str]) -> None:
    assert "nothing about the world" in page()


def test_a_batch_of_real_posts_has_no_demo_note(page: Callable[[], str]) -> None:
    params = yaml.safe_load(paths.PARAMS.read_text())
    params["batches"]["demo"]["source"], params["demo"]["batches"] = "smp", []
    paths.PARAMS.write_text(yaml.safe_dump(params, sort_keys=False))
    assert "nothing about the world" not in page()
