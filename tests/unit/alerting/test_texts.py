"""What an alert says, and what strangers' words in it may do: nothing."""

from kit.alert_servers import STOPPED
from popularity.alerting.texts import LINE, LINES, for_chat, lines, plain, subject

HOSTILE = "<!channel> <https://evil.example|win> @here\r\nBcc: all@example.org\x1b[2J\u202e https://evil.example"


def test_a_mail_says_the_verdict_and_each_reason_on_a_line() -> None:
    assert plain(STOPPED) == (
        "night-002: stop\n\nstop: Gate, critical: avgview: 291 rows.\npage: reports/batches/night-002.html\n"
    )


def test_a_subject_stays_on_one_line() -> None:
    said = subject(STOPPED.model_copy(update={"subject": f"{HOSTILE}: stop"}))
    assert said.splitlines() == [said]
    assert said.startswith("photo-popularity, <!channel>")


def test_a_chat_takes_no_mention_link_or_control_from_a_reason() -> None:
    said = for_chat(STOPPED.model_copy(update={"lines": (HOSTILE,)}))
    assert not {"<", ">", "\x1b", "\u202e", "\r"} & set(said)
    assert "&lt;!channel&gt;" in said
    assert "@here" not in said
    assert "https://" not in said
    assert len(said.splitlines()) == 2


def test_what_is_long_is_cut_and_counted() -> None:
    said = lines(STOPPED.model_copy(update={"lines": ("x" * 10_000,) * 30}))
    assert len(said) == LINES + 1
    assert said[0] == "x" * LINE + "... (9,600 more characters)"
    assert said[-1] == "... and 20 more"
