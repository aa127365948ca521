"""Whatever a server does, its link ends in a reason or a photo, within bounds of time and memory."""

import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest

from kit.hostile_server import HABITS, HostileServer, serving_hostile
from popularity.links.ask import answers_table, ask
from popularity.links.check import Reader, check_posts
from popularity.links.decoders import Decoders
from popularity.links.folder import Folder
from popularity.links.recorded import StoredAnswers
from popularity.settings import load_settings
from popularity.store.store import Writer
from popularity.web.reasons import FINAL, OK

SETTINGS = load_settings(Path(__file__).parents[3] / "params.yaml")


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with serving_hostile({f"/{quote(name)}": habit.does for name, habit in HABITS.items()}) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("name", HABITS)
def test_a_link_to_it_ends_as_it_has_to(server: HostileServer, pool: Decoders, tmp_path: Path, name: str) -> None:
    habit, path = HABITS[name], f"/{quote(name)}"
    link = server.at(path)
    bounds = {"timeout_s": 2, "total_timeout_s": 4, "max_mb": 0.3, "patience_s": 3, "tries": habit.tries}
    settings = SETTINGS.fetch.model_copy(update={**bounds, "private_hosts": (server.host,)})
    start = time.monotonic()
    with Writer(tmp_path / "store") as store:
        tracemalloc.start()
        ask([link], settings, store)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        answers = answers_table([link], store)
        reader = Reader(
            Folder(tmp_path), StoredAnswers(answers, store), SETTINGS.filter_links, settings.max_bytes, pool
        )
        links = check_posts(pd.DataFrame({"pid": [1], "image_url": [link]}), reader, tmp_path / "shards")
    seconds = time.monotonic() - start

    outcome, reason = answers["outcome"].item(), links["reason"].item()
    assert (outcome, reason) == (habit.fetched, habit.fetched if habit.seen is None else habit.seen)
    assert answers["final"].item() == (habit.fetched in FINAL)
    assert (answers["sha256"].item() != "") == (outcome == OK)
    assert links["alive"].item() == (reason == "")
    assert server.asked[path] == habit.asked
    assert seconds < habit.seconds
    assert peak < habit.mb * 1e6
