from pathlib import Path

import pytest

from popularity.settings import FilePair
from popularity.sources.links import clean_link
from popularity.sources.smp import COLUMNS, read_crawl

WEB = "https://example.org/a%20b/1.jpg?x=1"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        (WEB, WEB),
        (f" {WEB}\t\r\n", WEB),
        (f"\ufeff{WEB}\u200b", WEB),
        (f"\u2060\u00a0{WEB}\u2028\u00ad", WEB),
        ("https://example.org/\r\n1.\ufeffjpg", "https://example.org/1.jpg"),
        ("HTTP://example.org/\u200b1.jpg", "HTTP://example.org/1.jpg"),
        ("https://example.org/👩\u200d💻.jpg", "https://example.org/👩\u200d💻.jpg"),  # its joiner is part of it
        ("//example.org/1.jpg", "https://example.org/1.jpg"),
        (" //example.org/1.jpg", "https://example.org/1.jpg"),
        ("images/a b\u200b.jpg ", "images/a b\u200b.jpg"),  # a file may be called so
        ("file:///home/anna/crawl/images/1.jpg", "/home/anna/crawl/images/1.jpg"),
        ("FILE://server/C:/crawl/1.jpg", "/C:/crawl/1.jpg"),
        ("file:images/1.jpg", "images/1.jpg"),
        ("nan", ""),
        ("NaN", ""),
        (" None ", ""),
        ("null", ""),
        ("NULL", ""),
        ("<NA>", ""),
        ("\ufeff", ""),
        ("", ""),
        ("nan.jpg", "nan.jpg"),
        ("none/1.jpg", "none/1.jpg"),
    ],
)
def test_a_link_is_what_was_meant(text: str, link: str) -> None:
    assert clean_link(text) == link
    assert clean_link(link) == link


def test_a_crawl_s_links_are_read_so(tmp_path: Path) -> None:
    rows = [f"{pid},7,1500000000" + "," * 11 + f",{link}" for pid, link in enumerate([f" {WEB} ", "None"], 1)]
    (tmp_path / "posts.csv").write_text("\n".join([",".join(COLUMNS), *rows]))
    crawl = read_crawl(tmp_path, (FilePair(data="posts.csv"),), "log2_views")
    assert crawl.posts["image_url"].tolist() == [WEB, ""]
    assert crawl.rejected.empty
