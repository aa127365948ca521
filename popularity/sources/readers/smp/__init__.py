"""The layout of the paper's multimodal-SMP-dataset."""

from popularity.sources.smp import read_batch as read_crawl

__all__ = ["read_crawl"]
