"""Stage image_embeddings: each stored photo of a batch as the numbers that an ImageNet network sees in it.

Reads   data/photos/<batch>/
Writes  data/embeddings/<batch>/, metrics/image_embeddings/<batch>.json
Keeps   finished chunks in .work/embeddings/
"""

import sys

from popularity import paths
from popularity.files import write_json
from popularity.images.embed import embed_photos
from popularity.marks import run
from popularity.settings import load_settings


def main() -> None:
    batch = sys.argv[1]
    found = embed_photos(paths.photos(batch), load_settings().image_embeddings, paths.embeddings(batch))
    if found.photos:
        print(f"{batch}: {found.photos:,} photos, {found.distinct:,} distinct, {found.reused:,} embedded earlier")
    else:
        print(f"{batch}: no photo is there, the embeddings are empty")
    counts = {"rows_in": found.photos, "rows_out": found.photos, "dropped": {}, "distinct": found.distinct}
    write_json(paths.metrics("image_embeddings", batch), counts)


if __name__ == "__main__":
    run(main)
