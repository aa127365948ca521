"""Alerts by e-mail."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, localtime

from popularity.alerting.sending import NotSentError, identity
from popularity.alerting.texts import plain, subject
from popularity.monitoring.alert_record import Alert
from popularity.settings import EmailChannel

TIMEOUT_S = 10.0
"""Of each word with the server."""


def mail(channel: EmailChannel, password: str | None, alert: Alert) -> None:
    """Send an alert, in plain text. One that is sent again has the same Message-ID.

    Raises NotSentError; a server's word of 4xx is a passing one, as RFC 5321 has it.
    """
    try:
        with _connected(channel) as server:
            if channel.user is not None and password is not None:
                server.login(channel.user, password)
            server.send_message(_message(channel, alert))
    except smtplib.SMTPRecipientsRefused as error:
        code = max(code for code, _ in error.recipients.values())
        raise NotSentError(f"{channel.host} refuses the recipients ({code})", passing=code < 500) from error
    except smtplib.SMTPResponseException as error:
        why = f"{channel.host} answered {error.smtp_code} ({type(error).__name__})"
        raise NotSentError(why, passing=error.smtp_code < 500) from error
    except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
        raise NotSentError(f"{channel.host}: {type(error).__name__}", passing=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSentError(f"{channel.host}: {type(error).__name__}", passing=True) from error


def _connected(channel: EmailChannel) -> smtplib.SMTP:
    trusted = ssl.create_default_context()
    if channel.security == "tls":
        return smtplib.SMTP_SSL(channel.host, channel.port, timeout=TIMEOUT_S, context=trusted)
    server = smtplib.SMTP(channel.host, channel.port, timeout=TIMEOUT_S)
    if channel.security == "starttls":
        try:
            server.starttls(context=trusted)
        except BaseException:
            server.close()
            raise
    return server


def _message(channel: EmailChannel, alert: Alert) -> EmailMessage:
    message = EmailMessage()
    message["From"] = channel.sender
    message["To"] = ", ".join(channel.to)
    message["Subject"] = subject(alert)
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<{identity(alert)}@photo-popularity.invalid>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers it
    message.set_content(plain(alert))
    return message
