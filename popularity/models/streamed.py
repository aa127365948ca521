"""Training and prediction of a network on photos that come batch by batch, read ahead by a few threads."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from popularity.arrays import FloatArray, IntArray
from popularity.errors import UserError

if TYPE_CHECKING:
    import keras

READERS = 4  # threads that decode photos while the network computes
BATCHES_AHEAD = 4  # at 299 px and 32 photos a batch takes 34 MB

T = TypeVar("T")


class Batches(Protocol):
    """Photos of n pids in batches."""

    @property
    def rows(self) -> Sequence[IntArray]:
        """Of each batch, which of the n pids it holds."""

    def read(self, number: int) -> npt.NDArray[np.float32]:
        """What the network reads in a batch, shape (b, side, side, 3); called by several threads at once."""


class Photos(Protocol):
    """Photos found by pid. Raises UserError where one is not stored."""

    @property
    def digest(self) -> str:
        """Hash of all that decides what the network reads."""

    def shuffled(self, pids: IntArray, batch_size: int, epoch: int) -> Batches:
        """For training: an order and an augmentation of the epoch's own, the same in each run."""

    def stored(self, pids: IntArray) -> Batches:
        """For prediction: one at a time, whatever order is quickest to read, nothing augmented."""


def train_on_batches(
    network: "keras.Model", batches: Batches, targets: npt.NDArray[np.float32], progress: str
) -> float:
    """Train a compiled network for one epoch, its steps shown on a bar; returns its loss. targets: shape (n, 1).

    Raises UserError where `Batches.read` does.
    """
    from popularity.quiet_keras import keras

    def batch(number: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        return batches.read(number), targets[batches.rows[number]]

    with tqdm(total=len(batches.rows), desc=progress, unit="step", leave=False) as bar:

        def show(_: int, logs: dict[str, float]) -> None:
            bar.set_postfix(loss=logs["loss"], refresh=False)
            bar.update()

        shown = [keras.callbacks.LambdaCallback(on_train_batch_end=show)]
        trained = _over(
            len(batches.rows), batch, lambda each: network.fit(each, shuffle=False, verbose=0, callbacks=shown)
        )
    (loss,) = trained.history["loss"]
    return float(loss)


def predict_one_by_one(network: "keras.Model", photos: Batches) -> FloatArray:
    """The network's outputs, shape (n,), of photos in batches of one.

    It never sees two: what a convolution makes of a photo depends, in the last bits, on its place in the batch
    (Eigen's kernels, on a processor without AVX-512). Raises UserError where `Batches.read` does.
    """
    outputs = np.empty(len(photos.rows), dtype=np.float64)
    if not len(outputs):
        return outputs
    found = _over(len(outputs), lambda number: (photos.read(number),), lambda each: network.predict(each, verbose=0))
    outputs[np.concatenate(photos.rows)] = found[:, 0]
    return outputs


def _over(count: int, batch: Callable[[int], Any], use: Callable[["keras.utils.PyDataset"], T]) -> T:
    """What `use` makes of the batches as a data set of Keras.

    Of an error in a reader TensorFlow passes on a text and another type: here the error itself is raised.
    """
    from popularity.quiet_keras import keras

    failed: list[UserError] = []

    class Read(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
        def __len__(self) -> int:
            return count

        def __getitem__(self, number: int) -> Any:
            try:
                return batch(number)
            except UserError as error:
                failed.append(error)
                raise

    try:
        return use(Read(workers=READERS, max_queue_size=BATCHES_AHEAD))
    except Exception:
        if failed:
            raise failed[0] from None
        raise
