"""The tutorial's job as people write it in PyTorch: the frozen trunk runs in every epoch, under no_grad.

    python tutorial_torch.py DATA --weights FILE [--trunk vgg16] [--epochs 5] [--cached] [--json FILE]

DATA has train/<class>/ and test/<class>/; FILE is Keras' .h5 of the trunk in its first layout, read with h5py. The same
job as tutorial_keras.py: RGB/255, stretched with nearest, Flatten, Dense(1024, ReLU), Dense(classes), Glorot's numbers,
Adam 1e-4 with epsilon 1e-7, batches of 32, full passes; channels_last, two loader processes. --cached keeps what the
trunk gives for the training images, which few scripts do.
"""

import argparse
import json
import pathlib
import time

import h5py
import numpy as np
import torch
from PIL import Image
from torch import nn

BLOCKS = {"vgg16": [2, 2, 3, 3, 3], "vgg19": [2, 2, 4, 4, 4]}


class Folder(torch.utils.data.Dataset):
    def __init__(self, root, size):
        self.size = size
        self.classes = sorted(p.name for p in pathlib.Path(root).iterdir())
        self.samples = [(p, i) for i, name in enumerate(self.classes) for p in sorted((pathlib.Path(root) / name).iterdir())]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        path, label = self.samples[index]
        image = Image.open(path).convert("RGB").resize((self.size, self.size), Image.NEAREST)
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255, label


def make_trunk(name, weights):
    layers, channels = [], 3
    with h5py.File(weights) as file:
        for block, convs in enumerate(BLOCKS[name], 1):
            for conv in range(1, convs + 1):
                layer = f"block{block}_conv{conv}"
                kernel, bias = file[f"{layer}/{layer}_W_1:0"][()], file[f"{layer}/{layer}_b_1:0"][()]
                layers += [nn.Conv2d(channels, len(bias), 3, padding=1), nn.ReLU(inplace=True)]
                layers[-2].weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
                layers[-2].bias.data = torch.from_numpy(bias)
                channels = len(bias)
            layers.append(nn.MaxPool2d(2))
    trunk = nn.Sequential(*layers).to(memory_format=torch.channels_last)
    return trunk.requires_grad_(False)


def make_head(size, classes):
    head = nn.Sequential(nn.Flatten(), nn.Linear((size // 32) ** 2 * 512, 1024), nn.ReLU(), nn.Linear(1024, classes))
    for dense in (head[1], head[3]):
        nn.init.xavier_uniform_(dense.weight)
        nn.init.zeros_(dense.bias)
    return head


@torch.no_grad()
def features(trunk, loader):
    """Batches of trunk outputs: [n, 512, h, w] and labels."""
    for x, y in loader:
        yield trunk(x.contiguous(memory_format=torch.channels_last)), y


def kept(batches, batch):
    """All of them, in a shuffling loader."""
    x, y = (torch.cat(part) for part in zip(*batches))
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch, shuffle=True)


def train_epoch(head, optimizer, batches):
    loss_sum = correct = seen = 0
    for x, y in batches:
        optimizer.zero_grad(set_to_none=True)
        logits = head(x)
        loss = nn.functional.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(y)
        correct += (logits.argmax(1) == y).sum().item()
        seen += len(y)
    return loss_sum / seen, correct / seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--trunk", choices=BLOCKS, default="vgg16")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cached", action="store_true")
    parser.add_argument("--json")
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    train, test = (Folder(f"{options.data}/{split}", options.size) for split in ("train", "test"))
    loaders = [torch.utils.data.DataLoader(part, options.batch, shuffle=part is train, num_workers=2) for part in (train, test)]
    trunk, head = make_trunk(options.trunk, options.weights), make_head(options.size, len(train.classes))
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-4, eps=1e-7)
    start = time.perf_counter()
    cache = kept(features(trunk, loaders[0]), options.batch) if options.cached else None
    history = []
    for epoch in range(1, options.epochs + 1):
        history.append(train_epoch(head, optimizer, cache or features(trunk, loaders[0])))
        print(f"epoch {epoch}: loss {history[-1][0]:.4f}, accuracy {history[-1][1]:.4f}, {time.perf_counter() - start:.1f} s", flush=True)
    trained = time.perf_counter()
    with torch.no_grad():
        right = sum((head(x).argmax(1) == y).sum().item() for x, y in features(trunk, loaders[1]))
    accuracy = right / len(test)
    print(f"test accuracy {accuracy:.4f}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"peer": f"PyTorch {torch.__version__}" + (", features kept" if options.cached else ""),
                       "losses": [loss for loss, _ in history], "accuracies": [right for _, right in history],
                       "test_accuracy": accuracy, "train_seconds": trained - start,
                       "test_seconds": time.perf_counter() - trained}, file)  # fmt: skip


if __name__ == "__main__":
    main()
