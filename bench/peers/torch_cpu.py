"""Times PyTorch on the CPU, float32: the VGG16 trunk forward, and with backward, and a training step of a head.

    python3 torch_cpu.py [--threads 2] [--rounds 5]     prints a table of medians
    python3 torch_cpu.py --serve [--threads 2]          one job a line on stdin, one JSON answer a line on stdout

A job is "MODE LAYOUT BATCH": forward|training|head or a layer, channels_last|default, images of 224x224x3. forward runs without
gradients. training runs forward and backward into all (random He) weights, from a gradient of ones at block5_pool; as
in a training step, the gradient of the images is not computed. head is a step of Dense(1024, ReLU), Dense(4) with
cross-entropy and Adam on 25088 cached features. An answer holds the milliseconds of one run, after one that is
not counted. A layer, block3_conv1, is its convolution with bias and ReLU, without gradients; its milliseconds are the mean of
0.1 s, going around sets of weights and images of 256 MB as bench/sets.h has it.
"""

import argparse
import json
import statistics
import sys
import time

import torch

BLOCKS = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]
JOBS = ["forward channels_last 8", "forward default 8", "training channels_last 4", "training default 4",
        "head default 32"]  # fmt: skip


def trunk(layout):
    torch.manual_seed(1)
    layers, c = [], 3
    for block in BLOCKS:
        for k in block:
            conv = torch.nn.Conv2d(c, k, 3, padding=1)
            torch.nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            layers += [conv, torch.nn.ReLU(inplace=True)]
            c = k
        layers.append(torch.nn.MaxPool2d(2))
    model = torch.nn.Sequential(*layers)
    return model.to(memory_format=torch.channels_last) if layout == "channels_last" else model


class Head:
    """A training step on cached features."""

    def __init__(self, batch):
        self.model = torch.nn.Sequential(torch.nn.Linear(25088, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 4))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-4)
        self.features, self.labels = torch.rand(batch, 25088), torch.randint(4, (batch,))

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(self.model(self.features), self.labels).backward()
        self.optimizer.step()


class Layer:
    """A convolution with bias and ReLU."""

    def __init__(self, name, layout, batch):
        block, conv = int(name[5]) - 1, int(name[-1]) - 1
        widths = [w for b in [[3], *BLOCKS[:block], BLOCKS[block][: conv + 1]] for w in b]
        c, k, size = *widths[-2:], 224 >> block
        order = torch.channels_last if layout == "channels_last" else torch.contiguous_format
        count = min(16, 1 + (256 << 20) // (4 * (batch * size * size * (c + k) + 9 * c * k)))
        self.sets = [(torch.nn.Conv2d(c, k, 3, padding=1).to(memory_format=order),
                      torch.rand(batch, c, size, size).contiguous(memory_format=order)) for _ in range(count)]  # fmt: skip

    def run(self, i):
        conv, images = self.sets[i % len(self.sets)]
        with torch.no_grad():
            torch.relu_(conv(images))

    def milliseconds(self):
        for i in range(max(2, len(self.sets))):
            self.run(i)
        runs, start, passed = 0, time.perf_counter(), 0
        while runs < 3 or passed < 0.1:
            self.run(runs)
            runs, passed = runs + 1, time.perf_counter() - start
        return passed / runs * 1e3


class Peer:
    def __init__(self):
        self.trunks, self.heads = {}, {}

    def prepare(self, job):
        mode, layout, batch = job.split()
        if layout not in self.trunks:
            self.trunks[layout] = trunk(layout)
        images = torch.rand(int(batch), 3, 224, 224)
        if layout == "channels_last":
            images = images.contiguous(memory_format=torch.channels_last)
        return mode, self.trunks[layout], images

    def milliseconds(self, job):
        if job.startswith("block"):
            name, layout, batch = job.split()
            return Layer(name, layout, int(batch)).milliseconds()
        if job.startswith("head"):
            batch = int(job.split()[-1])
            if batch not in self.heads:
                self.heads[batch] = Head(batch)
            start = time.perf_counter()
            self.heads[batch].step()
            return (time.perf_counter() - start) * 1e3
        mode, model, images = self.prepare(job)
        model.zero_grad(set_to_none=True)
        start = time.perf_counter()
        if mode == "forward":
            with torch.no_grad():
                model(images)
        else:
            y = model(images)
            y.backward(torch.ones_like(y))
        return (time.perf_counter() - start) * 1e3


def serve(peer):
    print(json.dumps({"peer": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads(),
                      "build": torch.__config__.show()}), flush=True)  # fmt: skip
    for line in sys.stdin:
        if not line.startswith("block"):
            peer.milliseconds(line)  # warm-up, as the other side has
        print(json.dumps({"ms": peer.milliseconds(line)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    peer = Peer()
    if options.serve:
        return serve(peer)
    print(f"PyTorch {torch.__version__}, {options.threads} threads, float32")
    for job in JOBS:
        peer.milliseconds(job)  # warm-up: pages, primitive caches
        times = [peer.milliseconds(job) for _ in range(options.rounds)]
        images = int(job.split()[-1])
        median = statistics.median(times)
        print(f"{job:26} {median:8.1f} ms ({min(times):.1f} .. {max(times):.1f}), {images / median * 1e3:.2f} images/s")


if __name__ == "__main__":
    main()
