"""The profile of Prefect that any import of a flow gives its project."""

import subprocess
import sys
from pathlib import Path

import pytest
import tomlkit

from kit.project import ROOT

SERVER, CLIENT = "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"
ORIGINS, TEMPORARY = "PREFECT_SERVER_CORS_ALLOWED_ORIGINS", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"


def imported(folder: Path) -> subprocess.CompletedProcess[str]:
    """What importing the flows in a folder did."""
    environment = {"PREFECT_HOME": str(folder), "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", "import flows"], env=environment, cwd=folder, text=True, capture_output=True
    )


def profile(folder: Path) -> dict[str, str]:
    return dict(tomlkit.parse((folder / "profiles.toml").read_text())["profiles"]["project"])


def write(folder: Path, **settings: str) -> None:
    content = {"active": "project", "profiles": {"project": settings}}
    (folder / "profiles.toml").write_text(tomlkit.dumps(content))
    (folder / "profiles.toml").chmod(0o600)


def test_an_empty_password_is_none(tmp_path: Path) -> None:
    write(tmp_path, **{SERVER: "", CLIENT: " "})
    assert imported(tmp_path).returncode == 0
    settings = profile(tmp_path)
    assert settings[SERVER] == settings[CLIENT]
    assert len(settings[SERVER]) > 30


def test_a_profile_with_passwords_gains_what_else_it_lacks_and_keeps_its_own(tmp_path: Path) -> None:
    own = {SERVER: "me:secret", CLIENT: "me:secret", "PREFECT_LOGGING_LEVEL": "DEBUG"}
    write(tmp_path, **own)
    assert imported(tmp_path).returncode == 0
    settings = profile(tmp_path)
    assert settings.items() >= own.items()
    assert settings[TEMPORARY] == "true"
    assert settings[ORIGINS] == "http://127.0.0.1:4200,http://localhost:4200"


@pytest.mark.parametrize(
    "content",
    [b"profiles = 3", b"[profiles]\nproject = 4", b'active = "\xff"', b"a = [", b'active = "x"\nprofiles = []'],
)
def test_a_file_that_holds_no_profile_is_one_line_and_the_next_step(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "profiles.toml").write_bytes(content)
    done = imported(tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {tmp_path}/profiles.toml ")
    assert done.stderr.splitlines()[-1] == "  next: mend it, or delete it: it is written anew"
    assert "Traceback" not in done.stderr
