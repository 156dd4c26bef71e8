"""The job of a new head, whole, in PyTorch: the VGG16 trunk without gradients, a Dense(1024, ReLU) and Dense(4) after
it, cross-entropy and Adam; epochs of training images and a pass of test images, in batches. Weights and images are
random: nothing is decoded, so this is the least memory that the job takes. compare_memory.py starts it.

    python3 torch_head_job.py --layout channels_last --train 128 --test 32 [--batch 32] [--epochs 1] [--threads 2]
"""

import argparse

import torch
from torch_cpu import Head, trunk


def features(model, layout, batch):
    images = torch.rand(batch, 3, 224, 224)
    if layout == "channels_last":
        images = images.contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        return torch.flatten(model(images), 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layout", choices=["channels_last", "default"], default="channels_last")
    for name, default in [("train", 128), ("test", 32), ("batch", 32), ("epochs", 1), ("threads", 2)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model, head = trunk(options.layout), Head(options.batch)
    for _ in range(options.epochs):
        for first in range(0, options.train, options.batch):
            n = min(options.batch, options.train - first)
            head.features, head.labels = features(model, options.layout, n), torch.randint(4, (n,))
            head.step()
    for first in range(0, options.test, options.batch):
        with torch.no_grad():
            head.model(features(model, options.layout, min(options.batch, options.test - first)))
    print(f"PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
