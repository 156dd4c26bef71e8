"""Writes tests/golden/weights: one tiny VGG in every file layout that the weights loader reads.

    pip install -r tests/parity/requirements.txt;          python tests/golden/make_weights.py    (the Keras 3 files)
    pip install tensorflow-cpu==2.15.1 (has Keras 2.15);   python tests/golden/make_weights.py    (the Keras 2 files)

The network, for 8x8x3 images; kernels are r,s,c,k and in,out:

    block1_conv1 3x3x3x4   block1_pool   block2_conv1 3x3x4x6   block2_conv2 3x3x6x6   block2_pool
    flatten (2x2x6)   fc1 24x10   fc2 10x10   predictions 10x4

Element i (row-major, in the Keras layout) of the tensor that Keras 3 calls NAME, such as "block1_conv1/kernel" or
"fc1/bias", is the same in every file, and exact in float32:

    ((fnv1a_32(NAME) + 2654435761 * i) mod 2^32 >> 8) / 2^24 - 0.5

The safetensors file holds the same values under torchvision's names and in its layouts, so that the converted
result is again this function (its first layer's channels are taken as they are: no swap of red and blue).
"""

import json
import os
import pathlib
import struct

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np

OUT = pathlib.Path(__file__).parent / "weights"
SIDE, CHANNELS = 2, 6  # what flatten sees
SHAPES = {
    "block1_conv1/kernel": (3, 3, 3, 4), "block1_conv1/bias": (4,),
    "block2_conv1/kernel": (3, 3, 4, 6), "block2_conv1/bias": (6,),
    "block2_conv2/kernel": (3, 3, 6, 6), "block2_conv2/bias": (6,),
    "fc1/kernel": (24, 10), "fc1/bias": (10,),
    "fc2/kernel": (10, 10), "fc2/bias": (10,),
    "predictions/kernel": (10, 4), "predictions/bias": (4,),
}  # fmt: skip
LAYERS = ["block1_conv1", "block1_pool", "block2_conv1", "block2_conv2", "block2_pool"]
TOP = ["flatten", "fc1", "fc2", "predictions"]
TORCH = {"block1_conv1": "features.0", "block2_conv1": "features.3", "block2_conv2": "features.5",
         "fc1": "classifier.0", "fc2": "classifier.3", "predictions": "classifier.6"}  # fmt: skip


def value(name):
    """The tensor NAME in the Keras layout."""
    h = 0x811C9DC5
    for byte in name.encode():
        h = (h ^ byte) * 0x01000193 % 2**32
    i = np.arange(np.prod(SHAPES[name]), dtype=np.uint64)
    u = (np.uint64(h) + np.uint64(2654435761) * i) % np.uint64(2**32)
    return ((u >> np.uint64(8)).astype(np.float64) / 2**24 - 0.5).astype(np.float32).reshape(SHAPES[name])


# ---- written by hand: layouts whose writers are gone, or that other tools write ---------------------------------


def names_attribute(strings, kind):
    if kind == "nul":  # numpy S array: fixed length, padded with NUL
        return np.array([s.encode() for s in strings])
    return np.array(strings, dtype=h5py.string_dtype(kind))  # variable length


def keras1(path, layers, kind="nul"):
    """The layout of the official vgg16_weights_tf_dim_ordering_tf_kernels.h5: no backend, no keras_version."""
    with h5py.File(path, "w", libver=("earliest", "v108")) as f:
        f.attrs["layer_names"] = names_attribute(layers, kind)
        for layer in layers:
            group = f.create_group(layer)
            if f"{layer}/kernel" not in SHAPES:
                group.attrs["weight_names"] = np.zeros(0)  # what an empty list became: float64 of dimension 0
                continue
            tensors = {f"{layer}_W_1:0": f"{layer}/kernel", f"{layer}_b_1:0": f"{layer}/bias"}
            group.attrs["weight_names"] = names_attribute(list(tensors), kind)
            for dataset, name in tensors.items():
                group.create_dataset(dataset, data=value(name))


def keras1_chunked(path):
    """The names split over layer_names0, layer_names1, ..., as Keras does for attributes over 64512 bytes."""
    keras1(path, LAYERS)
    with h5py.File(path, "a") as f:
        del f.attrs["layer_names"]
        for i, part in enumerate([LAYERS[:3], LAYERS[3:]]):
            f.attrs[f"layer_names{i}"] = names_attribute(part, "nul")


def torchvision(path):
    """safetensors: u64 header length, JSON header padded with spaces, then the tensors without holes."""
    tensors = {}
    for layer, key in TORCH.items():
        kernel = value(f"{layer}/kernel")
        if kernel.ndim == 4:
            kernel = kernel.transpose(3, 2, 0, 1)  # r,s,c,k -> k,c,r,s
        elif layer == "fc1":  # rows in h,w,c order -> columns in c,h,w order
            kernel = kernel.reshape(SIDE, SIDE, CHANNELS, -1).transpose(3, 2, 0, 1).reshape(kernel.shape[1], -1)
        else:
            kernel = kernel.T
        tensors[f"{key}.weight"] = np.ascontiguousarray(kernel)
        tensors[f"{key}.bias"] = value(f"{layer}/bias")
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for key, tensor in tensors.items():
        header[key] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [end, end + tensor.nbytes]}
        end += tensor.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(t.tobytes() for t in tensors.values()))


# ---- written by Keras -------------------------------------------------------------------------------------------


def build(nested=False, sequential_head=False):
    """The network as one flat model, or as a base model without top inside a model with a head."""
    L = keras.layers

    def conv(k, name):
        return L.Conv2D(k, 3, padding="same", activation="relu", name=name)

    keras.backend.clear_session()
    image = x = keras.Input((8, 8, 3), name="image")
    x = L.MaxPooling2D(name="block1_pool")(conv(4, "block1_conv1")(x))
    x = conv(6, "block2_conv2")(conv(6, "block2_conv1")(x))
    x = L.MaxPooling2D(name="block2_pool")(x)
    head = [L.Flatten(name="flatten"), L.Dense(10, "relu", name="fc1"), L.Dense(10, "relu", name="fc2"),
            L.Dense(4, "softmax", name="predictions")]  # fmt: skip
    if sequential_head:  # how tutorials write it
        model = keras.Sequential([keras.Model(image, x, name="vgg"), *head])
    else:
        if nested:
            base = keras.Model(image, x, name="vgg")
            image = keras.Input((8, 8, 3), name="input")
            x = base(image)
        for layer in head:
            x = layer(x)
        model = keras.Model(image, x, name="net")
    for layer in walk(model):
        if layer.weights:
            layer.set_weights([value(f"{layer.name}/kernel"), value(f"{layer.name}/bias")])
    return model


def walk(model):
    for layer in model.layers:
        yield from walk(layer) if hasattr(layer, "layers") else [layer]


def train_a_step(model):
    """An optimizer with its state, as in a file saved after training; learning rate 0 keeps the weights."""
    model.compile(keras.optimizers.SGD(0.0, momentum=0.9), "categorical_crossentropy")
    model.train_on_batch(np.zeros((2, 8, 8, 3), np.float32), np.eye(4, dtype=np.float32)[:2])
    return model


def keras2():
    build().save_weights(OUT / "keras2_weights.h5")
    build(sequential_head=True).save_weights(OUT / "keras2_nested_weights.h5")
    build().save(OUT / "keras2_model.h5")
    build().save_weights(OUT / "keras2.weights.h5")


def keras3():
    build().save(OUT / "keras3_model.h5")
    build(nested=True).save(OUT / "keras3_nested_model.h5")
    build().save_weights(OUT / "keras3.weights.h5")
    build(nested=True).save_weights(OUT / "keras3_nested.weights.h5")
    train_a_step(build(sequential_head=True)).save_weights(OUT / "keras3_trained.weights.h5")


def main():
    OUT.mkdir(exist_ok=True)
    if keras.__version__.startswith("2."):
        keras2()
    else:
        keras3()
        keras1(OUT / "keras1.h5", LAYERS + TOP)
        keras1(OUT / "keras1_notop.h5", LAYERS)
        keras1(OUT / "variable_strings.h5", LAYERS, "utf-8")
        keras1_chunked(OUT / "keras1_chunked_names.h5")
        torchvision(OUT / "torchvision.safetensors")
    for path in sorted(OUT.iterdir()):
        print(f"{path.stat().st_size:7} {path.name}")


if __name__ == "__main__":
    main()
