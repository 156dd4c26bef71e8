"""Compares the peak memory of training a new head in Graft and in PyTorch: the peak of each whole process, as the
system counts it (ru_maxrss of wait4).

    python3 bench/peers/compare_memory.py [--torch PYTHON] [--train 128] [--test 32] [--epochs 1] [--threads 2]
                                          [--bin FOLDER] [--weights none] [--out FOLDER] [--quick]

The job: VGG16 with a frozen trunk, head flatten:1024, Adam, batch 32, 224x224, float32. Graft's side is all of
vgg-finetune train: drawn phantoms are decoded, the trunk's outputs are kept (0.1 MB an image), checkpoints and the model
are saved, the test images are scored. PyTorch's is torch_head_job.py, which does no more than it must. Ratios are Graft's
bytes over PyTorch's: below 1, Graft needs less. A record goes to bench/results/.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from record import ROOT, Record, add_options, end_of, environment, output_of

LAYOUTS = ["channels_last", "default"]


def peak_of(command, threads):
    """Runs a command; returns its peak in MiB and its output."""
    with tempfile.TemporaryFile("w+") as output:
        try:
            process = subprocess.Popen(command, stdout=output, env=environment(threads))
        except OSError as error:
            sys.exit(f"{command[0]}: {error.strerror}")
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {end_of(process.returncode)}\n{text}")
    return used.ru_maxrss / 1024, text


def run_graft(options, folder):
    programs = pathlib.Path(options.bin)
    data = folder / "data"
    images = ["--train", str(options.train), "--test", str(options.test)]
    output_of([programs / "draw-phantoms", data, *images], options.threads)
    command = [programs / "vgg-finetune", "train", data, "--out", folder / "run", "--weights", options.weights,
               "--epochs", str(options.epochs), "--batch", "32", "--device", "cpu",
               "--threads", str(options.threads)]  # fmt: skip
    if options.weights == "none":
        command += ["--preprocess", "torchvision"]
    peak, text = peak_of(command, options.threads)
    return peak, re.search(r"^device: ([^;\n]*)", text, re.MULTILINE).group(1)


def run_torch(options, layout):
    command = [options.torch, ROOT / "bench/peers/torch_head_job.py", "--layout", layout]
    for name in ("train", "test", "epochs", "threads"):
        command += [f"--{name}", str(getattr(options, name))]
    peak, text = peak_of(command, options.threads)
    return peak, text.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch", metavar="PYTHON", default="python3")
    parser.add_argument("--bin", metavar="FOLDER", default=str(ROOT / "build/release/tools"))
    parser.add_argument("--weights", metavar="FILE", default="none", help="a .h5 file for Graft, or none")
    for name, default in [("train", 128), ("test", 32), ("epochs", 1)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    add_options(parser)
    options = parser.parse_args()
    if options.quick:
        options.train, options.test = 32, 4
    record = Record("bench/peers/compare_memory.py",
                    "peak memory (ru_maxrss) of training a head of VGG16, flatten:1024, batch 32, 224x224, float32, frozen "
                    "trunk; ratio = Graft's / PyTorch's")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        graft, record.fields["device"] = run_graft(options, pathlib.Path(folder))
    print(f"peak memory of training a head: Graft {graft:.0f} MiB", flush=True)
    rows = []
    for layout in LAYOUTS[:1] if options.quick else LAYOUTS:
        peak, peer = run_torch(options, layout)
        rows.append({"layout": layout, "torch_mib": peak, "ratio": graft / peak})
        print(f"  {peer} {layout}: {peak:.0f} MiB, ratio {graft / peak:.2f}", flush=True)
    record.fields |= {"threads": options.threads, "peer": {"name": peer}, "graft_mib": graft, "results": rows,
                      "images": {"train": options.train, "test": options.test, "epochs": options.epochs}}  # fmt: skip
    record.save(options.out, f"cpu-memory-torch-{peer.split()[1].split('+')[0]}")


if __name__ == "__main__":
    main()
