"""Writes tests/golden/augment.npy: what Keras' ImageDataGenerator makes of an image, for the test of augmentation.

    pip install keras==3.15.1 jax scipy==1.17.1 numpy==2.4.6; KERAS_BACKEND=numpy python tests/golden/make_augment.py

(Keras-Preprocessing 1.1.2 turns about a point one pixel further down and right, the other way round; Keras 3 mixes up
width and height of images that are not square, so this one is.) One image of 13 rows of 13 pixels: byte i is the top
byte of the (i+1)-th state of s = s * 1664525 + 1013904223 mod 2^32 from s = 1313. Row k of the array [9, 13, 13, 3] is case k of the table below; test_data_augment.cpp has the same table.
"""

import pathlib

import numpy as np
from keras.src.legacy.preprocessing.image import apply_affine_transform

CASES = [  # degrees, shift of rows and columns as shares, zoom of rows and columns, mode, left-right, top-bottom
    (0, 0.2, -0.1, 1, 1, "nearest", False, False),
    (20, 0, 0, 1, 1, "nearest", False, False),
    (-75, 0, 0, 1, 1, "reflect", False, False),
    (0, 0, 0, 0.8, 1.2, "nearest", False, False),
    (12, 0.15, 0.2, 1.1, 0.85, "nearest", True, False),
    (12, 0.15, 0.2, 1.1, 0.85, "reflect", False, True),
    (12, 0.15, 0.2, 1.1, 0.85, "constant", True, True),
    (170, -0.3, 0.4, 1.9, 0.3, "constant", False, False),
    (170, -0.3, 0.4, 1.9, 1.7, "nearest", False, False),
]


def image():
    s, values = 1313, []
    for _ in range(13 * 13 * 3):
        s = (s * 1664525 + 1013904223) % 2**32
        values.append(s >> 24)
    return np.array(values, np.float64).reshape(13, 13, 3)


def view(theta, rows, columns, zoom_rows, zoom_columns, mode, flip_x, flip_y):
    # As ImageDataGenerator.get_random_transform and apply_transform do: shifts are times the size; flips come after.
    # What is called tx and zx moves along x, the columns, though get_random_transform draws tx from height_shift_range.
    x = apply_affine_transform(image(), theta, columns * 13, rows * 13, 0, zoom_columns, zoom_rows, row_axis=0,
                               col_axis=1, channel_axis=2, fill_mode=mode, cval=0.0, order=1)
    x = x[:, ::-1] if flip_x else x
    return x[::-1] if flip_y else x


np.save(pathlib.Path(__file__).parent / "augment.npy", np.stack([view(*c) for c in CASES]).astype("<f4"))
