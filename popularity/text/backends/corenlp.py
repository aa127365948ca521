"""Stanford CoreNLP, as in the paper: its server runs while the backend is open."""

import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from popularity.dataset import FloatArray
from popularity.errors import UserError
from popularity.settings import Section

CHARACTERS_A_REQUEST = 20_000
PROPERTIES = {"ssplit.eolonly": "true", "tokenize.whitespace": "false"}
"""A line is a sentence: sentences are split here, with every backend alike."""


class Options(Section):
    """endpoint: of a server that runs already; None: one is started, and stopped at the end."""

    endpoint: str | None = None
    memory: str = "4G"
    threads: int = 2
    timeout_s: int = 120


@contextmanager
def open_with(options: Options) -> Iterator["CoreNlp"]:
    """CoreNLP. Raises UserError where Java or CORENLP_HOME is missing."""
    from stanza.server import CoreNLPClient, StartServer

    if options.endpoint is None:
        _refuse_without_java()
    start = StartServer.FORCE_START if options.endpoint is None else StartServer.DONT_START
    with CoreNLPClient(
        start_server=start,
        endpoint=options.endpoint or f"http://localhost:{_free_port()}",
        annotators=["tokenize", "ssplit", "pos", "parse", "sentiment"],
        properties=PROPERTIES,
        output_format="json",
        memory=options.memory,
        threads=options.threads,
        timeout=options.timeout_s * 1000,
        be_quiet=True,
    ) as client:
        try:
            yield CoreNlp(client)
        finally:
            if client.server_props_path:  # which Stanza leaves in the current folder till the process ends
                Path(client.server_props_path).unlink(missing_ok=True)


class CoreNlp:
    """Scores through a client of a running server."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def score(self, sentences: Sequence[str]) -> FloatArray:
        """The server's class of each sentence, 0 to 4. Raises UserError where it does not answer as CoreNLP does."""
        found: list[float] = []
        for request in _requests(sentences):
            found += self._ask(request)
        return np.array(found, dtype=np.float64)

    def _ask(self, lines: list[str]) -> list[float]:
        from requests.exceptions import RequestException
        from stanza.server.client import AnnotationException, PermanentlyFailedException

        try:
            answer = self._client.annotate("\n".join(lines), properties=PROPERTIES)
            values = [float(sentence["sentimentValue"]) for sentence in answer["sentences"]]
        except (AnnotationException, PermanentlyFailedException, RequestException, KeyError, ValueError) as error:
            raise UserError(
                f"CoreNLP did not score a text ({type(error).__name__}: {error})",
                next_step="look at the server's log; text_features.backends.corenlp.memory and timeout_s may be low",
            ) from error
        if len(values) != len(lines):
            raise UserError(
                f"CoreNLP found {len(values)} sentences in {len(lines)} lines",
                next_step="use a CoreNLP that knows ssplit.eolonly (4.0 or later)",
            )
        return values


def _requests(sentences: Sequence[str]) -> Iterator[list[str]]:
    some: list[str] = []
    characters = 0
    for sentence in sentences:
        characters += len(sentence) + 1
        if some and characters > CHARACTERS_A_REQUEST:
            yield some
            some, characters = [], len(sentence) + 1
        some.append(sentence)
    if some:
        yield some


def _refuse_without_java() -> None:
    home = os.environ.get("CORENLP_HOME")
    if shutil.which("java") is None:
        raise UserError(
            "CoreNLP needs Java, and there is no java on PATH", next_step="install a Java runtime, 8 or later"
        )
    if home is None or not any(Path(home).glob("*.jar")):
        raise UserError(
            "CoreNLP is not where CORENLP_HOME says" if home else "CORENLP_HOME is not set",
            next_step="python -c \"import stanza; stanza.install_corenlp(dir='corenlp')\", then export "
            'CORENLP_HOME="$PWD/corenlp"; or choose sentiment: stanza-small in params.yaml',
        )


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
