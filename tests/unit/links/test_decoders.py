"""What a photo may cost, and that it costs itself alone."""

import resource
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from PIL import Image

from kit.bombs import encoded, many_scans, mutated
from popularity.errors import MachineError
from popularity.links.check import Reader, check_posts
from popularity.links.decoders import CHILD_S, Decoders, decoders
from popularity.links.folder import Folder
from popularity.links.fresh import FreshAnswers
from popularity.links.photos import FORMATS, read_photo
from popularity.links.scans import count_scans
from popularity.settings import load_settings
from popularity.store.costly import Costly
from popularity.web.reasons import NoPhotoError, Reason

PARAMS = load_settings(Path(__file__).parents[3] / "params.yaml")
SETTINGS = PARAMS.filter_links
HURRIED = SETTINGS.model_copy(update={"decode_s": 1})
POOR = SETTINGS.model_copy(update={"decode_mb": 50})


def noise(side: int = 64) -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 255, (side, side, 3), dtype=np.uint8))


def outcome(pool: Decoders, content: bytes, settings=SETTINGS) -> str:
    try:
        pool.read(content, settings)
    except NoPhotoError as gone:
        return gone.reason
    return "ok"


@contextmanager
def only_decoder() -> Iterator[tuple[Decoders, psutil.Process]]:
    """One, which has started, and its process."""
    pool, others = Decoders(1), running()
    try:
        assert outcome(pool, encoded(noise(), "JPEG")) == "ok"
        (process,) = running() - others
        yield pool, process
    finally:
        pool.stop()


def kill(victim: str, doing: Future[Any], times: int, others: set[psutil.Process]) -> None:
    """Kill what decodes a photo, or the decoder itself, in the middle of it."""
    while times and not doing.done():
        with suppress(psutil.NoSuchProcess):
            for one in running() - others:
                busy = [child for child in one.children() if child.cpu_times().user > 0.1]  # with that photo
                if busy:
                    killed = one if victim == "decoder" else busy[0]
                    killed.kill()
                    times -= 1
                    killed.wait()
    assert not times


def limit_everywhere(process: psutil.Process, what: int, most: int) -> None:
    """In a decoder and the child that it has."""
    for one in (process, *process.children()):
        one.rlimit(what, (most, most))


def reader_of(folder: Path, pool: Decoders) -> Reader:
    costly = Costly(folder / "store")
    return Reader(Folder(folder), FreshAnswers(PARAMS.fetch, folder), SETTINGS, PARAMS.fetch.max_bytes, pool, costly)


def running() -> set[psutil.Process]:
    return {one for one in psutil.Process().children() if "popularity.links.decoders" in one.cmdline()}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_decoder_gives_what_decoding_here_gives(pool: Decoders, kind: str) -> None:
    content = encoded(noise(), kind)
    assert pool.read(content, SETTINGS) == read_photo(content, SETTINGS)
    with pytest.raises(NoPhotoError, match="not an image"):
        pool.read(b"<html>", SETTINGS)


def test_scans_are_counted_as_markers_and_not_where_the_bytes_happen_to_be() -> None:
    plain, progressive = encoded(noise(), "JPEG"), encoded(noise(), "JPEG", progressive=True)
    assert count_scans(plain) == 1
    assert count_scans(progressive) == progressive.count(b"\xff\xda") == 10
    comment = b"\xff\xd8\xff\xfe\x01\x02" + b"\xff\xda" * 128 + plain[2:]
    assert count_scans(comment) == 1
    assert count_scans(plain + b"\xff\xda" * 500) == 1  # behind its end: the video of a motion photo, say
    assert count_scans(plain[:40]) == count_scans(b"") == count_scans(encoded(noise(), "PNG")) == 0
    assert count_scans(many_scans(64, 90)) == 90


def test_a_jpeg_of_thousands_of_scans_is_not_decoded(pool: Decoders) -> None:
    content = many_scans(2000, 3000)
    started = time.process_time()
    assert outcome(pool, content) == Reason.TOO_COSTLY
    assert time.process_time() - started < 5


def test_what_runs_out_of_time_or_memory_costs_itself_alone(pool: Decoders) -> None:
    slow, good = many_scans(5000, 90), encoded(noise(), "JPEG")
    assert outcome(pool, slow, HURRIED) == Reason.TOO_COSTLY
    large = encoded(Image.new("RGB", (9000, 9000)), "PNG")
    assert len(large) < 1_000_000
    assert outcome(pool, large, POOR) == Reason.TOO_COSTLY
    assert [outcome(pool, content) for content in (good, large)] == ["ok", "ok"]


def test_good_photos_beside_a_slow_one_are_not_kept_waiting(tmp_path: Path) -> None:
    slow, good = many_scans(5000, 90), encoded(noise(), "JPEG")
    two = Decoders(2)
    try:
        assert outcome(two, good) == "ok"  # both are started
        with ThreadPoolExecutor(2) as threads:
            last = threads.submit(outcome, two, slow)
            time.sleep(0.2)
            assert [outcome(two, good) for _ in range(5)] == ["ok"] * 5
            assert not last.done()
            assert last.result() == "ok"
    finally:
        two.stop()


def test_a_decoder_that_is_killed_is_replaced_and_none_is_left() -> None:
    good, others = encoded(noise(), "JPEG"), running()
    with decoders() as pool:
        assert outcome(pool, good) == "ok"
        (child,) = running() - others
        child.kill()
        child.wait()
        assert outcome(pool, good) == "ok"
        (other,) = running() - others
    assert not other.is_running()


@pytest.mark.parametrize(
    ("does", "told"),
    [("exit 1", "it ends before"), ("kill -9 $$", "it ends before"), ("exec sleep 9", "not ready"), (None, "No such")],
)
def test_decoders_that_do_not_start_end_the_stage_and_cost_no_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str | None, told: str
) -> None:
    (tmp_path / "good.jpg").write_bytes(encoded(noise(), "JPEG"))
    posts = pd.DataFrame({"pid": [1], "image_url": ["good.jpg"]})
    if does:
        (tmp_path / "python").write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / "python").chmod(0o755)
    before = set(psutil.Process().children())
    with decoders() as pool:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", str(tmp_path / "python"))
            patch.setattr("popularity.links.decoders.START_S", 0.2 if told == "not ready" else 60)
            with pytest.raises(MachineError, match=f"no decoder of photos: .*{told}") as error:
                check_posts(posts, reader_of(tmp_path, pool), tmp_path / "first")
        assert set(psutil.Process().children()) == before
        assert "run this again" in error.value.next_step
        assert check_posts(posts, reader_of(tmp_path, pool), tmp_path / "again")["reason"].tolist() == [""]


@pytest.mark.parametrize("victim", ["decoder", "child"])
def test_a_photo_that_something_kills_the_decoding_of_is_decoded_by_another(victim: str) -> None:
    others = running()
    with only_decoder() as (pool, _), ThreadPoolExecutor(1) as thread:
        doing = thread.submit(outcome, pool, many_scans(3000, 90))
        kill(victim, doing, 1, others)
        assert doing.result() == "ok"


@pytest.mark.parametrize("victim", ["decoder", "child"])
def test_what_is_killed_twice_is_told_and_not_remembered_as_the_photos_fault(tmp_path: Path, victim: str) -> None:
    (tmp_path / "slow.jpg").write_bytes(many_scans(3000, 90))
    posts, others = pd.DataFrame({"pid": [1], "image_url": ["slow.jpg"]}), running()
    with only_decoder() as (pool, _), ThreadPoolExecutor(1) as thread:
        doing = thread.submit(check_posts, posts, reader_of(tmp_path, pool), tmp_path / "first")
        kill(victim, doing, 2, others)
        with pytest.raises(MachineError, match="2 decoders in a row"):
            doing.result()
        again = check_posts(posts, reader_of(tmp_path, pool), tmp_path / "again")
    assert again["reason"].tolist() == [""]


def test_a_limit_on_time_holds_though_its_signal_is_ignored() -> None:
    before = signal.signal(signal.SIGPROF, signal.SIG_IGN)  # which processes that are started inherit
    try:
        with only_decoder() as (pool, process):
            assert outcome(pool, many_scans(8000, 90), HURRIED) == Reason.TOO_COSTLY
            assert process.is_running()
    finally:
        signal.signal(signal.SIGPROF, before)


def test_a_process_decodes_photos_as_long_as_its_share_of_time_lasts_and_then_another_does() -> None:
    good = encoded(noise(400), "JPEG")
    with only_decoder() as (pool, process):
        (first,) = process.children()
        before = first.cpu_times().user
        assert outcome(pool, good) == "ok"
        assert process.children() == [first]
        while first in process.children():
            assert first.cpu_times().user - before < CHILD_S + 0.5
            assert outcome(pool, good) == "ok"
        assert not first.is_running()


def test_what_earlier_photos_took_is_not_counted_against_the_next() -> None:
    with only_decoder() as (pool, process):
        (child,) = process.children()
        content = many_scans(1500, 90)
        while child.cpu_times().user < 0.6:
            assert outcome(pool, content, HURRIED) == "ok"
        assert process.children() == [child]
        assert outcome(pool, many_scans(2500, 90), HURRIED) == "ok"


def test_a_lower_limit_of_the_machine_holds_and_is_not_the_photos_fault() -> None:
    good, large = encoded(noise(), "JPEG"), encoded(Image.new("RGB", (9000, 9000)), "PNG")
    with only_decoder() as (pool, process):
        little = process.memory_info().vms + 100 * 2**20
        limit_everywhere(process, resource.RLIMIT_AS, little)
        limit_everywhere(process, resource.RLIMIT_CPU, SETTINGS.decode_s // 2)
        assert outcome(pool, good) == "ok"
        assert outcome(pool, large, POOR) == Reason.TOO_COSTLY
        assert process.is_running()
        assert outcome(pool, large) == "ok"  # another decoder, which is not as limited
        assert not process.is_running()


@pytest.mark.parametrize("by", [signal.SIGSEGV, signal.SIGPROF])
def test_what_an_earlier_photo_left_behind_is_not_the_next_ones_fault(by: signal.Signals) -> None:
    with only_decoder() as (pool, process):
        (child,) = process.children()
        child.send_signal(by)
        while child.status() != psutil.STATUS_ZOMBIE:  # its decoder asks after it when the next photo comes
            time.sleep(0.01)
        assert outcome(pool, encoded(noise(), "JPEG")) == "ok"
        assert process.is_running()


def test_what_a_photo_may_take_does_not_hang_on_those_before_it() -> None:
    content = encoded(Image.new("RGB", (5100, 5100)), "PNG")
    poor = SETTINGS.model_copy(update={"decode_mb": 100})
    with only_decoder() as (pool, process):
        alone = outcome(pool, content, poor)
        for _ in range(2):
            assert outcome(pool, encoded(noise(1500), "PNG")) == "ok"
        assert process.children()
        assert outcome(pool, content, poor) == alone == Reason.TOO_COSTLY


def test_no_limit_of_an_earlier_photo_holds_for_the_bytes_of_the_next() -> None:
    tight = SETTINGS.model_copy(update={"decode_mb": 20})
    good = encoded(noise(), "JPEG")
    with only_decoder() as (pool, _):
        assert [outcome(pool, content, tight) for content in (good, good + bytes(19_000_000))] == ["ok", "ok"]


def test_whatever_a_decoder_raises_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(noise(), "AVIF")
    for error, reason in (
        (RuntimeError("Conversion from YUV failed"), Reason.UNDECODABLE),
        (ZeroDivisionError(), Reason.UNDECODABLE),
        (MemoryError(), Reason.TOO_COSTLY),
        (OSError(), Reason.TRUNCATED),
    ):

        def broken(self: Image.Image, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr("PIL.AvifImagePlugin.AvifImageFile.load", broken)
        with pytest.raises(NoPhotoError, match=f"^{reason}$"):
            read_photo(content, SETTINGS)


def test_a_bomb_is_remembered_so_that_a_second_run_gives_the_same(
    pool: Decoders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow.jpg").write_bytes(many_scans(5000, 90))
    (tmp_path / "good.jpg").write_bytes(encoded(noise(), "JPEG"))
    posts = pd.DataFrame({"pid": [1, 2], "image_url": ["slow.jpg", "good.jpg"]})
    tried: list[int] = []
    read = pool.read
    monkeypatch.setattr(
        pool, "read", lambda content, settings: (tried.append(len(content)), read(content, settings))[1]
    )
    slow, good = ((tmp_path / name).stat().st_size for name in posts["image_url"])

    def run(name: str, seconds: int) -> pd.DataFrame:
        settings = SETTINGS.model_copy(update={"decode_s": seconds})
        costly = Costly(tmp_path / "store")
        reader = Reader(
            Folder(tmp_path), FreshAnswers(PARAMS.fetch, tmp_path), settings, PARAMS.fetch.max_bytes, pool, costly
        )
        return check_posts(posts, reader, tmp_path / name)

    first = run("first", 1)
    assert first["reason"].tolist() == [Reason.TOO_COSTLY, ""]
    assert sorted(tried) == sorted([slow, good])
    tried.clear()
    pd.testing.assert_frame_equal(run("again", 1), first)
    assert tried == [good]
    assert run("more", 60)["reason"].tolist() == ["", ""]  # a higher limit tries anew


@pytest.mark.long
@pytest.mark.parametrize("kind", FORMATS)
def test_no_mutated_photo_crashes_or_holds_up_a_stage(pool: Decoders, kind: str) -> None:
    random = np.random.default_rng(list(kind.encode()))
    of_kind = {"GIF": {}, "PNG": {}, "AVIF": {"speed": 10}, "WEBP": {}, "JPEG": {"progressive": True}, "HEIF": {}}[kind]
    whole = [
        encoded(noise(side).convert(mode), kind, **of_kind) for side, mode in ((40, "RGB"), (33, "L"), (50, "RGB"))
    ]
    until, told = time.monotonic() + 120, set()
    for n in range(2_000):
        told.add(outcome(pool, mutated(whole[n % 3], random), SETTINGS.model_copy(update={"decode_s": 5})))
        if time.monotonic() > until:
            break
    print(kind, n + 1, sorted(told))
    assert told <= {"ok", *Reason}
    assert outcome(pool, whole[0]) == "ok"
