"""What no float32 network can beat: its multiply-adds at the speed of this machine's best matrix product."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

SIDE = 4096


def multiply_adds(network: "keras.Model") -> int:
    """Of one photo, in convolutions, which are nearly all: each number of a kernel once for each pixel that comes out.

    network: functional, channels last, of layers whose only weights with four axes are kernels.
    """
    return sum(
        int(np.prod(layer.output.shape[1:3])) * int(np.prod(weight.shape))
        for layer in network.layers
        for weight in layer.weights
        if len(weight.shape) == 4
    )


def settle_products() -> None:
    """Set what numpy's OpenBLAS reads when it is loaded; for processes started from now on.

    One thread, for `products` has one a core. And no kernels of an older processor, to which some environments hold it
    for equal bytes on unlike machines: without AVX-512 the bound is half of what networks reach.
    """
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    for held in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(held, None)


def products() -> Iterator[dict[str, float]]:
    """First nothing; then, each time, the operations a second of a product by numpy and of one by torch.

    Every core multiplies its share of the rows, so that none waits for another before the end.
    """
    import torch

    torch.set_num_threads(1)
    cores = len(os.sched_getaffinity(0))
    left, right = np.random.default_rng(1).random((2, SIDE, SIDE), dtype=np.float32)
    rows = np.array_split(left, cores)
    work = {
        "numpy": (rows, right, np.matmul),
        "torch": ([torch.from_numpy(some) for some in rows], torch.from_numpy(right), torch.matmul),
    }
    with ThreadPoolExecutor(cores) as pool:

        def rates() -> dict[str, float]:
            found = {}
            for name, (parts, other, multiply) in work.items():
                start = time.perf_counter()
                list(pool.map(multiply, parts, [other] * cores))
                found[name] = 2 * SIDE**3 / (time.perf_counter() - start)
            return found

        rates()  # loads and warms
        yield {}
        while True:
            yield rates()
