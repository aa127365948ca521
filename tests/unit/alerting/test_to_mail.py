"""Alerts by e-mail, to a real server on loopback."""

import socket
from pathlib import Path
from typing import Any

import pytest

from kit.alert_servers import PASSWORD, USER, alert, post_office
from kit.certificates import write_certificate
from popularity.alerting.sending import NotSentError
from popularity.alerting.to_mail import mail
from popularity.settings import EmailChannel

WAY = {"kind": "email", "verdicts": ["stop"], "sender": "nights@example.org", "to": ["a@example.org", "b@example.org"]}


def channel(port: int, **changed: Any) -> EmailChannel:
    return EmailChannel.model_validate({**WAY, "host": "127.0.0.1", "port": port, "security": "none", **changed})


def test_a_mail_is_plain_text_to_all_and_the_same_again() -> None:
    hostile = alert(subject="night-002: stop\r\nBcc: all@example.org", lines=("stop: ünicode <b>",))
    with post_office() as office:
        mail(channel(office.port), None, hostile)
        mail(channel(office.port), None, hostile)
    first, again = office.mails
    assert first["Subject"] == "photo-popularity, night-002: stop Bcc: all@example.org"
    assert first["Bcc"] is None
    assert (first["From"], first["To"]) == ("nights@example.org", "a@example.org, b@example.org")
    assert first["Message-ID"] == again["Message-ID"]
    assert first.get_content_type() == "text/plain"
    assert "stop: ünicode <b>" in first.get_content()
    assert office.to[:2] == ["a@example.org", "b@example.org"]


def test_a_password_goes_over_tls_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = tmp_path / "localhost.pem"
    write_certificate(certificate)
    ways = {"host": "localhost", "security": "starttls", "user": USER, "password": "env/MAIL"}
    with post_office(certificate=certificate) as office:
        with pytest.raises(NotSentError, match="SSLCertVerificationError"):
            mail(channel(office.port, **ways), PASSWORD, alert())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        mail(channel(office.port, **ways), PASSWORD, alert())
        assert office.encrypted == [True]
        with pytest.raises(NotSentError, match=r"localhost answered 535 \(SMTPAuthenticationError\)") as refused:
            mail(channel(office.port, **ways), "wr0ng", alert())
    assert not refused.value.passing
    assert "wr0ng" not in str(refused.value)


def test_a_server_without_tls_gets_nothing() -> None:
    with post_office() as office, pytest.raises(NotSentError, match="SMTPNotSupportedError"):
        mail(channel(office.port, security="starttls"), None, alert())
    assert office.mails == []


@pytest.mark.parametrize(("answer", "passing"), [("451 later", True), ("554 never", False)])
def test_a_refusal_says_whether_another_try_may_help(answer: str, passing: bool) -> None:
    with post_office(answer) as office, pytest.raises(NotSentError, match=answer[:3]) as refused:
        mail(channel(office.port), None, alert())
    assert refused.value.passing is passing


def test_nobody_listening_is_passing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(NotSentError, match="ConnectionRefusedError") as refused:
        mail(channel(port), None, alert())
    assert refused.value.passing
