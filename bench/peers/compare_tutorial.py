"""The tutorial's job, whole processes, each side once and Graft before and after: a frozen VGG trunk, a new head, no
augmentation, full passes over DATA (train/<class>/, test/<class>/), the test set scored once at the end.

    python3 bench/peers/compare_tutorial.py DATA --trunk vgg19 --weights FILE --keras PYTHON --torch PYTHON [--images N]

FILE is Keras' .h5 of the trunk. PYTHON is an interpreter that has Keras with TensorFlow (or what KERAS_BACKEND names), or
PyTorch, h5py and Pillow; a side without one is left out. --images N: the first N images of each class, to try it out.
Measured for each process, its children included: seconds by the clock and of the processors, and the largest resident
set of one process. A record goes to bench/results/; with --images, nothing is recorded.
"""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from record import ROOT, commit, machine

EPOCHS = 5


def reduced(data, images, folder):
    """The same folders with links to the first images of each class."""
    for split in ("train", "test"):
        for name in sorted(p for p in (data / split).iterdir() if p.is_dir()):
            place = folder / split / name.name
            place.mkdir(parents=True)
            for image in sorted(name.iterdir())[:images]:
                (place / image.name).symlink_to(image)
    return folder


def timed(command):
    """Runs it to the end; returns seconds and peak memory."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return {"wall_s": round(seconds, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
            "peak_rss_mb": round(usage.ru_maxrss / 1024)}  # fmt: skip


def graft(options, data, place):
    run = place / f"run{len(list(place.glob('run*')))}"
    row = timed([options.program, "train", data, "--preset", "tutorial", "--model", options.trunk, "--weights",
                 options.weights, "--epochs", str(EPOCHS), "--steps-per-epoch", "0", "--out", run])  # fmt: skip
    version = subprocess.run([options.program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    metrics = json.loads((run / "metrics.json").read_text())
    losses = [float(line.split(",")[2]) for line in (run / "history.csv").read_text().splitlines()[1:]]
    return row | {"peer": version, "losses": losses, "test_accuracy": metrics["metrics"]["accuracy"]["value"]}


def python(interpreter, script, options, data, place, *more):
    answer = place / "answer.json"
    row = timed([interpreter, ROOT / "bench/peers" / script, data, "--trunk", options.trunk, "--weights", options.weights,
                 "--epochs", str(EPOCHS), "--json", answer, *more])  # fmt: skip
    return row | json.loads(answer.read_text())


def sides(options, data, place):
    """Yields the row of each side as soon as it is measured."""
    yield "Graft", graft(options, data, place)
    if options.keras:
        yield "Keras", python(options.keras, "tutorial_keras.py", options, data, place)
        yield "Graft, again", graft(options, data, place)
    if options.torch:
        yield "PyTorch", python(options.torch, "tutorial_torch.py", options, data, place)
        if options.torch_cached:
            yield "PyTorch, features kept", python(options.torch, "tutorial_torch.py", options, data, place, "--cached")
        yield "Graft, at the end", graft(options, data, place)


def table(rows):
    ours = [row["wall_s"] for name, row in rows.items() if name.startswith("Graft")]
    print(f"{'':24} {'wall':>9} {'processor':>10} {'memory':>9} {'test':>7}   times Graft (mean of {len(ours)})")
    for name, row in rows.items():
        row["wall_over_graft"] = round(row["wall_s"] * len(ours) / sum(ours), 2)
        print(f"{name:24} {row['wall_s']:7.1f} s {row['cpu_s']:8.1f} s {row['peak_rss_mb']:6} MB {row['test_accuracy']:7.4f} "
              f"{row['wall_over_graft']:8.2f}   {row['peer']}")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--trunk", choices=["vgg16", "vgg19"], default="vgg16")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--keras", metavar="PYTHON")
    parser.add_argument("--torch", metavar="PYTHON")
    parser.add_argument("--torch-cached", action="store_true", help="PyTorch once more, with the trunk's outputs kept")
    parser.add_argument("--images", type=int, help="of each class, instead of all")
    parser.add_argument("--program", default=ROOT / "build/release/tools/vgg-finetune")
    options = parser.parse_args()
    record = {"what": "the tutorial's job: head on a frozen trunk, no augmentation, full passes; whole processes",
              "date": datetime.date.today().isoformat(), "commit": commit(), "trunk": options.trunk, "epochs": EPOCHS,
              "machine": machine(), "rows": {}}  # fmt: skip
    out = ROOT / "bench/results" / f"tutorial-{options.trunk}-{record['date']}.json"
    with tempfile.TemporaryDirectory() as scratch:
        place = pathlib.Path(scratch)
        data = reduced(options.data.resolve(), options.images, place / "data") if options.images else options.data
        record["images"] = {split: sum(len(os.listdir(folder)) for folder in (data / split).iterdir())
                            for split in ("train", "test")}  # fmt: skip
        for name, row in sides(options, data, place):
            record["rows"][name] = row
            print(f"== {name}: {row['wall_s']} s, test accuracy {row['test_accuracy']:.4f}\n", flush=True)
            if not options.images:  # after each side: they take long
                out.write_text(json.dumps(record, indent=1) + "\n")
    print("{trunk}, {images[train]} training and {images[test]} test images, {epochs} epochs:".format(**record))
    table(record["rows"])
    if not options.images:
        out.write_text(json.dumps(record, indent=1) + "\n")
        print(f"record: {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
