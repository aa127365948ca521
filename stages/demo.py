"""Stage demo: draw the built-in demo world as a crawl in the layout of the paper's data set.

Writes  data/raw/<batch>/
"""

import sys

from popularity import paths
from popularity.demo.posts import write_demo
from popularity.marks import run
from popularity.settings import load_settings


def main() -> None:
    settings = load_settings()
    write_demo(paths.raw(sys.argv[1]), settings.demo, settings.base.seed, settings.label.min_age_days)


if __name__ == "__main__":
    run(main)
