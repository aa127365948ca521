"""Modules that every command imports stay light: what costs seconds is imported where it is used."""

import subprocess
import sys

import pytest

HEAVY = (
    "tensorflow",
    "keras",
    "torch",
    "great_expectations",
    "prefect",
    "evidently",
    "stanza",
    "matplotlib",
    "sklearn",
    "onnx",
    "onnxruntime",
)


@pytest.mark.parametrize(
    "module", ["settings", "posts", "catalogue", "dataset.table", "batches.project", "batches.answers", "cli",
               "links.ask", "store.care", "text.sentiment", "models.forest", "models.cnn", "images.backbones",
               "images.runtimes",
               "images.runtimes.export", "images.embed", "checks.gate", "checks.rules", "monitoring.batch",
               "registry.create", "registry.compare", "registry.predictor", "commands.backbones",
               "commands.crawl", "commands.demo", "commands.drift", "crawl.revisit", "commands.sentiment",
               "commands.tune", "models.curves", "tuning.search",
               "text.graded", "text.backends.stanza", "text.backends.stanza_small", "text.backends.corenlp"]
)  # fmt: skip
def test_importing_it_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, popularity.{module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
