"""What is done to pixels before a network sees them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Preprocessing:
    """RGB pixels to what a network was trained on: channels reordered, centred, divided."""

    order: tuple[int, int, int]  # channels of RGB; (2, 1, 0) is BGR
    mean: tuple[float, float, float]  # of each channel after that, 0 to 255
    deviation: tuple[float, float, float]

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """pixels: RGB, shape (n, px, px, 3). Returns the same shape."""
        mean, deviation = (np.array(numbers, dtype=np.float32) for numbers in (self.mean, self.deviation))
        return (np.take(pixels, self.order, axis=-1) - mean) / deviation
