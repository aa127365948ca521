"""Stanford's English sentiment model: on the machine already, or downloaded where params say so.

Like the shipped model it is given lower-cased words, cut by NLTK's TweetTokenizer; Stanford trained it on cased words,
cut as in a treebank.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from popularity.errors import UserError
from popularity.settings import Section
from popularity.text.graded import Graded


class Options(Section):
    """dir: the folder with resources.json and en/; None: Stanza's own place."""

    dir: str | None = None
    package: str = "default"
    download: bool = False


@contextmanager
def open_with(options: Options) -> Iterator[Graded]:
    """The official model. Raises UserError, with how to fetch it, where it is not there."""
    from stanza.pipeline.core import DownloadMethod
    from stanza.resources.common import DEFAULT_MODEL_DIR

    folder = Path(options.dir or DEFAULT_MODEL_DIR).expanduser()
    method: Any = DownloadMethod.REUSE_RESOURCES if options.download else DownloadMethod.NONE
    try:
        graded = Graded(
            dir=str(folder),
            package=None,
            processors={"tokenize": "default", "sentiment": options.package},
            download_method=method,
        )
    except Exception as error:
        # Stanza raises another error for each file that is missing or broken, as torch and pickle do.
        raise UserError(
            f"Stanza's English sentiment model {options.package!r} "
            f"{'could not be downloaded to' if options.download else 'is not in'} {folder}, or not whole "
            f"({type(error).__name__}: {error})",
            next_step=_fetch(folder, options),
        ) from error
    yield graded


def _fetch(folder: Path, options: Options) -> str:
    wanted = f"package=None, processors={{'tokenize': 'default', 'sentiment': '{options.package}'}}"
    call = f"stanza.download('en', model_dir='{folder}', {wanted})"
    return (
        f'on a machine with network run: python -c "import stanza; {call}", and copy that folder to its place here; '
        f"{'' if options.download else 'or set text_features.backends.stanza.download: true; '}"
        "or choose sentiment: stanza_small, which needs none"
    )
