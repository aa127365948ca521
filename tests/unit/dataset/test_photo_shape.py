"""The shape of photos: by hand."""

import numpy as np
import pandas as pd

from popularity.dataset.photo_shape import photo_shape


def test_a_square_is_0_and_twice_as_wide_is_1_and_no_photo_has_no_shape():
    links = pd.DataFrame(
        {
            "alive": [True, True, True, False, False],
            "width": np.array([640, 640, 300, 0, 640], np.int32),  # the last has bytes that were no photo
            "height": np.array([640, 320, 600, 0, 640], np.int32),
        }
    )
    np.testing.assert_array_equal(photo_shape(links), [0, 1, -1, np.nan, np.nan])
