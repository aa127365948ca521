"""Principal components of embeddings."""

import numpy as np
import pytest

from kit.users_posts import evidence_of_posts, users_posts
from popularity.models.components import Components

ROWS = np.random.default_rng(0).normal(size=(300, 6)) * [8, 4, 1, 1, 1, 0]
EMBEDDINGS = (ROWS + 3).astype(np.float16)


def test_the_directions_are_those_of_most_variance_scaled_to_one():
    found = Components.fit(EMBEDDINGS, 2)
    assert np.abs(found.direction).argmax(axis=1).tolist() == [0, 1]
    scores = (EMBEDDINGS.astype(float) - found.mean) @ found.direction.T
    assert scores.var(axis=0) == pytest.approx([1, 1])


def test_what_does_not_vary_is_no_direction():
    assert len(Components.fit(EMBEDDINGS, 6).direction) == 5
    assert len(Components.fit(EMBEDDINGS[:1], 6).direction) == 0


def test_a_post_without_a_photo_has_no_values():
    posts = users_posts(users=2, each=5)
    photo = np.arange(10) % 2 == 0
    evidence = evidence_of_posts(posts, photo)
    found = Components.fit(evidence.embeddings, 3).of(evidence)
    assert (np.isnan(found).any(axis=1) == ~photo).all()
