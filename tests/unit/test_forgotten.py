"""data/forgotten.csv: people by salted hashes alone."""

import re
from pathlib import Path

import numpy as np
import pytest

from popularity import paths
from popularity.errors import UserError
from popularity.forgotten import SALT, Forgotten, whole_number
from popularity.store.place import store_folder


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POPULARITY_STORE", raising=False)
    Path("data").mkdir()
    paths.FORGOTTEN.write_text("kind,hash\n")


def test_a_project_without_the_file_forgets_nobody() -> None:
    paths.FORGOTTEN.unlink()
    found = Forgotten.read()
    assert not found
    assert not found.rows([1, 2], [7, 7]).any()


def test_who_was_written_is_recognised_and_nobody_else() -> None:
    Forgotten.read().adding(users=[7], posts=[11]).write()
    found = Forgotten.read()
    assert found.rows([11, 12, 13], [8, 7, 8]).tolist() == [True, True, False]
    assert found.has_user(7)
    assert not found.has_post(7)
    assert found.of_posts(np.array([11, 7, 11])).tolist() == [True, False, True]


def test_the_file_alone_gives_no_id_back() -> None:
    Forgotten.read().adding(users=[7], posts=[200_001]).write()
    text = paths.FORGOTTEN.read_text()
    assert re.fullmatch(r"kind,hash\n(salt|user|post),[0-9a-f]{64}\n.*", text, re.DOTALL)
    assert "200001" not in text
    guessed = Forgotten(bytes(32)).adding(users=[7], posts=[200_001])
    assert not [one for one in (*guessed.users, *guessed.posts) if one in text]


def test_the_salt_is_for_its_owner_alone_and_two_projects_have_two() -> None:
    Forgotten.read().adding(users=[7]).write()
    salt = store_folder() / SALT
    assert salt.stat().st_mode & 0o077 == 0
    first = paths.FORGOTTEN.read_text()
    salt.unlink()
    paths.FORGOTTEN.write_text("kind,hash\n")
    Forgotten.read().adding(users=[7]).write()
    assert paths.FORGOTTEN.read_text() != first


def test_the_file_only_grows_and_the_same_again_changes_nothing() -> None:
    Forgotten.read().adding(users=[7]).write()
    first = paths.FORGOTTEN.read_text()
    Forgotten.read().adding(users=[7]).write()
    assert paths.FORGOTTEN.read_text() == first
    Forgotten.read().adding(users=[1], posts=[2, 3]).write()
    assert paths.FORGOTTEN.read_text().startswith(first)
    assert len(paths.FORGOTTEN.read_text().splitlines()) == 6


@pytest.mark.parametrize("damage", ["gone", "other"])
def test_without_its_salt_nobody_comes_back_in_silence(damage: str) -> None:
    Forgotten.read().adding(users=[7]).write()
    salt = store_folder() / SALT
    if damage == "gone":
        salt.unlink()
    else:
        salt.write_text("00" * 32)
    with pytest.raises(UserError, match=SALT):
        Forgotten.read()


def test_a_file_that_is_not_whole_is_told() -> None:
    paths.FORGOTTEN.write_text("user\n")
    with pytest.raises(UserError, match=re.escape("data/forgotten.csv")):
        Forgotten.read()


def test_ids_are_read_as_programs_write_them() -> None:
    assert [whole_number(text) for text in ("42", " 42.0 ", "4x", "", "4.5", "-1")] == [42, 42, None, None, None, None]


def test_a_number_that_no_table_holds_is_no_number_however_long_it_is() -> None:
    assert [whole_number(text) for text in (str(2**63 - 1), str(2**63), "9" * 5000)] == [2**63 - 1, None, None]
    assert [whole_number(text) for text in ("0" * 5000 + "7", "0" * 5000)] == [7, 0]
