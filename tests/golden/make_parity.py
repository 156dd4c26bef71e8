"""Writes tests/golden/parity: what PyTorch and Keras compute for the model `vgg-tiny`, in float64.

    pip install torch==2.15.0 keras==3.15.1;  python tests/golden/make_parity.py

The model is the vgg-tiny of models/vgg.cpp for 32x32x3 images with the head flatten:16 and 4 classes. Inputs come
from one formula that the C++ side repeats: with

    u(NAME, i) = ((fnv1a_32(NAME) + 2654435761 * i) mod 2^32 >> 8) / 2^24      (exact, in [0, 1))

element i (row-major) of a kernel is (u - 0.5) * 2 * sqrt(6 / fan_in) with NAME such as "block1_conv1/kernel", of a
bias (u - 0.5) / 5, of an image batch [8,32,32,3] (u - 0.5) * 4 with NAME "images/B"; label i of a batch is
floor(4 u) with NAME "labels/B". All are computed in float64 and rounded to float32. There are four batches; step t
(from 0) uses batch t mod 4; a loss is the mean over the batch before that step's update.

logits.npy, gradients.npy: of batch 0 at the start; the gradients of all parameters (kernel, bias, layer by layer,
Keras layouts) one after the other. losses_*.npy: 20 losses each; the optimizers stand in OPTIMIZERS. Keras on
PyTorch multiplies its dense layers in float32 even here: its logits differ by 3e-7 from PyTorch's, which agree
with plain numpy to 2e-15. RECIPES are trainings with more than an optimizer: clipped gradients, smoothed labels, weighted
classes, a cosine schedule, groups with rates of their own, and a trunk that joins a head in training.
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import torch

OUT = pathlib.Path(__file__).parent / "parity"
STEPS, BATCHES, N, CLASSES = 20, 4, 8, 4
TRUNK = [[8], [8], [16], [16], [32, 32]]
HEAD = {"head_dense": 16, "head_predictions": CLASSES}
OPTIMIZERS = {
    "adam_pytorch": lambda p: torch.optim.Adam(p, lr=1e-3, eps=1e-8),
    "adam_pytorch_decay": lambda p: torch.optim.Adam(p, lr=1e-3, eps=1e-8, weight_decay=0.01),
    "adam_keras": lambda: keras.optimizers.Adam(1e-3),  # epsilon 1e-7
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9),
    "sgd_momentum_decay": lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9, weight_decay=0.01),
}
ADAM = OPTIMIZERS["adam_pytorch"]
WEIGHTS = [0.5, 1.0, 2.0, 4.0]
RECIPES = {
    "adamw": {"optimizer": lambda p: torch.optim.AdamW(p, lr=1e-3, eps=1e-8, weight_decay=0.5)},
    "clip": {"optimizer": lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9), "clip": 0.5},
    "smoothing": {"loss": {"label_smoothing": 0.1}},
    "class_weights": {"loss": {"weight": WEIGHTS}},
    "smoothing_weights": {"loss": {"label_smoothing": 0.2, "weight": WEIGHTS}},
    "cosine": {"cosine": (STEPS, 1e-4)},
    "groups": {"rates": lambda name: 0.1 if name.startswith("block5") else 1 if name.startswith("head") else 0.01},
    "joins": {"head_only": STEPS // 2},
}


def uniform(name, count):
    h = 0x811C9DC5
    for byte in name.encode():
        h = (h ^ byte) * 0x01000193 % 2**32
    u = (np.uint64(h) + np.uint64(2654435761) * np.arange(count, dtype=np.uint64)) % np.uint64(2**32)
    return (u >> np.uint64(8)).astype(np.float64) / 2**24


def parameters():
    """Name -> value in the Keras layout, in the order of the layers."""
    shapes, c = {}, 3
    for block, widths in enumerate(TRUNK, 1):
        for i, k in enumerate(widths, 1):
            shapes[f"block{block}_conv{i}"] = (3, 3, c, k)
            c = k
    for name, k in HEAD.items():
        shapes[name] = (c, k)
        c = k
    values = {}
    for layer, shape in shapes.items():
        u, v = uniform(f"{layer}/kernel", np.prod(shape)), uniform(f"{layer}/bias", shape[-1])
        scale = 2 * np.sqrt(6 / np.prod(shape[:-1]))
        values[f"{layer}/kernel"] = ((u - 0.5) * scale).astype(np.float32).reshape(shape)
        values[f"{layer}/bias"] = ((v - 0.5) / 5).astype(np.float32)
    return values


def batch(step):
    b = step % BATCHES
    images = ((uniform(f"images/{b}", N * 32 * 32 * 3) - 0.5) * 4).astype(np.float32).reshape(N, 32, 32, 3)
    return images, np.floor(uniform(f"labels/{b}", N) * CLASSES).astype(np.int64)


# ---- PyTorch ----------------------------------------------------------------------------------------------------


def to_torch(value):
    return value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T


def from_torch(value):
    return value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T


class Net:
    def __init__(self, dtype):
        self.dtype = dtype
        self.at = {name: torch.tensor(to_torch(v).copy(), dtype=dtype, requires_grad=True)
                   for name, v in parameters().items()}  # fmt: skip

    def layer(self, f, name, x, **options):
        return f(x, self.at[f"{name}/kernel"], self.at[f"{name}/bias"], **options)

    def logits(self, images):
        F = torch.nn.functional
        x = torch.tensor(images, dtype=self.dtype).permute(0, 3, 1, 2)
        for block, widths in enumerate(TRUNK, 1):
            for i in range(1, len(widths) + 1):
                x = F.relu(self.layer(F.conv2d, f"block{block}_conv{i}", x, padding=1))
            x = F.max_pool2d(x, 2)
        x = x.permute(0, 2, 3, 1).flatten(1)  # h, w, c order
        x = F.relu(self.layer(F.linear, "head_dense", x))
        return self.layer(F.linear, "head_predictions", x)

    def loss(self, images, labels, weight=None, **options):
        if weight:
            options["weight"] = torch.tensor(weight, dtype=self.dtype)
        return torch.nn.functional.cross_entropy(self.logits(images), torch.tensor(labels), **options)

    def gradients(self):
        self.loss(*batch(0)).backward()
        return np.concatenate([from_torch(p.grad.numpy()).ravel() for p in self.at.values()])


def torch_losses(optimizer, dtype):
    net = Net(dtype)
    optimizer = optimizer(net.at.values())
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = net.loss(*batch(step))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def recipe_losses(recipe, dtype):
    net = Net(dtype)
    rates, head_only = recipe.get("rates", lambda name: 1), recipe.get("head_only", 0)
    named = [(name, p) for name, p in net.at.items() if not head_only or name.startswith("head")]
    optimizer = recipe.get("optimizer", ADAM)([{"params": [p], "lr": 1e-3 * rates(name)} for name, p in named]
                                              if "rates" in recipe else [p for _, p in named])  # fmt: skip
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, *recipe["cosine"]) if "cosine" in recipe else None
    losses = []
    for step in range(STEPS):
        if head_only and step == head_only:
            optimizer.add_param_group({"params": [p for name, p in net.at.items() if not name.startswith("head")]})
            for group in optimizer.param_groups:
                group["lr"] = 1e-4
        for p in net.at.values():
            p.grad = None
        loss = net.loss(*batch(step), **recipe.get("loss", {}))
        loss.backward()
        if "clip" in recipe:
            torch.nn.utils.clip_grad_norm_(list(net.at.values()), recipe["clip"])
        optimizer.step()
        if cosine:
            cosine.step()
        losses.append(loss.item())
    return np.array(losses)


# ---- Keras ------------------------------------------------------------------------------------------------------


def keras_model():
    L = keras.layers
    x = image = keras.Input((32, 32, 3))
    for block, widths in enumerate(TRUNK, 1):
        for i, k in enumerate(widths, 1):
            x = L.Conv2D(k, 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(x)
        x = L.MaxPooling2D()(x)
    x = L.Flatten()(x)
    x = L.Dense(HEAD["head_dense"], "relu", name="head_dense")(x)
    model = keras.Model(image, L.Dense(CLASSES, name="head_predictions")(x))
    model.set_weights(list(parameters().values()))
    return model


def keras_losses(optimizer, dtype):
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    model = keras_model()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer(), loss)
    return np.array([model.train_on_batch(*batch(step)) for step in range(STEPS)], np.float64)


def distance(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(b)


def main():
    OUT.mkdir(exist_ok=True)
    net, single = Net(torch.float64), Net(torch.float32)
    images = batch(0)[0]
    logits = net.logits(images).detach().numpy()
    np.save(OUT / "logits.npy", logits)
    gradients = net.gradients()
    np.save(OUT / "gradients.npy", gradients.astype(np.float32))
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    print(f"logits: Keras float64 {distance(keras_model().predict(images, verbose=0), logits):.1e}, "
          f"PyTorch float32 {distance(single.logits(images).detach().numpy(), logits):.1e}")  # fmt: skip
    print(f"gradients: PyTorch float32 {distance(single.gradients(), gradients):.1e}")
    for name, optimizer in OPTIMIZERS.items():
        if name == "adam_keras":
            losses, rounded = (keras_losses(optimizer, t) for t in ("float64", "float32"))
        else:
            losses, rounded = (torch_losses(optimizer, t) for t in (torch.float64, torch.float32))
        np.save(OUT / f"losses_{name}.npy", losses)
        print(f"{name}: {losses[0]:.6f} .. {losses[-1]:.6f}, float32 off by {np.max(abs(rounded / losses - 1)):.1e}")
    for name, recipe in RECIPES.items():
        losses, rounded = (recipe_losses(recipe, t) for t in (torch.float64, torch.float32))
        np.save(OUT / f"losses_{name}.npy", losses)
        print(f"{name}: {losses[0]:.6f} .. {losses[-1]:.6f}, float32 off by {np.max(abs(rounded / losses - 1)):.1e}")


if __name__ == "__main__":
    main()
