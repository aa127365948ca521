"""How wide a photo is for its height, which is known before anything of it is decoded."""

import numpy as np
import pandas as pd

from popularity.arrays import FloatArray

SHAPE = "photo_shape"
"""Its column in the joined table and in evidence."""


def photo_shape(links: pd.DataFrame) -> FloatArray:
    """log2(width / height) of each photo, shape (n,): 0 for a square, 1 for twice as wide as high; NaN without one.

    links: alive, width and height (pixels) of `posts.LINKS`.
    """
    known = links["alive"] & (links["width"] > 0) & (links["height"] > 0)
    width, height = (links[side].where(known).to_numpy(np.float64) for side in ("width", "height"))
    return np.asarray(np.log2(width / height))
