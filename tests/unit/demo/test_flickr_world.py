import numpy as np
import pandas as pd

from popularity.demo.flickr_world import FIRST_ID, local_flickr, night_of
from popularity.demo.night import draw_night
from popularity.demo.posts import draw_posts, views_of
from popularity.demo.world import build_world
from popularity.settings import Demo

SMALL = Demo(batches=(), users=8, years=2, posts=40, test_share=0.15, dead_links=0.5)


def test_the_server_shows_the_worlds_posts_and_its_clock_says_which_night_it_is() -> None:
    server = local_flickr(SMALL, 7, 2)
    server.server_close()
    assert night_of(server.now - 3600) == 2
    world = build_world(SMALL, 7)
    night = draw_night(world, draw_posts(world, SMALL), SMALL, 2, None)
    row = night.draw.posts.iloc[-1]
    post = server.posts[FIRST_ID + int(night.draw.posts.index[-1])]
    assert (post.title, post.uploaded, post.owner) == (row["title"], row["postdate"], f"{row['uid']}@N00")
    assert post.views_at(post.uploaded + 3 * 86_400) == views_of(night.draw.posts["label"]).iloc[-1]
    assert server.groups[post.owner] == (row["avgmembercount"],) * row["groupcount"]


def test_a_day_brings_as_many_posts_as_a_night_has() -> None:
    server = local_flickr(SMALL, 7, 1)
    server.server_close()
    uploaded = pd.Series([post.uploaded for post in server.posts.values()])
    for days in (0, 1):
        end = server.now - days * 86_400
        assert 240 < ((uploaded > end - 86_400) & (uploaded <= end)).sum() < 380
    gone = np.mean([post.is_gone(server.now + 9 * 86_400) for post in server.posts.values()])
    assert 0.02 < gone < 0.06


def test_the_same_night_is_the_same_flickr() -> None:
    first, second = (local_flickr(SMALL, 7, 1) for _ in range(2))
    for server in (first, second):
        server.server_close()
    assert list(first.posts) == list(second.posts)
    alive = next(post.id for post in first.posts.values() if post.id > FIRST_ID + 201_000 and first.photo(post.id))
    assert first.photo(alive) == second.photo(alive)
