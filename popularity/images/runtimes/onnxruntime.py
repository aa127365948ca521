"""ONNX Runtime on the processor: each thread that calls runs its photos by itself.

No operator waits for another core, decoding in one thread overlaps inference in another, and one photo's activations
stay in the core's cache: on two cores this is faster than operators that use both, and than batches of 2 to 16.
As the graph never sees two photos, a photo's numbers cannot depend on its neighbours.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from popularity.images.backbones import Backbone, load
from popularity.images.runtimes import describe
from popularity.images.runtimes.export import EMBEDDINGS, PIXELS, export


class OnnxNetwork:
    """See `runtimes.Network`."""

    def __init__(self, backbone: Backbone, weights: Path | None, batch: int) -> None:
        from onnxruntime import InferenceSession, SessionOptions

        self.runtime, self.batch = describe("onnxruntime"), batch
        self._length = backbone.length
        options = SessionOptions()
        options.intra_op_num_threads = 1
        graph = export(load(backbone, weights), backbone.preprocessing)
        self._session = InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        embeddings = np.empty((len(pixels), self._length), np.float32)
        for row, photo in zip(embeddings, pixels, strict=True):
            row[:] = self._session.run([EMBEDDINGS], {PIXELS: photo[None]})[0]
        return embeddings
