"""Fine-tuning inception_resnet_v2 from random weights on demo photos: photos a second from shards, and peak memory.

`python -m benchmarks.finetune [SIDE]`; the first epoch, which traces the network, is left out. It runs on a GPU where
Keras finds one; peak_mb is the process's own memory, not the GPU's.
"""

import io
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import in_a_process, peak_mb

BACKBONE = "inception_resnet_v2"
SIDE = 139  # px; the smallest at which its three stages of blocks see more than a few pixels
BATCH = 16
STEPS = 5
TRAINABLE = ("first_6", "all")


def main() -> None:
    side = sys.argv[1] if len(sys.argv) > 1 else str(SIDE)
    if len(sys.argv) == 3:
        print(json.dumps(measure(int(side), sys.argv[2])))
        return
    found = {trainable: in_a_process("benchmarks.finetune", side, trainable) for trainable in TRAINABLE}
    for trainable, figures in found.items():
        print(f"{BACKBONE} {side} px, trainable {trainable:8}", *(f"{key} {value}" for key, value in figures.items()))
    print(json.dumps({BACKBONE: found}))


def measure(side: int, trainable: str) -> dict[str, float | str]:
    """Photos a second, processor seconds a photo and peak MB over STEPS steps of BATCH photos, after two steps."""
    import keras

    from popularity.images.backbones import BACKBONES, load
    from popularity.images.stream import Photos
    from popularity.models.finetuned import FineTuner
    from popularity.models.streamed import train_on_batches
    from popularity.settings import load_settings

    backbone = BACKBONES[BACKBONE]
    settings = load_settings().train_image.finetune.model_copy(update={"trainable": trainable, "batch_size": BATCH})
    tuner = FineTuner(lambda: load(backbone, None, side), settings, seed=1)
    pids = np.arange(BATCH * STEPS)
    targets = np.random.default_rng(1).normal(size=(len(pids), 1)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        write_demo_photos(Path(folder), len(pids))
        photos = Photos([Path(folder)], side, backbone.preprocessing, seed=1)
        train_on_batches(tuner.network, photos.shuffled(pids[: 2 * BATCH], BATCH, 0), targets, "first steps")
        start, busy = time.perf_counter(), time.process_time()
        train_on_batches(tuner.network, photos.shuffled(pids, BATCH, 1), targets, "measured")
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    devices = keras.distribution.list_devices()
    return {
        "photos_per_s": round(len(pids) / seconds, 2),
        "cpu_s_per_photo": round(busy / len(pids), 3),
        "peak_mb": round(peak_mb(), 1),
        "device": devices[0].split(":")[0],
    }


def write_demo_photos(folder: Path, count: int) -> None:
    """Scenes of the demo in one shard, as filter_links stores them."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from PIL import Image

    from popularity.demo.scenes import Shot, render
    from popularity.posts import PHOTOS, shard_path

    rows = []
    for pid in range(count):
        rng = np.random.default_rng(pid)
        photo = Image.fromarray(render(Shot.draw(rng), rng))
        photo.thumbnail((320, 320))
        content = io.BytesIO()
        photo.save(content, "JPEG", quality=90)
        width, height = photo.size
        rows.append({"pid": pid, "sha256": "", "width": width, "height": height, "jpeg": content.getvalue()})
    pq.write_table(pa.Table.from_pylist(rows, schema=PHOTOS), shard_path(folder, 0), compression="none")


if __name__ == "__main__":
    main()
