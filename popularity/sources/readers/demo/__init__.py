"""The demo world, which is written in the layout of the paper's data."""

from popularity.sources.smp import read_batch as read_crawl

__all__ = ["read_crawl"]
