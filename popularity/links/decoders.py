"""Strangers' photos are decoded in processes of their own, each within limits: what runs out costs that photo alone.

A decoder is `python -m popularity.links.decoders` with one end of a pair of sockets. It has the modules loaded, and
forks children, one after another, each of which decodes a second's worth of photos and may use so much processor time
and memory for each. It is started by `subprocess`, for a worker of a cluster may start no process through
multiprocessing.

What the machine does is no photo's fault: that no decoder starts, that one is gone in the middle of a photo, or that
its child is killed by none of these limits. A table would keep it as a photo's reason, so it is a MachineError instead.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import lru_cache
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from queue import LifoQueue
from typing import Any, NoReturn

from PIL import Image

from popularity.errors import MachineError
from popularity.links.photos import Photo, perceptual_hash, read_photo
from popularity.settings import FilterLinks
from popularity.web.reasons import NoPhotoError, Reason

WALL = 6
"""Times its processor time that a photo may take by the clock: on a busy machine others have the processor, too."""
SPARE_S = 30.0
"""That a decoder has beyond it, to say that a child ran out of it."""
START_S = 120.0
"""That a decoder has to load its modules, from a cold disk on a busy machine, too."""
CHILD_S = 1.0
"""Of processor time after which a child makes room for a fresh one. Forking one costs as much as four small photos, and
what strangers' photos leave in its memory goes with it."""
TRIES = 2
"""Decoders that a photo is given to while they are gone before they answer."""
GOES_ON, IS_OVER, NO_MEMORY = b"+", b".", b"!"
"""What a child's answer begins with: whether it takes another photo, or this one ran out of memory."""
NOTHING = json.dumps({"reason": Reason.UNDECODABLE}).encode() + b"\n"


class Decoders:
    """As many decoders as are asked for, each started when it is first needed. For many threads at a time."""

    def __init__(self, count: int) -> None:
        self._idle: LifoQueue[_Decoder] = LifoQueue()
        self._all = [_Decoder() for _ in range(count)]
        for one in self._all:
            self._idle.put(one)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    def read(self, content: bytes, settings: FilterLinks) -> Photo:
        """As `photos.read_photo`, within the limits of the settings; waits until a decoder is idle.

        Raises NoPhotoError also: too costly to decode, cannot be decoded (decoding it crashed). Raises MachineError
        where no decoder starts, and where two are gone in the middle of it.
        """
        one = self._idle.get()
        try:
            return one.read(content, settings)
        finally:
            self._idle.put(one)

    def stop(self) -> None:
        """Stop them all."""
        for one in self._all:
            one.stop()


@contextmanager
def decoders() -> Iterator[Decoders]:
    """A decoder for each processor that this process may use, its affinity and its cgroup's quota considered."""
    from joblib import cpu_count

    found = Decoders(cpu_count())
    try:
        yield found
    finally:
        found.stop()


class _Decoder:
    """One process, started anew where it is gone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def read(self, content: bytes, settings: FilterLinks) -> Photo:
        for _ in range(TRIES):
            pipe = self._started()
            try:
                answer = self._ask(pipe, content, settings)
            except (EOFError, OSError):
                self.stop()
            else:
                return _photo(answer)
        raise MachineError(
            f"{TRIES} decoders in a row were gone in the middle of a photo: killed, for want of memory mostly, or kept "
            "from what filter_links allows them",
            next_step="free memory, lift a ulimit or set filter_links.decode_mb lower, then run this again",
        )

    def _ask(self, pipe: Connection, content: bytes, settings: FilterLinks) -> bytes:
        pipe.send_bytes(settings.model_dump_json().encode())
        pipe.send_bytes(content)
        if not pipe.poll(TRIES * WALL * settings.decode_s + SPARE_S):
            self.stop()  # an answer that came too late would be the next photo's
            raise NoPhotoError(Reason.TOO_COSTLY)
        return pipe.recv_bytes()

    def _started(self) -> Connection:
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._pipe is None:
            self._pipe = self._start()
        return self._pipe

    def _start(self) -> Connection:
        """Returns when it is ready: what ends before that ends for every photo alike."""
        ours, theirs = Pipe()
        problem = f"it is not ready after {START_S:.0f} s"
        try:
            with theirs:
                self._process = _run(theirs.fileno())
            if ours.poll(START_S):
                ours.recv_bytes()
                return ours
        except EOFError:
            problem = "it ends before it is ready"
        except OSError as error:
            problem = str(error)
        ours.close()
        self.stop()
        raise MachineError(
            f"{sys.executable} starts no decoder of photos: {problem}",
            next_step="mend what it says above, or free memory, or run `make setup`; then run this again",
        )

    def stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._pipe = self._process = None


def _run(fd: int) -> subprocess.Popen[bytes]:
    single = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a fork with threads may hang
    return subprocess.Popen(
        [sys.executable, "-m", "popularity.links.decoders", str(fd)],
        env=os.environ | single,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[fd],
    )


def _photo(answer: bytes) -> Photo:
    head, _, jpeg = answer.partition(b"\n")
    told: dict[str, Any] = json.loads(head)
    if "reason" in told:
        raise NoPhotoError(told["reason"])
    return Photo(**told, jpeg=jpeg)


def serve(pipe: Connection) -> None:
    """Say that the modules are loaded, then decode what comes until the other end is closed or there is no child."""
    _load()
    child = None
    with suppress(EOFError, OSError):
        pipe.send_bytes(b"ready")
        while True:
            settings, content = pipe.recv_bytes(), pipe.recv_bytes()
            answer = child.read(content, settings) if child is not None and not child.is_over else None
            if answer is None:
                child = _Child(pipe)
                answer = child.read(content, settings)
            assert answer is not None  # a fresh one knows
            pipe.send_bytes(answer)


class _Child:
    """A process that decodes photos until it is over: it has done its share, or one ended it.

    What its first photo ends of, is that one's fault. Of a later one nobody knows whether an earlier one left the
    process so, and it has to be decoded once more by another. pipe: its decoder's, which it has no use for.
    """

    def __init__(self, pipe: Connection) -> None:
        self.is_over = self._is_used = False
        self._pipe, theirs = Pipe()
        self._pid = os.fork()
        if not self._pid:
            pipe.close()
            self._pipe.close()
            _work(theirs)
        theirs.close()

    def read(self, content: bytes, settings: bytes) -> bytes | None:
        """What it answers, or why there is no answer; None where another has to decode the photo.

        Raises OSError where that is not the photo's doing: it was killed by none of our limits.
        """
        answer, is_late, is_used = b"", False, self._is_used
        self._is_used = True
        with suppress(EOFError, OSError):  # it is gone, and its status says why
            self._pipe.send_bytes(settings)
            self._pipe.send_bytes(content)
            if is_late := not self._pipe.poll(WALL * _settings(settings).decode_s):
                os.kill(self._pid, signal.SIGKILL)
            else:
                answer = self._pipe.recv_bytes()
        if answer[:1] == GOES_ON:
            return answer[1:]
        self.is_over = True
        self._pipe.close()
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        if answer[:1] == IS_OVER:
            return answer[1:]
        if not answer and not is_late and code in (-signal.SIGKILL, -signal.SIGXCPU, 0):
            raise ChildProcessError("ended from outside: for want of memory, say")
        if is_used and not is_late:
            return None
        if answer:
            return answer[1:]
        if is_late or code == -signal.SIGPROF:
            return json.dumps({"reason": Reason.TOO_COSTLY}).encode() + b"\n"
        return NOTHING


def _work(pipe: Connection) -> NoReturn:
    """What a child does."""
    code = 1
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # whoever ignores it hands that on
    _bound(resource.RLIMIT_CORE, 0)
    with suppress(BaseException):
        has, then = _memory(), GOES_ON
        while then == GOES_ON:
            settings, content = pipe.recv_bytes(), pipe.recv_bytes()
            answer, then = _answer(content, _settings(settings), has)
            signal.setitimer(signal.ITIMER_PROF, 0)
            _bound(resource.RLIMIT_AS, resource.RLIM_INFINITY)  # none holds for what is received
            pipe.send_bytes(then + answer)
        code = 0
    os._exit(code)


def _answer(content: bytes, settings: FilterLinks, has: int) -> tuple[bytes, bytes]:
    """What is made of a photo, and what becomes of this process. has: bytes that it had when it was new."""
    lowered, out_of_memory = _limit(settings, has and has + len(content)), False
    try:
        told = asdict(read_photo(content, settings))
        jpeg = told.pop("jpeg")
    except NoPhotoError as gone:
        out_of_memory = isinstance(gone.__cause__, MemoryError)
        if lowered and out_of_memory:
            os.kill(os.getpid(), signal.SIGKILL)  # the machine's limit, not the settings': as if it had killed it
        told, jpeg = {"reason": gone.reason}, b""
    goes_on = not lowered and time.process_time() < CHILD_S
    return json.dumps(told).encode() + b"\n" + jpeg, NO_MEMORY if out_of_memory else GOES_ON if goes_on else IS_OVER


@lru_cache(maxsize=1)
def _settings(content: bytes) -> FilterLinks:
    return FilterLinks.model_validate_json(content)


def _limit(settings: FilterLinks, above: int) -> bool:
    """Bound what this process uses from now on: seconds of processor time, MiB above so many bytes.

    What earlier photos left of the memory to be used again counts, so that no photo has more for their sake. Returns
    whether the machine allows less memory than that.
    """
    signal.setitimer(signal.ITIMER_PROF, settings.decode_s)
    return bool(above) and _bound(resource.RLIMIT_AS, above + settings.decode_mb * 2**20)


def _memory() -> int:
    """Bytes of this process's address space; 0 where nobody says."""
    with suppress(FileNotFoundError):  # /proc: Linux
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return pages * resource.getpagesize()
    return 0


def _bound(what: int, most: int) -> bool:
    """Set a limit, or what the machine allows where that is less. Returns whether it is."""
    allowed = resource.getrlimit(what)[1]
    lower = allowed != resource.RLIM_INFINITY and (most == resource.RLIM_INFINITY or allowed < most)
    resource.setrlimit(what, (allowed if lower else most, allowed))
    return lower


def _load() -> None:
    """Import what a photo needs, once and not in each child."""
    Image.init()
    perceptual_hash(Image.new("L", (64, 64)))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: whoever started it ends it
    serve(Connection(int(sys.argv[1])))
