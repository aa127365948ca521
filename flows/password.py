"""The password of the project's own Prefect servers, that of `make server` and the temporary one of a flow.

Who reaches Prefect's API can run any command on the worker, and every web page that is open on the machine reaches it.
The password lies in .prefect/profiles.toml, which is its owner's alone to read; server, worker, flows, the `prefect`
command and `make deploy` read it there. A variable of the environment of the same name counts more, as ever.
"""

import os
import secrets
from pathlib import Path

import tomlkit
from filelock import FileLock
from tomlkit.exceptions import TOMLKitError

from popularity.errors import UserError
from popularity.files import replacing

USER = "popularity"
PORT = 4200
SERVER, CLIENT = "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"
ORIGINS = "PREFECT_SERVER_CORS_ALLOWED_ORIGINS"
TEMPORARY = "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"
PROFILE = "project"
MEND = "mend it, or delete it: it is written anew"


def origins(port: int) -> str:
    """The pages that may ask a server at a port, as Prefect's setting takes them: its own."""
    return f"http://127.0.0.1:{port},http://localhost:{port}"


def ensure_profile() -> None:
    """Write the project's profile of Prefect, or add what the active one lacks. Before `prefect` is imported.

    A setting that is there but empty counts as none: an empty password lets everybody in.
    Raises UserError where the file is no TOML, or holds no profiles.
    """
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name("profiles.lock")):
        content, active = _read(path)
        told = [str(one or "").strip() for one in (os.environ.get(CLIENT), active.get(CLIENT), active.get(SERVER))]
        password = next(filter(None, told), f"{USER}:{secrets.token_urlsafe(24)}")
        wanted = {SERVER: password, CLIENT: password, ORIGINS: origins(PORT), TEMPORARY: "true"}
        lacking = {name: value for name, value in wanted.items() if not str(active.get(name, "")).strip()}
        if not lacking and path.stat().st_mode & 0o077 == 0:
            return
        active.update(lacking)
        with replacing(path) as temporary:
            temporary.touch(mode=0o600)
            temporary.write_text(tomlkit.dumps(content), encoding="utf-8")


def password() -> str:
    """`user:password`, as Prefect takes it. Raises UserError where no profile says it."""
    if told := os.environ.get(CLIENT):
        return told
    _, active = _read(_path())
    if CLIENT not in active:
        raise UserError(f"{_path()} has no {CLIENT}", next_step="start a flow or `make server`, which writes it")
    return str(active[CLIENT])


def credentials() -> tuple[str, str]:
    """The same for HTTP's basic authentication."""
    user, _, word = password().partition(":")
    return user, word


def _path() -> Path:
    return Path(os.environ["PREFECT_HOME"]) / "profiles.toml"


def _read(path: Path) -> tuple[tomlkit.TOMLDocument, tomlkit.items.Table]:
    """The file's content, and of it the settings of the active profile; of a new one where there is none."""
    try:
        content = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML: {error}", next_step=MEND) from error
    name = str(os.environ.get("PREFECT_PROFILE") or content.setdefault("active", PROFILE))
    profiles = content.setdefault("profiles", tomlkit.table(is_super_table=True))
    active = profiles.setdefault(name, tomlkit.table()) if isinstance(profiles, dict) else None
    if not isinstance(active, tomlkit.items.Table):
        raise UserError(f"{path} holds no profile {name}", next_step=MEND)
    return content, active
