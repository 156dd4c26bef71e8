"""Does `train --preset tutorial` do what the Keras script does, step by step?

    python tests/parity/keras_tutorial.py PROGRAM DATA WORK [--trunk vgg16] [--weights FILE] [--size 224] [--batch 8]
                                          [--steps 100] [--unfreeze none block5] [--bound 1e-4] [--repeat] [-- OPTION...]

The model and the reading of images are those of bench/peers/tutorial_keras.py, the script itself. Keras writes its
initial weights, Graft starts from them (--weights, --head-weights) and logs each step and the images that it saw
(--log-steps); Keras then takes the same images in the same order. Compared are the loss of every step and the accuracy
on the test images; exit code 1 if a loss differs by more than the bound, or an accuracy at all.

With block5 unfrozen the losses stray after some tens of steps, whoever computes: Adam divides each gradient by its own size,
so that rounding decides where a weight with a gradient of nearly zero goes, and training multiplies the difference.

--repeat also runs Keras a second time with the images of each batch in the reverse order, which changes nothing but
rounding: how far Keras strays from itself. OPTIONs behind -- go to Graft's train.
"""

import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/peers"))

import keras
import numpy as np
import tutorial_keras


def graft(options, unfreeze, weights, run):
    """Losses of the steps, images of each step, accuracy on the test images."""
    command = [options.program, "train", options.data, "--preset", "tutorial", "--model", options.trunk,
               "--weights", weights, "--head-weights", weights, "--unfreeze", unfreeze, "--image-size", options.size,
               "--batch", options.batch, "--lr", options.rate, "--epochs", 1, "--steps-per-epoch", options.steps, "--log-steps",
               "--out", run, *options.more]  # fmt: skip
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    with open(run / "steps.csv") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    order = [[] for _ in losses]
    with open(run / "order.csv") as file:
        for row in csv.DictReader(file):
            order[int(row["step"]) - 1].append(row["image"])
    return np.array(losses), order, json.loads((run / "metrics.json").read_text())["metrics"]["accuracy"]["value"]


def theirs(options, model, order, reverse=False):
    """The same of Keras. The iterator of the script reads the images; fit() takes one batch at a time."""
    train = tutorial_keras.images(f"{options.data}/train", options.size, options.batch, shuffle=False)
    index = {str(pathlib.Path("train") / name): i for i, name in enumerate(train.filenames)}
    losses = []
    for names in order:
        x, y = train._get_batches_of_transformed_samples([index[name] for name in names])
        x, y = (x[::-1], y[::-1]) if reverse else (x, y)
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x, y, return_dict=True)["loss"]))
    test = tutorial_keras.images(f"{options.data}/test", options.size, options.batch, shuffle=False)
    return np.array(losses), float(model.evaluate(test, verbose=0, return_dict=True)["accuracy"])


def make(options, unfreeze, start=None):
    keras.utils.set_random_seed(1)
    classes = sum(p.is_dir() for p in (pathlib.Path(options.data) / "train").iterdir())
    model = tutorial_keras.make_model(options.trunk, options.weights, options.size, classes, unfreeze, options.rate)
    if not options.weights:  # activations would vanish with Keras' Glorot initialisation and so many ReLUs
        he = keras.initializers.HeNormal(seed=1)
        for layer in model.layers:
            if isinstance(layer, keras.layers.Conv2D):
                layer.kernel.assign(he(layer.kernel.shape))
    if start:
        model.load_weights(start)
    return model


def said(differences, bound):
    worst = int(np.argmax(differences))
    late = np.flatnonzero(differences > bound)
    return (f"largest difference of a loss {differences[worst]:.1e} (step {worst + 1}), median {np.median(differences):.1e}"
            + (f", above {bound:.0e} from step {late[0] + 1}" if late.size else ""))  # fmt: skip


def compare(options, unfreeze):
    work = pathlib.Path(options.work) / unfreeze
    work.mkdir(parents=True)
    start = work / "start.weights.h5"
    model = make(options, unfreeze)
    model.save_weights(start)
    ours, order, our_accuracy = graft(options, unfreeze, start, work / "run")
    losses, accuracy = theirs(options, model, order)
    differences = np.abs(ours - losses)
    np.savetxt(work / "losses.csv", np.column_stack([ours, losses]), "%.9g", ",", header="graft,keras", comments="")
    right = differences.max() <= options.bound and abs(our_accuracy - accuracy) < 1e-6
    print(f"{options.trunk} {options.size}, rate {options.rate:g}, {'head' if unfreeze == 'none' else 'head and ' + unfreeze}: "
          f"{len(losses)} steps of {options.batch}, Keras {keras.__version__} on {keras.backend.backend()}: loss from "
          f"{losses[0]:.4f} to {losses[-1]:.4f}; {said(differences, options.bound)}; test accuracy "
          f"{our_accuracy:.4f} and {accuracy:.4f}: {'ok' if right else 'WRONG'}", flush=True)  # fmt: skip
    if options.repeat:
        again, accuracy = theirs(options, make(options, unfreeze, start), order, reverse=True)
        print(f"  Keras against itself, batches in reverse: {said(np.abs(again - losses), options.bound)}; test accuracy "
              f"{accuracy:.4f}", flush=True)  # fmt: skip
    return right


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("program", "data", "work"):
        parser.add_argument(name)
    parser.add_argument("--trunk", choices=tutorial_keras.TRUNKS, default="vgg16")
    parser.add_argument("--weights", help="of the trunk; default: random numbers (He)")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--unfreeze", nargs="+", default=["none", "block5"])
    parser.add_argument("--bound", type=float, default=1e-4)
    parser.add_argument("--repeat", action="store_true")
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:end])
    options.more = sys.argv[end + 1 :]
    return 0 if all([compare(options, unfreeze) for unfreeze in options.unfreeze]) else 1


if __name__ == "__main__":
    sys.exit(main())
