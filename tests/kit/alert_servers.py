"""Who alerts go to, on loopback: a webhook, and a mail server with a certificate and a password."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from kit.shift import free_port
from popularity.monitoring.alert_record import Alert, News

STOPPED = News(
    name="night-002.stop.0a1b", kind="verdict", subject="night-002: stop", batch="night-002", verdict="stop",
    lines=("stop: Gate, critical: avgview: 291 rows.", "page: reports/batches/night-002.html"),
)  # fmt: skip
USER, PASSWORD = "nights", "correct horse"


def alert(**changed: Any) -> Alert:
    """An alert about a refused night, that no channel has."""
    return Alert.model_validate({**STOPPED.model_dump(), "waiting": ("here",), **changed})


@dataclass
class Hook:
    """A webhook. answers: a status a request, the last for all further ones. texts, keys: of requests, as they came."""

    answers: list[int] = field(default_factory=lambda: [200])
    location: str = ""
    texts: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    address: str = ""


@contextmanager
def hook(*answers: int, location: str = "") -> Iterator[Hook]:
    """A webhook that runs as long as the block does; its address holds a token."""
    here = Hook(list(answers) or [200], location)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.texts.append(json.loads(body)["text"])
            here.keys.append(self.headers["Idempotency-Key"])
            self.send_response(here.answers.pop(0) if len(here.answers) > 1 else here.answers[0])
            self.send_header("Content-Length", "2")
            if here.location:
                self.send_header("Location", here.location)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.address = f"http://127.0.0.1:{server.server_address[1]}/services/s3cret-token"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Post:
    """A mail server. answers: a word a message, the last for all further ones. mails: those that it took."""

    answers: list[str]
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, as aiosmtpd calls it
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content, policy=default))
            self.to += envelope.rcpt_tos
            self.encrypted.append(session.ssl is not None)
        return answer


@contextmanager
def post_office(*answers: str, certificate: Path | None = None) -> Iterator[Post]:
    """A mail server that runs as long as the block does. certificate: with it, it asks for STARTTLS and a password."""
    here = Post(list(answers) or ["250 taken"])
    ways: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        ways = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": _knows}
    here.port = free_port()  # the controller knocks at the one that it was told
    controller = Controller(here, hostname="127.0.0.1", port=here.port, **ways)
    controller.start()
    try:
        yield here
    finally:
        controller.stop()


def _knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)
