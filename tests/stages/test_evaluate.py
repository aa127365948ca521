"""The evaluate stage over real files, as the stages before it leave them."""

import base64
import io
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from kit.project import set_param
from popularity import paths
from popularity.catalogue import names_of, stage_of
from popularity.dataset.features import FeatureMaker
from popularity.dataset.protocols import known_posts
from popularity.dataset.table import read_dataset, write_dataset
from popularity.encoders.dictionary import Dictionary
from popularity.errors import UserError
from popularity.files import read_json, write_json
from popularity.posts import (
    LINKS,
    PHOTOS,
    POSTS,
    PREDICTIONS,
    TEST_LABELS,
    UNDER_PROTOCOLS,
    photo_shards,
    shard_path,
    write_table,
)
from popularity.settings import load_settings
from stages import evaluate

HOSTILE = "<script>alert('x')</script>"
OUTPUTS = (
    paths.metrics("evaluate"),
    paths.plot("predictions"),
    paths.plot("residuals"),
    paths.EVALUATION_REPORT,
    paths.MODEL_CARD,
)
PARAMS = Path(__file__).parents[2] / "params.yaml"


def jpeg(*colour: int) -> bytes:
    stored = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(stored, "JPEG")
    return stored.getvalue()


COLOURS = [jpeg(grey, 100, 200) for grey in range(0, 250, 50)]


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
                "age_days": np.nan,
                "tags": [["sea"]] * posts,
                "title": [["word"]] * posts,
            }
        )
        train = self.frame["split"] == "train"
        self.frame["group"] = self.frame["pid"].where(train, -1)
        self.frame["fold"] = (self.frame["pid"] % 5).where(train, -1)
        self.truth = pd.Series(
            np.linspace(-2, 2, 21)[self.frame["uid"]] + random.normal(0, 1.2, posts) + 6, index=self.frame.index
        )
        self.error = {"rf": 0.9, "rf_naive": 0.95, "cnn": 0.8, "image": 1.6, "multimodal": 0.6, "boosted": 0.7}
        self.further = {"forward": ["rf", "boosted"], "new_users": ["rf", "boosted"]}
        self.noise = {name: random.normal(size=posts) for name in self.error}
        self.modalities: dict[str, dict[str, float]] = {}
        self.reason = "label without post"
        self.title = "By the sea"
        self.doubts: list[str] = []
        self.emptied: list[str] = []

    def dictionary(self, tokens: list[str]) -> Dictionary:
        score = np.array([8.5, 3.25][: len(tokens)])
        return Dictionary(pd.Index(tokens, dtype=object), np.array([12, 7][: len(tokens)]), score, 6.0)

    def write_photos(self) -> None:
        """Titles, and a plain photo of each post that has one, in shards of 50 posts."""
        batch = self.frame["batch"].iloc[0]
        empty = {name: "" if POSTS.field(name).type == "string" else 0 for name in POSTS.names}
        posts = pd.DataFrame(empty | {"title": self.title}, index=self.frame.index)
        write_table(paths.posts(batch), posts.assign(**self.frame[["pid", "uid", "postdate"]]), POSTS)
        shutil.rmtree(paths.photos(batch), ignore_errors=True)
        paths.photos(batch).mkdir(parents=True)
        photos = self.frame[self.frame["has_photo"]].assign(sha256="", width=40, height=30)
        photos["jpeg"] = [COLOURS[pid % len(COLOURS)] for pid in photos["pid"]]
        for number, start in enumerate(range(0, max(1, len(photos)), 50)):
            write_table(shard_path(paths.photos(batch), number), photos.iloc[start : start + 50], PHOTOS)

    def under_protocols(self, name: str, predicted: pd.DataFrame) -> pd.DataFrame:
        """The same predictions, of the posts that a protocol scores."""
        dataset, options = read_dataset(paths.DATASET), load_settings().protocols
        frames = [UNDER_PROTOCOLS.empty_table().to_pandas()]
        for protocol in [protocol for protocol, models in self.further.items() if name in models]:
            for population, rows in predicted.groupby("population"):
                scored = known_posts(protocol, dataset.of(str(population)), options)["pid"]
                frames.append(rows[rows["pid"].isin(scored)].assign(protocol=protocol, model=name))
        return pd.concat([frame for frame in frames if len(frame)] or frames)

    def write(self) -> None:
        train, test = self.frame["split"] == "train", self.frame["split"] == "test"
        write_dataset(paths.DATASET, self.frame.assign(label=self.truth.where(train)), ())
        test_labels = pd.DataFrame({"pid": self.frame["pid"], "label": self.truth})[test]
        write_table(paths.TEST_LABELS, test_labels, TEST_LABELS)
        self.write_photos()
        links = self.frame[["pid", "has_photo"]].rename(columns={"has_photo": "alive"})
        reason = np.where(links["alive"], "", "not an image")
        write_table(paths.links("demo"), links.assign(reason=reason, sha256="", phash="", width=0, height=0), LINKS)
        for name, error in self.error.items():
            predicted = pd.DataFrame({"pid": self.frame["pid"], "prediction": self.truth + error * self.noise[name]})
            with_photo = predicted[
                self.frame["has_photo"] & self.frame.loc[self.frame["has_photo"], "split"].eq("train").any()
            ]
            populations = [with_photo.assign(population="posts_with_photo")]
            if name in names_of("all_posts"):
                populations.append(predicted.assign(population="all_posts"))
            write_table(paths.predictions(name), pd.concat(populations), PREDICTIONS)
            if name != "rf_naive":
                write_table(paths.protocols(name), self.under_protocols(name, pd.concat(populations)), UNDER_PROTOCOLS)
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
                "doubts": self.doubts,
                "left_out": [],
                "doubts_with_photo": [],
                "emptied": self.emptied,
            },
        )
        for stage in {stage_of(name) for name in self.error}:
            write_json(paths.metrics(stage), {"modalities": self.modalities} if self.modalities else {})
        importances = {p: {"tag_score": 0.6, "uid": 0.4} for p in ("all_posts", "posts_with_photo")}
        write_json(paths.metrics("train_rf"), {"importances": importances, "modalities": {}})


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
    assert "2 training posts that are copies of a test post are left out" in text


def test_what_makes_the_figures_doubtful_stands_on_top(project: Project, page: Callable[[], str]) -> None:
    assert "Not to be trusted" not in page()
    project.doubts = ["4 training posts are <too> few"]
    text = page()
    assert "<b>Not to be trusted.</b> 4 training posts are &lt;too&gt; few." in text
    assert text.index("Not to be trusted") < text.index("<section")


def test_a_feature_that_is_known_only_later_and_a_column_left_empty_are_named(
    project: Project, page: Callable[[], str]
) -> None:
    assert "No forecast" not in page()
    assert "Left empty" not in page()
    project.emptied = ["<late>"]
    set_param(Path(), "dataset.profile", "paper14")
    text = page()
    assert "<b>No forecast.</b> The models read what is, or may be, known only after posting: commentcount" in text
    assert "<code>avgview</code> in &lt;late&gt;." in text


def sentences_of(html: str) -> list[str]:
    """What the page opens with, its figures left out."""
    return re.findall(r'<p class="verdict">(.*?)(?:<small>.*?</small>)?</p>', html)


def test_the_page_opens_with_three_sentences_that_follow_from_the_figures(
    project: Project, page: Callable[[], str]
) -> None:
    project.error["multimodal"] = 0.2
    first, second, third = sentences_of(page())
    metrics = read_json(paths.metrics("evaluate"))
    factors = [metrics[population]["boosted"]["test"]["factor"] for population in ("all_posts", "posts_with_photo")]
    assert 1 < factors[0] < 2
    assert first.startswith("Boosted predicts best: half of 80 test posts are off by less than a factor of")
    assert [f"{factor:.1f}" for factor in factors] == re.findall(r"factor of (\d\.\d)", first)
    assert "On 80 test posts Boosted errs" in second
    assert second.count("and chance alone would hardly do that") == 2
    assert third.startswith("The photo helps: on ")
    project.error |= {"rf": 2.0, "boosted": 1.2, "multimodal": 0.8}
    _, second, third = sentences_of(page())
    assert "Boosted is no different from the mean of the user’s own posts" in second
    assert "Multimodal is no different from CNN" in third


def test_the_page_says_what_each_kind_of_evidence_is_worth_or_that_nobody_computed_it(
    project: Project, page: Callable[[], str]
) -> None:
    assert page().count("It was not computed for Boosted") == 2
    project.modalities = {"posts_with_photo": {"social": 0.5, "content": 0.125}}
    html = page()
    assert html.count("It was not computed for Boosted") == 1
    rows = re.findall(r'<th scope="row">(\w+)</th><td><div class="bar"><span><i style="width: (.*?)%', html)
    assert rows == [("social", "100.0"), ("content", "25.0")]


def test_dates_that_name_only_a_day_draw_no_hour_and_say_so(project: Project, page: Callable[[], str]) -> None:
    assert "name only a day" not in page()
    project.frame["postdate"] -= project.frame["postdate"] % 86400
    html = page()
    assert html.count("the dates of these posts name only a day") == 2
    assert "hour of day, UTC</text>" not in html
    assert "Dates name only a day here" in paths.MODEL_CARD.read_text(encoding="utf-8")


def test_every_link_of_the_contents_leads_to_one_place_and_every_section_has_one(page: Callable[[], str]) -> None:
    html = page()
    links, places = Attributes("href"), Attributes("id")
    for found in (links, places):
        found.feed(html)
    assert len(set(places.found)) == len(places.found)
    targets = [str(link).removeprefix("#") for link in links.found]
    assert set(targets) <= set(places.found)
    assert len(targets) == len(set(targets)) == 25
    assert set(re.findall(r'<section id="(.*?)">', html)) <= set(targets)
    assert html.count("<section") == html.count("<section id=")


def test_the_model_card_has_the_best_models_own_figures(project: Project, page: Callable[[], str]) -> None:
    page()
    card, metrics = paths.MODEL_CARD.read_text(encoding="utf-8"), read_json(paths.metrics("evaluate"))
    assert "**All posts: Boosted.**" in card
    days = pd.to_datetime(project.frame["postdate"], unit="s").dt.strftime("%Y-%m-%d")
    with_photo = project.frame["has_photo"].sum()
    assert f"| demo | 400 | 380 | {with_photo} | 20 | {days.min()} | {days.max()} |" in card
    for population in ("all_posts", "posts_with_photo"):
        figures = metrics[population]["boosted"]
        for split, name in (("test", "Test"), ("validation", "Out of fold: random folds")):
            assert f"| {name} | {figures[split]['n']} | {figures[split]['mae']:.3f} [" in card
        top = figures["test"]["mae_top_tenth"]
        assert f"| the most popular tenth | {-(-figures['test']['n'] // 10)} | {top:.2f} |" in card


def test_the_model_card_says_plainly_on_whose_posts_it_was_measured(project: Project, page: Callable[[], str]) -> None:
    page()
    assert "**On nobody's.** All of these posts" in paths.MODEL_CARD.read_text(encoding="utf-8")
    params = yaml.safe_load(paths.PARAMS.read_text())
    params["batches"]["demo"]["source"], params["demo"]["batches"] = "smp", []
    paths.PARAMS.write_text(yaml.safe_dump(params, sort_keys=False))
    page()
    card = paths.MODEL_CARD.read_text(encoding="utf-8")
    assert "nobody" not in card.split("## On whose posts")[1].split("## How right")[0]
    assert "Labels, words and photos are those of real people" in card


def test_a_card_of_features_that_are_known_only_later_says_that_it_is_no_forecast(page: Callable[[], str]) -> None:
    page()
    assert "no forecast" not in paths.MODEL_CARD.read_text(encoding="utf-8")
    set_param(Path(), "dataset.profile", "paper14")
    page()
    assert "**It is no forecast.**" in paths.MODEL_CARD.read_text(encoding="utf-8")


BASELINES = ["global_mean", "user_mean", "user_median", "user_last"]


def test_every_model_of_a_population_has_the_same_n(project: Project, page: Callable[[], str]) -> None:
    page()
    metrics = read_json(paths.metrics("evaluate"))
    assert metrics.pop("profile") == "pre_publication"
    gap, of = metrics.pop("dictionary_gap"), metrics["all_posts"]
    for split in ("validation", "test"):
        assert gap[split] == of["rf_naive"][split]["spearman"] - of["rf"][split]["spearman"]
    metrics.pop("protocols")
    assert {p: list(models) for p, models in metrics.items()} == {
        "all_posts": [*BASELINES, "rf", "rf_naive", "cnn", "boosted", "best"],
        "posts_with_photo": [*BASELINES, "rf", "rf_naive", "cnn", "image", "multimodal", "boosted", "best"],
    }
    rows = {"all_posts": project.frame, "posts_with_photo": project.frame[project.frame["has_photo"]]}
    for population, models in metrics.items():
        splits = rows[population]["split"].value_counts()
        for scores in models.values():
            assert (scores["validation"]["n"], scores["test"]["n"]) == (splits["train"], splits["test"])


def test_a_model_stands_under_each_protocol_that_it_ran_and_no_other(project: Project, page: Callable[[], str]) -> None:
    project.further["new_users"] = ["rf"]
    page()
    metrics = read_json(paths.metrics("evaluate"))
    under = {protocol: found["pre_publication"]["all_posts"] for protocol, found in metrics["protocols"].items()}
    assert {protocol: list(models) for protocol, models in under.items()} == {
        "paper": [*BASELINES, "rf", "rf_naive", "cnn", "boosted"],
        "forward": [*BASELINES, "rf", "boosted"],
        "new_users": [*BASELINES, "rf"],
    }
    assert under["paper"] == {model: figures["validation"] for model, figures in metrics["all_posts"].items()
                              if model != "best"}  # fmt: skip
    for protocol, models in under.items():
        population = read_dataset(paths.DATASET).of("all_posts")
        scored = known_posts(protocol, population, load_settings().protocols)
        assert {figures["n"] for figures in models.values()} == {len(scored)}


def test_users_of_whom_nothing_was_learned_are_all_of_them_where_no_user_is_on_both_sides(
    page: Callable[[], str],
) -> None:
    page()
    under = read_json(paths.metrics("evaluate"))["protocols"]
    figures = under["new_users"]["pre_publication"]["all_posts"]["rf"]
    assert figures["mae_new_users"] == figures["mae_few_posts"] == figures["mae"]
    assert under["paper"]["pre_publication"]["all_posts"]["rf"]["mae_new_users"] is None


def test_a_test_row_of_a_user_without_a_training_row_is_one_of_a_new_user(
    project: Project, page: Callable[[], str]
) -> None:
    test = project.frame.index[project.frame["split"] == "test"]
    project.frame.loc[test[:3], "uid"] = 900
    page()
    expected = np.abs(project.error["rf"] * project.noise["rf"][test[:3]]).mean()
    assert read_json(paths.metrics("evaluate"))["all_posts"]["rf"]["test"]["mae_new_users"] == pytest.approx(expected)


def test_the_best_model_is_the_one_that_errs_least_forward_and_stands_with_its_own_figures(
    project: Project, page: Callable[[], str]
) -> None:
    html = page()
    population = read_json(paths.metrics("evaluate"))["posts_with_photo"]
    assert population["multimodal"]["validation"]["mae"] < population["boosted"]["validation"]["mae"]
    boosted = {"model": "boosted", "chosen_by": "forward", **population["boosted"]}
    assert population["best"] == boosted  # the multimodal model did not run forward
    assert "as Boosted predicts them" in html
    assert "Best is Boosted: of the trained models it has the lowest MAE on training posts under “Forward”" in html


def test_without_a_model_under_the_protocol_the_papers_validation_chooses(
    project: Project, page: Callable[[], str]
) -> None:
    project.further = {}
    page()
    best = read_json(paths.metrics("evaluate"))["posts_with_photo"]["best"]
    assert (best["model"], best["chosen_by"]) == ("multimodal", "paper")


def test_a_gap_in_what_a_model_predicted_under_a_protocol_names_both(project: Project) -> None:
    project.write()
    path = paths.protocols("rf")
    whole = pd.read_parquet(path)
    gap = whole.index[(whole["protocol"] == "forward") & (whole["population"] == "all_posts")][0]
    write_table(path, whole.drop(gap), UNDER_PROTOCOLS)
    with pytest.raises(UserError, match="rf under protocol forward: all_posts has no prediction for 1 of"):
        evaluate.main()


def test_a_model_whose_figures_cannot_be_ends_the_stage_with_its_name(project: Project) -> None:
    project.error["cnn"] = 1e200
    project.write()
    with pytest.raises(UserError, match=r"^cnn: mse inf, .* of 300 posts cannot be"):
        evaluate.main()


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
    assert after["protocols"] == before["protocols"]
    for population in ("all_posts", "posts_with_photo"):
        assert after[population]["best"]["model"] == before[population]["best"]["model"]
        for model, scores in before[population].items():
            assert after[population][model]["validation"] == scores["validation"]
            assert after[population][model]["test"] != scores["test"]


def test_no_photo_alive_leaves_one_population_and_says_so(project: Project, page: Callable[[], str]) -> None:
    project.frame["has_photo"] = False
    html = page()
    assert list(read_json(paths.metrics("evaluate"))) == ["profile", "dictionary_gap", "all_posts", "protocols"]
    assert "Not modelled." in html
    assert set(pd.read_csv(paths.plot("predictions"))["population"]) == {"all_posts"}


def test_no_test_row_gives_null_figures_and_says_so(project: Project, page: Callable[[], str]) -> None:
    project.frame = project.frame[project.frame["split"] == "train"]
    project.truth = project.truth[project.frame.index]
    project.noise = {name: noise[project.frame.index] for name, noise in project.noise.items()}
    html = page()
    figures = read_json(paths.metrics("evaluate"))["all_posts"]["rf"]["test"]
    assert figures.pop("n") == 0
    assert set(figures.values()) == {None}
    assert "No test post in this population" in html
    assert "Training posts, in tenths by their prediction" in html
    assert "half of 300 training posts" in sentences_of(html)[0]
    assert paths.plot("residuals").read_text() == "population,model,pid,postdate,residual\n"


def test_no_model_at_all_still_gives_a_page(project: Project, page: Callable[[], str]) -> None:
    project.frame["split"], project.frame["fold"] = "pending", -1
    assert page().count("Not modelled.") == 2
    assert "No model was fitted" in paths.MODEL_CARD.read_text(encoding="utf-8")


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


LOADING = {"src", "href", "srcset", "xlink:href", "data"}


def is_inside(address: str | None) -> bool:
    """Whether it is a whole JPEG as a data URI, or a place of the page itself."""
    return re.fullmatch(r"data:image/jpeg;base64,[A-Za-z0-9+/]+=*|#[a-z_-]+", address or "") is not None


class Attributes(HTMLParser):
    """Collects the values of one attribute, as a browser reads them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.found: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == self.name]


class Loads(HTMLParser):
    """Collects what a page would load, its style sheets too; what lies in the page itself is not loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}" for name, value in attrs if name in LOADING and not is_inside(value)]
        self.found += [f"{tag} style" for _, value in attrs if value and "url(" in value]

    def handle_data(self, data: str) -> None:
        self.found += [word for word in ("@import", "url(") if word in data]


def test_the_page_loads_nothing(page: Callable[[], str]) -> None:
    loads = Loads()
    loads.feed(page())
    assert loads.found == []


def strips_of(html: str) -> dict[str, list[tuple[int, str, str]]]:
    """Heading of each strip -> pid, predicted and observed of its pictures, as printed."""
    picture = r"predicted <i>(.*?)</i>.*?observed <i>(.*?)</i>.*?pid (\d+)"
    strips = html.split("<h2>The photos</h2>")[1].split("</section>")[0].split("<h3>")[1:]
    return {
        strip.split("</h3>")[0]: [
            (int(pid), predicted, observed) for predicted, observed, pid in re.findall(picture, strip, re.DOTALL)
        ]
        for strip in strips
    }


def test_the_contact_sheet_shows_the_extremes_of_the_test_posts(project: Project, page: Callable[[], str]) -> None:
    strips = strips_of(page())
    rows = project.frame["has_photo"] & (project.frame["split"] == "test")
    error = project.error["boosted"] * project.noise["boosted"][rows]
    test = pd.DataFrame({"pid": project.frame["pid"], "observed": project.truth})[rows]
    test = test.assign(predicted=test["observed"] + error, error=error)
    expected = {
        "Predicted highest": test.nlargest(12, "predicted"),
        "Predicted lowest": test.nsmallest(12, "predicted"),
        "Most wrong: predicted too high": test.nlargest(12, "error"),
        "Most wrong: predicted too low": test.nsmallest(12, "error"),
    }
    assert strips == {
        name: [(row.pid, f"{row.predicted:.2f}", f"{row.observed:.2f}") for row in posts.itertuples()]
        for name, posts in expected.items()
    }


def test_each_picture_is_the_posts_own_photo(project: Project, page: Callable[[], str]) -> None:
    shown = re.findall(r'<img src="data:image/jpeg;base64,(.*?)" alt="Photo of post (\d+): By the sea">', page())
    assert len(shown) == 48
    for content, pid in shown:
        with Image.open(io.BytesIO(base64.b64decode(content))) as image:
            assert image.getpixel((20, 15))[0] == pytest.approx(int(pid) % len(COLOURS) * 50, abs=3)


def test_of_few_posts_none_is_shown_as_highest_and_lowest(project: Project, page: Callable[[], str]) -> None:
    test = project.frame.index[project.frame["split"] == "test"]
    project.frame["has_photo"] &= ~project.frame.index.isin(test)
    project.frame.loc[test[:5], "has_photo"] = True
    strips = strips_of(page())
    assert [len(strips[name]) for name in ("Predicted highest", "Predicted lowest")] == [2, 2]


def test_photos_that_must_not_be_shown_are_neither_read_nor_named(project: Project) -> None:
    project.title = "Not to be shown"
    project.write()
    shutil.rmtree(paths.photos("demo"))
    set_param(Path(), "report.show_photos", False)
    evaluate.main()
    html = paths.EVALUATION_REPORT.read_text(encoding="utf-8")
    assert "<code>report.show_photos</code> is false" in html
    assert "<img" not in html
    assert "Not to be shown" not in html


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_sentence_says_that_there_is_no_photo_to_show(project: Project, page: Callable[[], str], split: str) -> None:
    """No photo at all, and so no model; or none of a test post."""
    project.frame.loc[project.frame["split"].isin([split, "test"]), "has_photo"] = False
    html = page()
    assert "no test post with a photo was predicted" in html
    assert "<img" not in html


def test_a_hostile_title_stays_text(project: Project, page: Callable[[], str]) -> None:
    project.title = """"'><script>alert('x')</script><img src=x onerror=alert(1)>"""
    html = page()
    assert "<script" not in html
    assert "<img src=x" not in html
    alts = Attributes("alt")
    alts.feed(html)
    assert set(alts.found) == {
        f"Photo of post {pid}: {project.title}" for strip in strips_of(html).values() for pid, *_ in strip
    }


def test_a_photo_that_is_not_there_names_folder_and_post(project: Project) -> None:
    project.write()
    for shard in photo_shards(paths.photos("demo")):
        write_table(shard, pd.read_parquet(shard).iloc[:0], PHOTOS)
    with pytest.raises(UserError, match=r"data/photos/demo does not hold the photo of pid 1\d\d\d"):
        evaluate.main()


def test_the_page_stays_small_with_many_posts(project: Project) -> None:
    Project(posts=60_000).write()
    evaluate.main()
    assert paths.EVALUATION_REPORT.stat().st_size < 1_000_000


def test_the_strongest_tokens_are_shown_with_their_posts(page: Callable[[], str]) -> None:
    html = page()
    section = html.split("<h2>The strongest words")[1].split("</section>")[0]
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
