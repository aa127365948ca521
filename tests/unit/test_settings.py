"""Choices that cannot be meant are refused, with their key."""

from pathlib import Path

import pytest

from kit.project import ROOT, set_param
from popularity.errors import UserError
from popularity.settings import CON_SOC, ImageEmbeddings, TextFeatures, load_settings

FURTHER = [*CON_SOC, "words"]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        (
            "monitoring.methods",
            {"hour": "wasserstein"},
            "monitoring.methods must name each column of drift once: alive, ",
        ),
        ("monitoring.methods.words", "wasserstein", "monitoring.methods must name each column of drift once: words"),
        ("dataset.profile", "paper15", "dataset: .* profile paper15 is none of pre_publication, extended, paper14"),
        ("dataset.profiles.paper14", ["pid"], "dataset: .* profiles.paper14 must name pid, uid, .*: give another list"),
        ("dataset.profiles.paper14", FURTHER, "dataset: .* profiles.paper14 must name pid, uid, "),
        ("dataset.profiles.extended", ["deslen", "deslen"], "dataset: .* profiles.extended must name .* each once"),
        ("dataset.profiles.extended", [], "dataset: .* profiles.extended must name a feature"),
        ("dataset.profiles.pre_publication", ["deslen", "commentcount"], "pre_publication is without commentcount: "),
        ("dataset.profiles.pre_publication", ["uid", "deslen"], "profiles.pre_publication is without uid: "),
        ("monitoring.draws", 100, "monitoring.draws: .* greater than or equal to 500"),
        (
            "monitoring.alerts.to.team",
            {"kind": "webhook", "url": "https://hooks.example.org/T0K3N", "verdicts": ["stop"]},
            "monitoring.alerts.to.team.webhook.url: String should match pattern",
        ),
        (
            "monitoring.alerts.to.team",
            {
                "kind": "email",
                "host": "mail",
                "port": 25,
                "security": "none",
                "sender": "a@b.c",
                "to": ["a@b.c"],
                "verdicts": [],
                "user": "me",
                "password": "env/MAIL",
            },
            "monitoring.alerts.to.team.email: .*a password needs security: tls or starttls",
        ),
        (
            "monitoring.alerts.to",
            {"log": {"kind": "file", "path": "monitoring/alerts/sent.json", "verdicts": []}},
            "monitoring.alerts.to.log.file.path: .* end its name with .jsonl",
        ),
        ("monitoring.verdict.alive", "panic", "monitoring.verdict.alive: .* 'ok', 'watch', 'retrain' or 'stop'"),
        (
            "train_image.finetune.trainable",
            "last_n",
            "train_image.finetune: .* last_n is a number with trainable: last_n",
        ),
        ("train_image.finetune.last_n", 3, "train_image.finetune: .* null with any other"),
        ("train_image.mode", "none", "train_image.mode: .* 'head' or 'finetune'"),
        ("image_embeddings.backbone", "vgg99", "image_embeddings.backbone: .* 'efficientnet_lite0', .* or 'vgg19'"),
        ("image_embeddings.runtime", "fastest", "image_embeddings.runtime: .* 'auto', .* or 'keras'"),
        ("image_embeddings.weights", False, "image_embeddings.weights: .* valid string"),
        ("label.of", "number of likes", "label.of: .* should match pattern"),
        ("label.min_age_days", 0, "label.min_age_days: .* greater than 0"),
        ("batches", {"a" * 101: {"source": "smp", "path": "x"}}, r"batches\.a+\.\[key\]: .* should match pattern"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, key: str, value: object, problem: str) -> None:
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    set_param(tmp_path, key, value)
    with pytest.raises(UserError, match=problem):
        load_settings(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("trian_rf", {}, "trian_rf: there is no such key; did you mean 'train_rf'?"),
        ("train_rf.treees", 5, "train_rf.treees: there is no such key; did you mean 'trees'?"),
        ("batches.demo.surce", "smp", "batches.demo.surce: there is no such key; did you mean 'source'?"),
        ("crawl", {"flickr": {"searches": [{"tgs": ["sea"]}]}}, "searches.0.tgs: there is no such key; did you mean"),
        ("image_embeddings.backbone", "inception_resnet", "; did you mean 'inception_resnet_v2'?"),
        ("batches.demo.source", "instaloder", "; did you mean 'instaloader'?"),
        ("monitoring.methods.hour", "mean_diference", "; did you mean 'mean_difference'?"),
        ("quite_another", 1, "quite_another: there is no such key"),
    ],
)
def test_a_key_or_a_choice_that_is_mistyped_is_answered_with_the_nearest(
    tmp_path: Path, key: str, value: object, told: str
) -> None:
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    set_param(tmp_path, key, value)
    with pytest.raises(UserError) as refusal:
        load_settings(tmp_path / "params.yaml")
    assert told in refusal.value.problem
    if "did you mean" not in told:
        assert "did you mean" not in refusal.value.problem


def test_champions_that_name_no_runtime_and_no_weights_are_read() -> None:
    old = ImageEmbeddings.model_validate({"backbone": "efficientnet_lite0", "weights": None, "batch_size": 32})
    assert (old.weights, old.runtime) == ("imagenet", "auto")


def test_champions_that_write_the_small_backend_with_a_hyphen_are_read() -> None:
    assert TextFeatures.model_validate({"sentiment": "stanza-small"}).sentiment == "stanza_small"
