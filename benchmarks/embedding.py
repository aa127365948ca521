"""Photos a second from JPEG shards to embeddings, of each runtime, beside plain Keras and what the machine can do.

`python -m benchmarks.embedding [PHOTOS]`; photos of the demo world, random weights. Plain Keras is one warmed
`keras.Model.predict` at its best batch over as many photos, decoded already: a call has a fixed cost, which so weighs
little. Everything is measured in turn, ROUNDS times, each in a process that is otherwise idle, and the best counts:
other work on the machine only ever slows down. Opening the network and importing what runs it is outside the time and
inside the memory. Fails where a network seems to beat the bound by more than a twentieth, for then one of the two is
wrong.
"""

import io
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.bound import multiply_adds, products, settle_products
from benchmarks.measure import peak_mb

PHOTOS = {"efficientnet_lite0": 1024, "inception_resnet_v2": 256}
ROUNDS = 5
KERAS_BATCHES = (16, 32, 64)
SHARD = 64  # photos; numbers of photos are rounded to whole shards, which divide by each of KERAS_BATCHES
POSSIBLE = 1.05  # share of the bound

Measured = dict[str, Any]


def main() -> None:
    from popularity.images.runtimes import choose, describe

    asked = PHOTOS if len(sys.argv) == 1 else dict.fromkeys(PHOTOS, int(sys.argv[1]))
    photos = {backbone: SHARD * max(1, count // SHARD) for backbone, count in asked.items()}
    settle_products()
    os.environ["TQDM_DISABLE"] = "1"
    found = {}
    with TemporaryDirectory() as folder:
        write_photos(Path(folder) / "photos", max(photos.values()))
        for backbone, count in photos.items():
            found[backbone] = compare(backbone, count, Path(folder))
    auto = describe(choose("auto"))
    picked = {backbone: {"runtime": auto} | of_runtimes[auto] for backbone, of_runtimes in found.items()}
    print(json.dumps(picked))
    refuse_impossible(found)


def refuse_impossible(found: dict[str, dict[str, Measured]]) -> None:
    """Exit with an error where found[backbone][runtime] beats the bound by more than POSSIBLE."""
    if impossible := [
        f"{backbone} on {runtime}"
        for backbone, of_runtimes in found.items()
        for runtime, figures in of_runtimes.items()
        if figures["share_of_bound"] > POSSIBLE
    ]:
        sys.exit(f"error: faster than the bound, so the bound or a time is wrong: {', '.join(impossible)}")


def compare(backbone: str, photos: int, folder: Path) -> dict[str, Measured]:
    """Figures of every runtime, by its name and version; printed too."""
    from popularity.images.runtimes import PACKAGES, describe

    product = Turn(products)
    turns = [Turn(predictions, backbone, photos)]
    turns += [Turn(embeddings, backbone, runtime, photos, folder) for runtime in PACKAGES]
    for _ in range(ROUNDS):
        for turn in turns:
            product.measure()
            turn.measure()
    bound, plain, *runtimes = [turn.end() for turn in (product, *turns)]
    operations = {name: max(rates[name] for rates in bound) for name in bound[0]}
    limit = max(operations.values()) / (2 * plain[0]["multiply_adds"])
    rates = {batch: max(round_["photos_per_s"][batch] for round_ in plain) for batch in KERAS_BATCHES}
    keras = max(rates.values())
    print(
        f"{backbone}: {plain[0]['multiply_adds'] / 1e9:.2f} G multiply-adds; products of side 4,096 at "
        + ", ".join(f"{rate / 1e9:,.0f} GFLOP/s ({name})" for name, rate in operations.items())
        + f", so at most {limit:,.1f} photos/s; keras.Model.predict "
        + ", ".join(f"{rate:,.1f} (batches of {batch})" for batch, rate in rates.items())
    )
    found = {}
    for runtime, rounds in zip(PACKAGES, runtimes, strict=True):
        rate = max(round_["photos_per_s"] for round_ in rounds)
        found[describe(runtime)] = figures = {
            "photos_per_s": round(rate, 1),
            "ratio_to_keras": round(rate / keras, 2),
            "share_of_bound": round(rate / limit, 3),
            "peak_mb": round(rounds[-1]["peak_mb"], 1),
        }
        print(f"  {describe(runtime):34}", *(f"{key} {value:>8,.2f}" for key, value in figures.items()), flush=True)
    return found


class Turn:
    """One measurement in a process of its own, which sleeps until it is its turn."""

    def __init__(self, measure: Callable[..., Iterator[Measured]], *arguments: Any) -> None:
        context = get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(target=serve, args=(other, measure, arguments), daemon=True)
        self._process.start()
        other.close()
        self._connection.recv()
        self._rounds: list[Measured] = []

    def measure(self) -> None:
        self._connection.send(True)
        self._rounds.append(self._connection.recv())

    def end(self) -> list[Measured]:
        """All that was measured; the process ends."""
        self._connection.send(False)
        self._process.join()
        return self._rounds


def serve(connection: Connection, measure: Callable[..., Iterator[Measured]], arguments: tuple[Any, ...]) -> None:
    rounds = measure(*arguments)
    connection.send(next(rounds))
    while connection.recv():
        connection.send(next(rounds))


def predictions(backbone: str, photos: int) -> Iterator[Measured]:
    """First nothing; then, each time, photos a second of plain Keras by the size of its batches, each in one call."""
    from popularity.images.backbones import BACKBONES, load

    network = load(BACKBONES[backbone], None)
    side = BACKBONES[backbone].input_px
    pixels = np.random.default_rng(1).integers(0, 256, (photos, side, side, 3), np.uint8)
    preprocessed = BACKBONES[backbone].preprocessing(pixels)
    for batch in KERAS_BATCHES:
        network.predict(preprocessed[:SHARD], batch_size=batch, verbose=0)
    yield {}
    while True:
        rates = {}
        for batch in KERAS_BATCHES:
            start = time.perf_counter()
            network.predict(preprocessed, batch_size=batch, verbose=0)
            rates[batch] = photos / (time.perf_counter() - start)
        yield {"photos_per_s": rates, "multiply_adds": multiply_adds(network)}


def embeddings(backbone: str, runtime: str, photos: int, folder: Path) -> Iterator[Measured]:
    """First nothing; then, each time, photos a second of `embed_photos` from shards to files, and the peak so far."""
    from popularity.images import embed, embedder
    from popularity.images.backbones import BACKBONES
    from popularity.settings import ImageEmbeddings

    settings = ImageEmbeddings(backbone=backbone, weights="none", runtime=runtime, batch_size=32)
    network = embedder.open_network(BACKBONES[backbone], None, runtime, settings.batch_size)
    embedder.open_network = lambda *_: network  # opened once, outside the time
    side = BACKBONES[backbone].input_px
    network(np.zeros((settings.batch_size, side, side, 3), np.uint8))  # Keras traces
    work = folder / f"{backbone}-{runtime}"
    shards = work / "photos"
    shards.mkdir(parents=True)
    for shard in sorted((folder / "photos").iterdir())[: photos // SHARD]:
        shutil.copy(shard, shards)
    os.chdir(work)
    yield {}
    while True:
        shutil.rmtree(".work", ignore_errors=True)  # else no photo is embedded twice
        start = time.perf_counter()
        done = embed.embed_photos(shards, settings, work / "out")
        yield {"photos_per_s": done.distinct / (time.perf_counter() - start), "peak_mb": peak_mb()}


def write_photos(folder: Path, count: int) -> None:
    """Shards of SHARD photos each, of 320 px as filter_links keeps them; no two are the same."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from PIL import Image

    from popularity.demo.scenes import Shot, render
    from popularity.posts import PHOTOS as SCHEMA
    from popularity.posts import shard_path

    rng = np.random.default_rng(1)
    folder.mkdir()
    for start in range(0, count, SHARD):
        rows = []
        for pid in range(start, start + SHARD):
            pixels = render(Shot.draw(rng), rng)
            jpeg = io.BytesIO()
            Image.fromarray(pixels).save(jpeg, "JPEG", quality=90)
            height, width, _ = pixels.shape
            rows.append({"pid": pid, "sha256": "", "width": width, "height": height, "jpeg": jpeg.getvalue()})
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), shard_path(folder, start // SHARD))


if __name__ == "__main__":
    main()
