"""What waits is sent once: after tries that failed, by a later run, and whoever else is sending."""

from pathlib import Path

import pytest

from kit.alert_servers import STOPPED, Hook, hook
from popularity import paths
from popularity.alerting import sending
from popularity.alerting.sending import TRIES, NotSentError, Send, send_waiting
from popularity.alerting.to_file import append
from popularity.alerting.to_webhook import post
from popularity.files import read_json
from popularity.monitoring.alert_record import Alert, put_on_record
from popularity.settings import Alerts, AnyChannel

EVERY = ("ok", "watch", "retrain", "stop")
OPTIONS = Alerts.model_validate(
    {
        "to": {
            "team": {"kind": "webhook", "url": "env/HOOK", "verdicts": ["stop"]},
            "log": {"kind": "file", "path": "alerts.jsonl", "verdicts": EVERY},
        }
    }
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sending, "LONGEST_PAUSE_S", 0.01)
    paths.WORK.mkdir()


def ways(there: Hook) -> dict[str, Send]:
    def to_hook(_: AnyChannel, alert: Alert) -> None:
        post(there.address, alert)

    def to_log(_: AnyChannel, alert: Alert) -> None:
        append(Path("alerts.jsonl"), alert)

    return {"webhook": to_hook, "file": to_log}


def test_each_channel_gets_what_it_is_to_have_once() -> None:
    put_on_record(STOPPED, OPTIONS)
    put_on_record(STOPPED.model_copy(update={"name": "night-003.ok", "verdict": "ok"}), OPTIONS)
    with hook() as there:
        assert send_waiting(OPTIONS, ways(there)) == []
        put_on_record(STOPPED, OPTIONS)  # the night is judged once more
        assert send_waiting(OPTIONS, ways(there)) == []
    assert len(there.texts) == 1
    assert len(Path("alerts.jsonl").read_text().splitlines()) == 2
    assert read_json(paths.alert(STOPPED.name))["sent"] == ["team", "log"]


def test_a_busy_server_is_asked_again() -> None:
    put_on_record(STOPPED, OPTIONS)
    with hook(503, 503, 200) as there:
        assert send_waiting(OPTIONS, ways(there)) == []
    assert len(there.texts) == 3
    assert len(set(there.keys)) == 1


def test_what_cannot_be_sent_waits_for_the_next_run_and_keeps_no_other_channel() -> None:
    put_on_record(STOPPED, OPTIONS)
    put_on_record(STOPPED.model_copy(update={"name": "night-004.stop"}), OPTIONS)
    with hook(500) as there:
        assert send_waiting(OPTIONS, ways(there)) == ["alerts to team wait for the next run: it answered 500"]
        assert len(there.texts) == TRIES  # the second alert is not tried while the server is down
        assert len(Path("alerts.jsonl").read_text().splitlines()) == 2
        there.answers = [200]
        assert send_waiting(OPTIONS, ways(there)) == []
    assert len(there.texts) == TRIES + 2
    assert len(Path("alerts.jsonl").read_text().splitlines()) == 2


def test_an_alert_that_is_refused_for_good_does_not_hold_up_the_next() -> None:
    put_on_record(STOPPED, OPTIONS)
    put_on_record(STOPPED.model_copy(update={"name": "night-004.stop"}), OPTIONS)
    with hook(413, 200) as there:
        assert send_waiting(OPTIONS, ways(there)) == ["alerts to team wait for the next run: it answered 413"]
        assert len(there.texts) == 2
        assert send_waiting(OPTIONS, ways(there)) == []
    assert len(there.texts) == 3


def test_a_run_that_is_killed_after_it_sent_sends_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(name: str, channel: str) -> None:
        raise KeyboardInterrupt

    put_on_record(STOPPED, OPTIONS)
    with hook() as there:
        with monkeypatch.context() as patch:
            patch.setattr(sending, "mark_sent", killed)
            with pytest.raises(KeyboardInterrupt):
                send_waiting(OPTIONS, ways(there))
        assert send_waiting(OPTIONS, ways(there)) == []
    assert there.keys[0] == there.keys[1]


def test_a_channel_that_is_no_more_is_asked_for_nothing() -> None:
    put_on_record(STOPPED, OPTIONS)
    assert send_waiting(Alerts(), {}) == []


def test_without_channels_nothing_is_kept() -> None:
    put_on_record(STOPPED, Alerts())
    assert not paths.ALERTS.exists()


def test_a_way_that_fails_for_good_is_told_once_for_all_alerts() -> None:
    def fails(_: AnyChannel, alert: Alert) -> None:
        raise NotSentError("the variable HOOK is not set", passing=False)

    for number in range(3):
        put_on_record(STOPPED.model_copy(update={"name": f"night-00{number}.stop"}), OPTIONS)
    with hook() as there:
        told = send_waiting(OPTIONS, {**ways(there), "webhook": fails})
    assert told == ["alerts to team wait for the next run: the variable HOOK is not set"]
