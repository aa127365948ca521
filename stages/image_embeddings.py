"""Stage image_embeddings: each stored photo of a batch as the numbers that an ImageNet network sees in it.

Reads   data/photos/<batch>/
Writes  data/embeddings/<batch>/, metrics/image_embeddings/<batch>.json
"""

import sys

from popularity import paths
from popularity.errors import run
from popularity.files import write_json
from popularity.images.embed import embed_photos
from popularity.settings import load_settings


def main() -> None:
    batch = sys.argv[1]
    rows = embed_photos(paths.photos(batch), load_settings().image_embeddings, paths.embeddings(batch))
    if not rows:
        print(f"{batch}: no photo is there, the embeddings are empty")
    write_json(paths.metrics("image_embeddings", batch), {"rows_in": rows, "rows_out": rows, "dropped": {}})


if __name__ == "__main__":
    run(main)
