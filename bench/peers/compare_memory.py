"""Compares the peak memory of training a new head in Graft and in PyTorch: the most that each whole process ever had in
memory, as the system counts it (ru_maxrss of wait4).

    python3 bench/peers/compare_memory.py [--torch PYTHON] [--train 128] [--test 32] [--epochs 1] [--threads 2]
                                          [--bin FOLDER] [--weights none]

The job: VGG16 with a frozen trunk, head flatten:1024, Adam, batch 32, 224x224, float32. Graft's side is all of
vgg-finetune train: drawn phantoms are decoded, the trunk's outputs are kept (0.1 MB an image), checkpoints and the model
are saved, the test images are scored. PyTorch's is torch_head_job.py, which does no more than it must. Ratios are Graft's
bytes over PyTorch's: below 1, Graft needs less. A record goes to bench/results/.
"""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from compare_torch import ROOT, machine

LAYOUTS = ["channels_last", "default"]


def peak_of(command):
    """Runs a command; its peak in MiB, and what it printed."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit code {process.returncode}\n{text}")
    return used.ru_maxrss / 1024, text


def run_graft(options, folder):
    programs = pathlib.Path(options.bin)
    data = folder / "data"
    subprocess.run([programs / "draw-phantoms", data, "--train", str(options.train), "--test", str(options.test)],
                   check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    command = [programs / "vgg-finetune", "train", data, "--out", folder / "run", "--weights", options.weights,
               "--epochs", str(options.epochs), "--batch", "32", "--threads", str(options.threads)]  # fmt: skip
    if options.weights == "none":
        command += ["--preprocess", "torchvision"]
    return peak_of(command)[0]


def run_torch(options, layout):
    command = [options.torch, ROOT / "bench/peers/torch_head_job.py", "--layout", layout]
    for name in ("train", "test", "epochs", "threads"):
        command += [f"--{name}", str(getattr(options, name))]
    peak, text = peak_of(command)
    return peak, text.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch", metavar="PYTHON", default="python3")
    parser.add_argument("--bin", metavar="FOLDER", default=str(ROOT / "build/release/tools"))
    parser.add_argument("--weights", metavar="FILE", default="none", help="a .h5 file for Graft, or none")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    for name, default in [("train", 128), ("test", 32), ("epochs", 1)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        graft = run_graft(options, pathlib.Path(folder))
    print(f"peak memory of training a head: Graft {graft:.0f} MiB", flush=True)
    rows = []
    for layout in LAYOUTS:
        peak, peer = run_torch(options, layout)
        rows.append({"layout": layout, "torch_mib": peak, "ratio": graft / peak})
        print(f"  {peer} {layout}: {peak:.0f} MiB, ratio {graft / peak:.2f}", flush=True)
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], stdout=subprocess.PIPE, text=True)
    record = {
        "what": "peak memory (ru_maxrss) of training a head of VGG16, flatten:1024, batch 32, 224x224, float32, frozen trunk",
        "date": datetime.date.today().isoformat(),
        "commit": commit.stdout.strip(),
        "command": " ".join(["python3", "bench/peers/compare_memory.py", *sys.argv[1:]]),
        "machine": machine(),
        "images": {"train": options.train, "test": options.test, "epochs": options.epochs},
        "graft_mib": graft,
        "peer": {"name": peer},
        "results": rows,
    }  # fmt: skip
    out = ROOT / "bench/results" / f"cpu-memory-torch-{peer.split()[1].split('+')[0]}-{record['date']}.json"
    out.write_text(json.dumps(record, indent=1) + "\n")
    print(f"record: {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
