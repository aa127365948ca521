"""`popularity backbones` as a user meets it."""

import subprocess
import sys
from pathlib import Path

import pytest

from popularity.images.backbones import BACKBONES

HEAVY = {"tensorflow", "keras", "torch"}


def row(shown: str, name: str) -> list[str]:
    return next(line.split() for line in shown.splitlines() if line.split()[:1] == [name])


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """In a folder where a file that is no weights lies in the place of vgg16's."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / BACKBONES["vgg16"].published.path).parent.mkdir()
    (folder / BACKBONES["vgg16"].published.path).write_bytes(b"not these")
    command = [sys.executable, "-m", "popularity", "backbones"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_what_a_package_ships_is_ready(shown: str) -> None:
    assert row(shown, "efficientnet_lite0") == ["efficientnet_lite0", "package", "yes", "224", "1,280", "19"]
    assert "efficientnet_lite0:" not in shown


def test_what_is_not_there_comes_with_its_address_and_place(shown: str) -> None:
    assert row(shown, "xception") == ["xception", "download", "no", "299", "2,048", "83"]
    published = BACKBONES["xception"].published
    hint = next(line for line in shown.splitlines() if line.startswith("xception:"))
    assert f"/{published.address}" in hint
    assert f"put it at {published.path}" in hint


def test_a_file_of_another_checksum_is_not_ready(shown: str) -> None:
    assert row(shown, "vgg16")[2:4] == ["wrong", "file"]
    assert f"vgg16: delete {BACKBONES['vgg16'].published.path}; " in shown


def test_every_backbone_has_its_row(shown: str) -> None:
    assert [row(shown, name)[0] for name in BACKBONES] == list(BACKBONES)


def test_nothing_heavy_is_imported_for_it(tmp_path: Path) -> None:
    code = f"""
import sys
from popularity.commands.backbones import backbones
backbones()
print({HEAVY} & set(sys.modules))"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
