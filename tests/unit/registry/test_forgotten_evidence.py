"""Posts of people who asked to be forgotten are not scored, also before their batch is read anew."""

from pathlib import Path

from popularity import paths
from popularity.embeddings import META
from popularity.files import write_json
from popularity.forgotten import Forgotten
from popularity.posts import read_table
from popularity.registry.evidence import of_batch
from popularity.settings import load_settings


def test_a_batch_is_scored_without_their_posts(champion: Path) -> None:
    (batch,) = load_settings().batches
    write_json(paths.embeddings(batch) / META, {"backbone": "some", "weights_sha256": None, "runtime": None})
    posts = read_table(paths.posts(batch), ["pid", "uid"])
    uid, pid = int(posts["uid"].iloc[0]), int(posts.loc[posts["uid"] != posts["uid"].iloc[0], "pid"].iloc[0])
    every = of_batch(batch, "pre_publication")
    Forgotten.read().adding(users=[uid], posts=[pid]).write()
    found = of_batch(batch, "pre_publication")
    gone = (every.posts["uid"] == uid) | (every.posts["pid"] == pid)
    assert found.posts["pid"].tolist() == every.posts.loc[~gone, "pid"].tolist()
    assert len(found.has_photo) == len(found.posts)
    assert found.embeddings is not None
    assert len(found.embeddings) == found.has_photo.sum()
