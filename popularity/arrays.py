"""Names of the arrays that functions take and give; shapes stand in their docstrings."""

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
HalfArray = npt.NDArray[np.float16]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Matrix = npt.NDArray[Any]
"""Of shape (n, d): features as numbers, or whatever else a model reads of a row."""
