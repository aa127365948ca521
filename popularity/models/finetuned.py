"""The paper's image model: a backbone that is trained on the photos, with Dense 512 ReLU and Dense 1 linear on it."""

import hashlib
import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from popularity.arrays import FloatArray, IntArray
from popularity.errors import UserError
from popularity.files import write_json
from popularity.models.checkpoint import Arrays, read_checkpoint, write_checkpoint
from popularity.models.networks import save_network
from popularity.models.streamed import Photos, predict_one_by_one, train_on_batches
from popularity.settings import Finetune as Settings

if TYPE_CHECKING:
    import keras

LABEL = "label.json"
LOSSES = "losses"
"""Of the epochs so far, in a checkpoint."""
PAPERS_LAYERS = 6


class FineTuner:
    """A backbone with the head on it, before it has learned anything; built and traced once for all fits.

    build: gives the backbone, from preprocessed photos, (n, side, side, 3), to pooled features, (n, d); called once,
    at the first fit. seed: of the head's first weights.
    """

    def __init__(self, build: Callable[[], "keras.Model"], settings: Settings, seed: int) -> None:
        self.settings = settings
        self._build = build
        self._seed = seed

    @cached_property
    def network(self) -> "keras.Model":
        """From preprocessed photos to (n, 1), compiled. Raises UserError where `last_n` is more than there are."""
        from keras import layers

        from popularity.quiet_keras import keras

        keras.utils.clear_session(free_memory=False)  # Keras numbers unnamed layers on through the life of a process
        backbone = self._build()
        set_trainable(backbone, self.settings)
        keras.utils.set_random_seed(self._seed)
        dense = layers.Dense(512, activation="relu", name="dense_512")(backbone.output)
        network = keras.Model(backbone.input, layers.Dense(1, name="label")(dense), name="finetuned")
        network.compile(
            keras.optimizers.deserialize(self._optimizer),
            loss="mean_squared_error",
            # Without compilation JAX would run layer by layer. XLA chooses kernels by timing them, which on
            # TensorFlow would give other numbers in each run.
            jit_compile=keras.backend.backend() == "jax",
        )
        network.optimizer.build(network.trainable_variables)
        return network

    @cached_property
    def architecture(self) -> str:
        """The layers, and which of them are trained, as Keras's JSON."""
        described = json.loads(self.network.to_json())
        described.pop("compile_config")
        return json.dumps(described)

    @cached_property
    def moving(self) -> list[Any]:
        """The variables that training moves: weights of trainable layers, batch norm's statistics among them."""
        return [variable for layer in self.network.layers if layer.trainable for variable in layer.variables]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides what the network makes of photos and labels."""
        from popularity.quiet_keras import keras

        of = [keras.__version__, keras.backend.backend(), self.architecture, self.settings.model_dump()]
        digest = hashlib.sha256(json.dumps(of).encode())
        for array in _values(self.network.variables):
            digest.update(array.tobytes())
        return digest.hexdigest()

    @cached_property
    def first(self) -> Arrays:
        """The network's state before training."""
        return self.state()

    def state(self) -> Arrays:
        """What training has moved so far, and the optimiser's moments."""
        return {"moved": _values(self.moving), "optimizer": _values(self.network.optimizer.variables)}

    def restore(self, state: Arrays) -> None:
        """Put a state back; without moments, for a network that trains no further, they stay as they are."""
        _assign(self.moving, state["moved"])
        if "optimizer" in state:
            _assign(self.network.optimizer.variables, state["optimizer"])

    @property
    def _optimizer(self) -> dict[str, Any]:
        return {"class_name": self.settings.optimizer, "config": {"learning_rate": self.settings.learning_rate}}


class FineTuned:
    """Predicts the label from the photo itself. X holds the posts' pids, shape (n, 1), whose photos are streamed.

    checkpoints: folder of states, a file a fit. A fit that was killed goes on after its last finished epoch, and one
    that ended is not trained again. Whoever has written the models deletes the folder.
    The label is centred and divided by its deviation in the training rows, so that training starts well.
    """

    def __init__(self, tuner: FineTuner, photos: Photos, checkpoints: Path) -> None:
        self._tuner = tuner
        self._photos = photos
        self._checkpoints = checkpoints

    def fit(self, X: npt.NDArray[Any], y: FloatArray) -> None:
        """Learn y, shape (n,), from the photos of X, shape (n, 1), int64; the same weights for the same input.

        Raises UserError where a photo is not stored or does not decode.
        """
        pids, settings = _pids(X), self._tuner.settings
        self._mean, self._deviation = float(y.mean()), float(y.std()) or 1.0
        targets = ((y - self._mean) / self._deviation).astype(np.float32)[:, None]
        file = self._checkpoints / f"{self._key(pids, y)}.npz"
        first = self._tuner.first
        done, state = read_checkpoint(file) or (0, first)
        self._tuner.restore(state)
        self.losses: list[float] = state[LOSSES][0].tolist() if LOSSES in state else []
        for epoch in range(done, settings.epochs):
            batches = self._photos.shuffled(pids, settings.batch_size, epoch)
            loss = train_on_batches(self._tuner.network, batches, targets, f"epoch {epoch + 1} of {settings.epochs}")
            self.losses.append(loss)
            state = self._tuner.state() | {LOSSES: [np.array(self.losses)]}
            if epoch + 1 == settings.epochs:
                del state["optimizer"]  # two thirds of the file, which no later epoch needs
            write_checkpoint(file, epoch + 1, state)
        self._moved: Arrays = {"moved": state["moved"]}

    def predict(self, X: npt.NDArray[Any]) -> FloatArray:
        """Predictions in the label's unit, shape (n,), for pids of shape (n, 1); the same alone and among others.

        Raises UserError as `fit`.
        """
        self._tuner.restore(self._moved)
        outputs = predict_one_by_one(self._tuner.network, self._photos.stored(_pids(X)))
        return outputs * self._deviation + self._mean

    def save(self, folder: Path) -> None:
        """Write network.json, network.weights.h5 and label.json into an existing folder.

        The network's output times the label's deviation, plus its mean, is in the label's unit.
        """
        self._tuner.restore(self._moved)
        save_network(folder, self._tuner.architecture, self._tuner.network.get_weights())
        write_json(folder / LABEL, {"mean": self._mean, "deviation": self._deviation})

    def _key(self, pids: IntArray, y: FloatArray) -> str:
        """Hash of all that decides the weights."""
        parts = [self._tuner.digest.encode(), self._photos.digest.encode(), pids.tobytes(), y.tobytes()]
        return hashlib.sha256(b"".join(parts)).hexdigest()[:32]


def set_trainable(backbone: "keras.Model", settings: Settings) -> None:
    """Freeze the backbone's layers but those that `trainable` names, of those that have weights, in Keras's order.

    Input, activation and pooling have none and don't count, so "6 layers" is the same depth however a network is
    written down: in inception_resnet_v2 the three convolutions before the first pooling, each with its batch norm.
    A frozen batch norm runs in inference mode and keeps its statistics; a trainable one normalises by the batch's and
    moves them.
    Raises UserError where there are fewer layers than `last_n`.
    """
    weighty = [layer for layer in backbone.layers if layer.weights]
    match settings.trainable:
        case "first_6":
            chosen = weighty[:PAPERS_LAYERS]
        case "last_n":
            assert settings.last_n is not None  # the settings see to it
            if settings.last_n > len(weighty):
                raise UserError(
                    f"train_image.finetune.last_n is {settings.last_n}, and the backbone has {len(weighty)} layers "
                    "with weights",
                    next_step="set it lower, or trainable to all, in params.yaml",
                )
            chosen = weighty[-settings.last_n :]
        case "all":
            chosen = weighty
        case "none":
            chosen = []
    for layer in weighty:
        layer.trainable = layer in chosen


def _pids(X: npt.NDArray[Any]) -> IntArray:
    return np.asarray(X[:, 0], np.int64)


def _values(variables: list[Any]) -> list[npt.NDArray[Any]]:
    from popularity.quiet_keras import keras

    return [np.asarray(keras.ops.convert_to_numpy(variable)) for variable in variables]


def _assign(variables: list[Any], values: list[npt.NDArray[Any]]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
