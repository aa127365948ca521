"""What libraries do not publish is used in one function each, and a version without it is named here."""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.project import ROOT
from popularity.images.runtimes.export import scale_layer
from popularity.models.forest import Forest
from popularity.monitoring.drift import run_evidently, values_of
from popularity.pages.dashboard import PANELS, show_figures
from popularity.settings import Forest as ForestSettings
from popularity.text.backends import stanza_small

USERS = {
    "popularity/images/runtimes/export.py": {"scale_layer"},
    "popularity/monitoring/drift.py": {"_register_differences"},
    "popularity/pages/dashboard.py": {"show_figures"},
    "popularity/text/graded.py": {"classifier_of"},
}
PUBLIC = {"_exit"}
"""Of os: documented, whatever its name."""
PRIVATE_MODULE = re.compile(r"(^|\.)(src|legacy|_[a-z]\w*)(\.|$)")


@contextmanager
def has(library: str, name: str, user: str) -> Iterator[None]:
    """Fails with what is to be done where a name is gone, or does something else."""
    try:
        yield
    except (AssertionError, AttributeError, ImportError, KeyError, TypeError, ValueError) as error:
        pytest.fail(
            f"{library} {version(library)} has no longer the {name} that {user} uses ({error!r}): mend that function, "
            f"or allow {library} in pyproject.toml only below this version and run `make lock`"
        )


def test_keras_has_the_layer_of_inception_resnet_v2() -> None:
    with has("keras", "applications' CustomScaleLayer", "images.runtimes.export.scale_layer"):
        layer = scale_layer()(0.5)
        assert layer.scale == 0.5
        assert np.asarray(layer([np.ones((1, 2)), np.full((1, 2), 4.0)])).tolist() == [[3.0, 3.0]]


def test_stanza_has_the_classifier() -> None:
    with (
        has("stanza", "classifier in a sentiment processor", "text.graded"),
        stanza_small.open_with(stanza_small.Options()) as graded,
    ):
        good = ["I love this wonderful place!"]
        assert graded.chances(good)[0].argmax() == 2
        assert graded.score(good)[0] not in (0, 2, 4)  # Stanza's own processor knows no other


def test_evidently_has_a_page_s_widgets(tmp_path: Path) -> None:
    with has("evidently", "widgets of a snapshot", "pages.dashboard.show_figures"):
        one = pd.DataFrame({"mae": [0.1, 0.2]})
        snapshot = run_evidently(one, one, {"mae": ("wasserstein", 0.1)})
        show_figures(snapshot, {"mae": 1.987e22}, PANELS)
        snapshot.save_html(str(tmp_path / "page.html"))
        assert "1.99e+22" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_evidently_takes_a_method_of_ours() -> None:
    with has("evidently", "registry of methods", "monitoring.drift"):
        current, reference = (pd.DataFrame({"alive": values}) for values in ([1.0, 1.0, 0.0, 1.0], [0.0, 1.0] * 2))
        snapshot = run_evidently(current, reference, {"alive": ("mean_difference", 0.1)})
        assert values_of(snapshot) == {"alive": 0.25}


def test_skops_trusts_the_one_type_of_scikit_learn(tmp_path: Path) -> None:
    with has("scikit-learn", "type of a tree", "models.forest.TRUSTED"):
        options = ForestSettings(trees=2, max_depth=None, min_samples_leaf=1, max_features=1.0, tree_rows=None)
        forest = Forest(options, 1)
        X = np.arange(8.0)[:, None]
        forest.fit(X, X[:, 0])
        forest.save(tmp_path)
        assert (Forest.load(tmp_path, options, 1).predict(X) == forest.predict(X)).all()


def defined_in(tree: ast.AST) -> set[str]:
    """Names of functions and classes, and of what is set on `self`."""
    named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in ast.walk(tree) if isinstance(node, named)} | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def private_names(tree: ast.Module, classes: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Top-level function or class, and the private name of others that it uses.

    classes: what each class of the project defines, wherever it stands; who extends it may use that.
    """
    inherited = [
        classes.get(base.id, set())
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name)
    ]
    own = defined_in(tree).union(*inherited)
    for top in tree.body:
        where = getattr(top, "name", "the module")
        for node in ast.walk(top):
            if isinstance(node, ast.ImportFrom):
                if PRIVATE_MODULE.search(node.module or "") or any(alias.name.startswith("_") for alias in node.names):
                    yield where, str(node.module)
            elif isinstance(node, ast.Import):
                yield from ((where, alias.name) for alias in node.names if PRIVATE_MODULE.search(alias.name))
            elif isinstance(node, ast.Attribute) and re.match(r"_[^_]", node.attr) and node.attr not in {*own, *PUBLIC}:
                yield where, node.attr


def test_nothing_else_uses_a_name_that_is_private() -> None:
    files = [file for folder in ("popularity", "stages", "flows") for file in sorted((ROOT / folder).rglob("*.py"))]
    trees = {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}
    classes = {
        node.name: defined_in(node) for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef)
    }
    found = {file: {where for where, _ in private_names(tree, classes)} for file, tree in trees.items()}
    assert {file: users for file, users in found.items() if users} == USERS
