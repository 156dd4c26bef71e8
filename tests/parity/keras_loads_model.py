"""Does Keras read the model.h5 of a run, and predict what `vgg-finetune predict` predicts?

    python tests/parity/keras_loads_model.py PROGRAM RUN IMAGES    (PROGRAM: build/release/tools/vgg-finetune)

Builds the equal model in Keras, loads RUN/model.h5 with load_weights(), and predicts up to 20 PNG files found under
the folder IMAGES, decoded and resized by Pillow. Exit code 1 if any probability differs by more than 1e-5, or if
all images get the same answer, which would prove nothing.
"""

import json
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from PIL import Image

IMAGES, BOUND, LEAST_SPREAD = 20, 1e-5, 1e-2
SMALL_TRUNKS = {"vgg11": [1, 1, 2, 2, 2], "vgg13": [2, 2, 2, 2, 2]}  # those that keras.applications lacks


def trunk(name, size):
    shape = (size, size, 3)
    if name not in SMALL_TRUNKS:
        make = {"vgg16": keras.applications.VGG16, "vgg19": keras.applications.VGG19}[name]
        return make(include_top=False, weights=None, input_shape=shape)
    x = image = keras.Input(shape)
    for block, convs in enumerate(SMALL_TRUNKS[name]):
        for _ in range(convs):
            x = keras.layers.Conv2D(min(64 << block, 512), 3, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    return keras.Model(image, x)


def equal_model(architecture):
    """The model as its user would write it; the names of the layers do not matter to load_weights."""
    base = trunk(architecture["trunk"], architecture["image_size"])
    kind, *widths = architecture["head"].split(":")
    x = {"flatten": keras.layers.Flatten, "gap": keras.layers.GlobalAveragePooling2D}[kind]()(base.output)
    for width in widths:
        x = keras.layers.Dense(int(width), activation="relu")(x)
    x = keras.layers.Dense(architecture["classes"], activation="softmax")(x)
    return keras.Model(base.input, x)


def fit(image, record):
    size, filter = record["size"], {"nearest": 0, "bilinear": 2}[record["interpolation"]]
    if record["fit"] == "stretch":
        return image.resize((size, size), filter)
    scale = record["short_side"] / min(image.size)
    image = image.resize([max(record["short_side"], int(side * scale)) for side in image.size], filter)
    left, top = (round((side - size) / 2) for side in image.size)
    return image.crop((left, top, left + size, top + size))


def load(path, record):
    x = np.asarray(fit(Image.open(path).convert("RGB"), record), np.float32)
    x = x[..., ::-1] if record["bgr"] else x
    return (x * np.float32(record["scale"]) - np.float32(record["mean"])) / np.float32(record["stddev"])


def ours(program, run, paths, classes):
    answer = subprocess.run([program, "predict", run, *paths, "--json"], check=True, capture_output=True, text=True)
    rows = json.loads(answer.stdout)
    assert [row["image"] for row in rows] == [str(p) for p in paths], "predict left out or reordered images"
    return np.array([[row["probabilities"][name] for name in classes] for row in rows])


def main(program, run, images):
    run = pathlib.Path(run)
    record = json.loads((run / "config.json").read_text())["model"]
    found = sorted(pathlib.Path(images).rglob("*.png"))
    paths = found[:: max(1, len(found) // IMAGES)][:IMAGES]  # from all classes
    if not paths:
        sys.exit(f"{images}: no PNG files in it")
    model = equal_model(record["architecture"])
    model.load_weights(run / "model.h5")
    theirs = model.predict(np.stack([load(p, record["preprocess"]) for p in paths]), verbose=0)
    difference = np.abs(ours(program, run, paths, record["classes"]) - theirs)
    worst = np.unravel_index(np.argmax(difference), difference.shape)
    spread = np.ptp(theirs, axis=0).max()  # of one class over the images
    right = difference.max() <= BOUND and spread >= LEAST_SPREAD
    name = "{trunk} {image_size} {head}".format(**record["architecture"])
    print(f"{name}: {len(paths)} images, Keras {keras.__version__} on {keras.backend.backend()}: largest difference of a "
          f"probability {difference.max():.1e} (bound {BOUND:.0e}), in {paths[worst[0]].name}; the images differ by "
          f"{spread:.2f} (at least {LEAST_SPREAD}): {'ok' if right else 'WRONG'}", flush=True)  # fmt: skip
    return 0 if right else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
