"""What the networks share: training that repeats to the last bit, prediction row by row, saving without pickle."""

import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from popularity.arrays import FloatArray
from popularity.files import read_json, write_json
from popularity.settings import Training

if TYPE_CHECKING:
    import keras

ARCHITECTURE = "network.json"
WEIGHTS = "network.weights.h5"
SCALES = "scales.json"

PREDICT_ROWS = 256  # rows that go through a network at once; the last ones are filled up with zeros
STEPS_AT_ONCE = 16  # steps of training between two returns to Python


@dataclass(frozen=True)
class Scales:
    """How input and label become what a network reads and learns: centred, then divided."""

    input_mean: list[float]  # one a column
    input_deviation: float
    label_mean: float  # in the label's unit
    label_deviation: float

    def input(self, X: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """What the network reads for rows of shape (n, d)."""
        scaled = (X.astype(np.float32) - np.array(self.input_mean, np.float32)) / np.float32(self.input_deviation)
        return np.asarray(scaled)

    def target(self, y: FloatArray) -> npt.NDArray[np.float32]:
        """What the network learns for labels of shape (n,)."""
        return ((y - self.label_mean) / self.label_deviation).astype(np.float32)


@dataclass(frozen=True)
class Trained:
    """A fitted network."""

    architecture: str  # its layers, as Keras's JSON
    weights: list[npt.NDArray[np.float32]]
    scales: Scales

    def predict(self, X: npt.NDArray[Any]) -> FloatArray:
        """Predictions in the label's unit, shape (n,), for X of shape (n, d).

        The network always sees PREDICT_ROWS rows: a row's prediction is the same among others and alone.
        """
        network = self._network()
        outputs = np.empty(len(X), dtype=np.float64)
        for start in range(0, len(X), PREDICT_ROWS):
            rows = self.scales.input(X[start : start + PREDICT_ROWS])
            whole = np.zeros((PREDICT_ROWS, X.shape[1]), dtype=np.float32)
            whole[: len(rows)] = rows
            outputs[start : start + len(rows)] = network.predict_on_batch(whole)[: len(rows), 0]
        return outputs * self.scales.label_deviation + self.scales.label_mean

    def save(self, folder: Path) -> None:
        """Write the network into an existing folder; the same bytes for the same network."""
        save_network(folder, self.architecture, self.weights)
        write_json(folder / SCALES, asdict(self.scales))

    @classmethod
    def load(cls, folder: Path) -> "Trained":
        """Read what `save` wrote."""
        architecture = (folder / ARCHITECTURE).read_text(encoding="utf-8").rstrip("\n")
        network = _network_of(architecture)
        network.load_weights(folder / WEIGHTS)
        return cls(architecture, network.get_weights(), Scales(**read_json(folder / SCALES)))

    def _network(self) -> "keras.Model":
        return _network_with(self.architecture, self.weights)


def save_network(folder: Path, architecture: str, weights: list[npt.NDArray[np.float32]]) -> None:
    """Write a network's layers and weights into an existing folder; the same bytes for the same network."""
    (folder / ARCHITECTURE).write_text(architecture + "\n", encoding="utf-8")
    _network_with(architecture, weights).save_weights(folder / WEIGHTS)


class Network(ABC):
    """A network that predicts a number from a row of d numbers, trained on squared error.

    settings: how it is trained. seed: of its first weights, of the order of rows and of dropout.
    The label is centred and scaled with the training labels given to `fit`, so that training starts well.
    """

    scale_input = False  # True: columns are centred and all divided by one deviation, those of the training rows

    def __init__(self, settings: Training, seed: int) -> None:
        self._settings = settings
        self._seed = seed

    @abstractmethod
    def build(self, width: int) -> "keras.Model":
        """The layers, each with a name, from (n, width) to (n, 1)."""

    def training_on(self, rows: int) -> Training:
        """How it is trained on so many rows: the same way, unless a network says otherwise."""
        return self._settings

    def optimizer(self, training: Training) -> dict[str, Any]:
        """The optimiser as Keras reads it."""
        return {"class_name": training.optimizer, "config": {"learning_rate": training.learning_rate}}

    def learning_rate(self, epoch: int, training: Training) -> float:
        """Of an epoch, counted from 0: the same in each, unless a network says otherwise."""
        return training.learning_rate

    def fit(self, X: npt.NDArray[Any], y: FloatArray) -> None:
        """Learn y, shape (n,), from X, shape (n, d), any float dtype; the same weights for the same input."""
        from popularity.quiet_keras import keras

        scales = Scales(
            input_mean=(X.mean(axis=0, dtype=np.float64) if self.scale_input else np.zeros(X.shape[1])).tolist(),
            input_deviation=_one_deviation(X) if self.scale_input else 1.0,
            label_mean=float(y.mean()),
            label_deviation=_one_deviation(y),
        )
        architecture, training = self.build(X.shape[1]).to_json(), self.training_on(len(X))
        start = _start_of(architecture, json.dumps(self.optimizer(training)), self._seed)
        network = start.again()
        keras.utils.set_random_seed(self._seed)
        trained = network.fit(
            scales.input(X),
            scales.target(y),
            batch_size=training.batch_size,
            epochs=training.epochs,
            callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch, _: self.learning_rate(epoch, training))],
            verbose=0,
        )
        self.losses: list[float] = trained.history["loss"]
        self._trained = Trained(architecture, network.get_weights(), scales)

    def predict(self, X: npt.NDArray[Any]) -> FloatArray:
        """Predictions, shape (n,), for X of shape (n, d); a row's does not depend on the other rows."""
        return self._trained.predict(X)

    def save(self, folder: Path) -> None:
        """Write the fitted network into an existing folder; `Trained.load` reads it."""
        self._trained.save(folder)


class _Start:
    """A compiled network that returns to its first state: tracing its graph costs as much as a whole training."""

    def __init__(self, architecture: str, optimizer: str, seed: int) -> None:
        from popularity.quiet_keras import keras

        keras.utils.set_random_seed(seed)
        self._network = keras.models.model_from_json(architecture)
        self._network.compile(
            keras.optimizers.deserialize(json.loads(optimizer)),
            loss="mean_squared_error",
            steps_per_execution=STEPS_AT_ONCE,
            jit_compile=False,  # compiling with XLA would cost more than it saves on networks this small
        )
        self._network.optimizer.build(self._network.trainable_variables)
        self._variables = [*self._network.variables, *self._network.optimizer.variables]
        self._values = [keras.ops.convert_to_numpy(variable) for variable in self._variables]

    def again(self) -> "keras.Model":
        """The network as it was when new: weights, states of dropout, moments of the optimiser."""
        for variable, value in zip(self._variables, self._values, strict=True):
            variable.assign(value)
        return self._network


_start_of = lru_cache(maxsize=4)(_Start)


def _network_with(architecture: str, weights: list[npt.NDArray[np.float32]]) -> "keras.Model":
    network = _network_of(architecture)
    network.set_weights(weights)
    return network


@lru_cache(maxsize=4)
def _network_of(architecture: str) -> "keras.Model":
    """The layers, to which each use first gives its weights."""
    from popularity.quiet_keras import keras

    return keras.models.model_from_json(architecture)


def _one_deviation(values: npt.NDArray[Any]) -> float:
    """Root mean square distance to the columns' means; 1 where there is none."""
    variance = float(values.var(axis=0, dtype=np.float64).mean())
    return float(np.sqrt(variance)) if variance > 0 else 1.0
