"""Is it worth training the last block of the trunk too? Head only against block5 unfrozen, on the same images.

    python3 bench/block5.py DATA --trunk vgg19 --weights FILE [--size 224] [--epochs 8] [--seeds 3] [-- OPTION...]

A fifth of DATA/train, by class, becomes validation images (vgg-finetune split). Both sides get the same budget of tuning:
three learning rates, one run each, chosen by the accuracy of the kept model (the epoch of the least validation loss) on
the validation images, then by its loss, with no test images in sight. Then each side trains with its rate and the seeds
1, 2, ..., and only these runs see DATA/test. OPTIONs go to every train. A record goes to bench/results/ unless --out
names another place.
"""

import argparse
import csv
import datetime
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
from record import ROOT, commit  # noqa: E402

SIDES = {"none": [3e-5, 1e-4, 3e-4], "block5": [1e-5, 3e-5, 1e-4]}  # of --unfreeze: rates to try
TUNING_SEED = 1000


def call(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)


def divide(options, place):
    """place/tuning has train and val; place/final also has test."""
    tuning, final = place / "tuning", place / "final"
    call(options.program, "split", options.data.resolve() / "train", "--val", 0.2, "--test", 0, "--how", "symlink",
         "--out", tuning)  # fmt: skip
    final.mkdir()
    for split, folder in (("train", tuning), ("val", tuning), ("test", options.data.resolve())):
        (final / split).symlink_to(folder / split)
    return tuning, final


def train(options, data, unfreeze, rate, seed, run):
    call(options.program, "train", data, "--model", options.trunk, "--weights", options.weights, "--image-size",
         options.size, "--epochs", options.epochs, "--unfreeze", unfreeze, "--lr", rate, "--seed", seed, "--out", run,
         *options.more)  # fmt: skip
    with open(run / "history.csv") as file:
        kept = min(csv.DictReader(file), key=lambda epoch: float(epoch["val_loss"]))
    return float(kept["val_accuracy"]), float(kept["val_loss"])


def compare(options, place):
    tuning, final = divide(options, place)
    sides = {}
    for unfreeze, rates in SIDES.items():
        tried = []
        for rate in rates:
            accuracy, loss = train(options, tuning, unfreeze, rate, TUNING_SEED, place / f"{unfreeze}-{rate}")
            tried.append({"rate": rate, "val_accuracy": accuracy, "val_loss": loss})
            print(f"{unfreeze:6} rate {rate:g}: validation accuracy {accuracy:.4f}, loss {loss:.4f}", flush=True)
        rate = max(tried, key=lambda t: (t["val_accuracy"], -t["val_loss"]))["rate"]
        tests = []
        for seed in range(1, options.seeds + 1):
            run = place / f"{unfreeze}-seed{seed}"
            train(options, final, unfreeze, rate, seed, run)
            tests.append(json.loads((run / "metrics.json").read_text())["metrics"]["accuracy"]["value"])
            print(f"{unfreeze:6} rate {rate:g}, seed {seed}: test accuracy {tests[-1]:.4f}", flush=True)
        sides[unfreeze] = {"tried": tried, "rate": rate, "test_accuracy": tests, "mean": statistics.mean(tests)}
    return sides


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--trunk", choices=["vgg16", "vgg19"], default="vgg16")
    parser.add_argument("--weights", default="auto")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--program", default=ROOT / "build/release/tools/vgg-finetune")
    parser.add_argument("--out", type=pathlib.Path)
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:end])
    options.more = sys.argv[end + 1 :]
    with tempfile.TemporaryDirectory() as place:
        sides = compare(options, pathlib.Path(place))
    print(f"\n{options.trunk}, {options.size}x{options.size}, {options.epochs} epochs, test accuracy:")
    for unfreeze, side in sides.items():
        print(f"  {'head only' if unfreeze == 'none' else 'head and ' + unfreeze:16} mean {side['mean']:.4f}, seeds "
              + ", ".join(f"{a:.4f}" for a in side["test_accuracy"]) + f" (rate {side['rate']:g})")  # fmt: skip
    gain = sides["block5"]["mean"] - sides["none"]["mean"]
    print(f"block5 unfrozen is {abs(gain):.4f} {'better' if gain > 0 else 'worse'}")
    today = datetime.date.today().isoformat()
    version = subprocess.run([options.program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    record = {"what": "test accuracy, head only against block5 unfrozen; rates chosen on validation images",
              "date": today, "commit": commit(), "program": version, "command": " ".join(pathlib.Path(word).name for word in sys.argv),
              "trunk": options.trunk, "image_size": options.size, "epochs": options.epochs, "options": options.more, "sides": sides}  # fmt: skip
    out = options.out or ROOT / "bench/results" / f"block5-{options.trunk}-{today}.json"
    out.write_text(json.dumps(record, indent=1) + "\n")
    print(f"record: {out}")


if __name__ == "__main__":
    main()
