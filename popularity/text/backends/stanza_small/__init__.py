"""The classifier that ships with the project, beside this file; see its MODEL_CARD.md."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from popularity.settings import Section
from popularity.text.graded import Graded

SHIPPED = Path(__file__).parent


class Options(Section):
    """It has none."""


@contextmanager
def open_with(options: Options) -> Iterator[Graded]:
    """The shipped model; nothing is downloaded."""
    yield Graded(
        respelled=True,
        dir=str(SHIPPED),
        processors="tokenize,sentiment",
        allow_unknown_language=True,  # its resources.json is empty: the files are named here
        sentiment_model_path=str(SHIPPED / "model.pt"),
        sentiment_pretrain_path=str(SHIPPED / "vectors.pt"),
        download_method=None,
    )
