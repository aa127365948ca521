"""Stanford CoreNLP, as in the paper: its server runs while the backend is open."""

import os
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from popularity import paths
from popularity.arrays import FloatArray
from popularity.errors import UserError
from popularity.settings import Positive, Section

CHARACTERS_A_REQUEST = 20_000
PROPERTIES = {"ssplit.eolonly": "true", "tokenize.whitespace": "false"}
"""A line is a sentence: sentences are split here, with every backend alike."""
LOG = paths.WORK / "corenlp.log"
"""What a server that was started here prints."""
PING_S = 5


class Options(Section):
    """endpoint: http:// address of a server that runs already; None: one is started, and stopped at the end.

    timeout_s: for a server to start, and for it to read one request.
    """

    endpoint: str | None = None
    memory: str = "4G"
    threads: Positive = 2
    timeout_s: Positive = 120


@contextmanager
def open_with(options: Options) -> Iterator["CoreNlp"]:
    """CoreNLP. Raises UserError where nobody answers at the endpoint, or Java or CORENLP_HOME is missing or fails."""
    from stanza.server import CoreNLPClient, StartServer

    asked = {
        "annotators": ["tokenize", "ssplit", "pos", "parse", "sentiment"],
        "properties": PROPERTIES,
        "output_format": "json",
        "timeout": options.timeout_s * 1000,
    }
    if options.endpoint is not None:
        endpoint = options.endpoint.rstrip("/")
        _refuse_without_answer(endpoint)
        with CoreNLPClient(start_server=StartServer.DONT_START, endpoint=endpoint, **asked) as client:
            yield CoreNlp(client, f"the log of the server at {endpoint}")
        return
    _refuse_without_java()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("wb") as log:
        client = CoreNLPClient(
            start_server=StartServer.FORCE_START,
            endpoint=f"http://localhost:{_free_port()}",
            memory=options.memory,
            threads=options.threads,
            stdout=log,
            stderr=log,
            be_quiet=True,  # the server does not log the texts
            **asked,
        )
        client.be_quiet = False  # and Stanza does not throw away what it does log
        client.CHECK_ALIVE_TIMEOUT = options.timeout_s  # where it has to start again
        try:
            with client:
                _wait_for(client, options.timeout_s)
                yield CoreNlp(client, str(LOG))
        finally:
            if client.server_props_path:  # which Stanza leaves in the current folder till the process ends
                Path(client.server_props_path).unlink(missing_ok=True)


class CoreNlp:
    """Scores through a client of a running server."""

    def __init__(self, client: Any, log: str) -> None:
        """log: where to look when it fails."""
        self._client, self._log = client, log

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
            values = _classes(self._client.annotate("\n".join(lines), properties=PROPERTIES))
        except (AnnotationException, PermanentlyFailedException, RequestException, ValueError) as error:
            raise UserError(
                f"CoreNLP did not score a text ({type(error).__name__}: {error})",
                next_step=f"look at {self._log}; text_features.backends.corenlp.memory and timeout_s may be low",
            ) from error
        if len(values) != len(lines):
            raise UserError(
                f"CoreNLP found {len(values)} sentences in {len(lines)} lines",
                next_step="use a CoreNLP that knows ssplit.eolonly (4.0 or later)",
            )
        return values


def _classes(answer: Any) -> list[float]:
    """The class of each sentence, 0 to 4. Raises ValueError where the answer is not as CoreNLP's."""
    try:
        values = [float(sentence["sentimentValue"]) for sentence in answer["sentences"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"an answer without classes, {str(answer)[:100]!r}") from error
    if odd := [value for value in values if not 0 <= value <= 4]:  # NaN too
        raise ValueError(f"sentimentValue {odd[0]:g} is not within 0 to 4")
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
            'CORENLP_HOME="$PWD/corenlp"; or choose sentiment: stanza_small in params.yaml',
        )


def _refuse_without_answer(endpoint: str) -> None:
    from requests.exceptions import RequestException

    try:
        _ping(endpoint)
    except (RequestException, ValueError) as error:  # ValueError: of an address that cannot be read
        raise UserError(
            f"no CoreNLP server answers at {endpoint!r} ({type(error).__name__})",
            next_step="start a server there, and give its address with http://; "
            "or set text_features.backends.corenlp.endpoint: null, and one is started",
        ) from error


def _wait_for(client: Any, timeout_s: int) -> None:
    """Until the server that was started answers; Stanza would wait as long for one that has ended."""
    from requests.exceptions import RequestException

    end = time.monotonic() + timeout_s
    while True:
        try:
            return _ping(client.endpoint)
        except RequestException as error:
            code = client.server.poll()
            if code is None and time.monotonic() < end:
                time.sleep(0.2)
                continue
            ended = f"did not answer within timeout_s, {timeout_s} s" if code is None else f"ended, exit code {code}"
            raise UserError(
                f"CoreNLP was started and {ended}",
                next_step=f"look at {LOG}; Java may be old, text_features.backends.corenlp.memory more than there is",
            ) from error


def _ping(endpoint: str) -> None:
    import requests

    requests.get(f"{endpoint}/ping", timeout=PING_S).raise_for_status()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
