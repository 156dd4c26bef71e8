"""Times Graft and PyTorch on the CPU, in turns, and prints the ratio of the two times for each pair: the VGG16 trunk
forward and in training, and a training step of the default head on kept features.

    python3 bench/peers/compare_torch.py [--torch PYTHON] [--bench FILE] [--rounds 7] [--threads 2]
                                         [--layouts channels_last default]

Run it with any Python 3.9 or later, after ./dev build; PYTHON is the interpreter that has PyTorch (default: python3).
In a round each side does a job once, after a run that is not counted, one side right after the other, so that a
machine that slows down slows both down. Ratios are PyTorch's time over Graft's: above 1, Graft is faster. A record
goes to bench/results/.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
JOBS = [("forward", 8), ("training", 4), ("head", 32)]


class Torch:
    """torch_cpu.py --serve: a job in, milliseconds out."""

    def __init__(self, python, threads):
        script = ROOT / "bench/peers/torch_cpu.py"
        self.process = subprocess.Popen([python, script, "--serve", "--threads", str(threads)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        self.about = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the PyTorch side ended; its message stands above")
        return json.loads(line)

    def milliseconds(self, mode, layout, batch):
        self.process.stdin.write(f"{mode} {layout} {batch}\n")
        self.process.stdin.flush()
        return self.answer()["ms"]


def run_graft(options, mode, batch):
    """graft_bench's answer for one run, after one that is not counted."""
    what = ["head"] if mode == "head" else ["trunk", mode]
    command = [options.bench, *what, "--device", "cpu", "--batch", str(batch), "--threads", str(options.threads),
               "--rounds", "1", "--seconds", "0", "--no-ceilings", "--json", "-"]  # fmt: skip
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {"cpu": model.group(1) if model else platform.processor(), "cores": os.cpu_count(),
            "system": platform.platform(), "load_before": os.getloadavg()[0]}  # fmt: skip


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def measure(torch, options):
    rows = []
    for mode, batch in JOBS:
        for layout in options.layouts if mode != "head" else ["default"]:
            pairs = []
            for _ in range(options.rounds):
                graft = run_graft(options, mode, batch)
                pairs.append((graft["ms_per_image"] * batch, torch.milliseconds(mode, layout, batch)))
            ours, theirs = map(spread, zip(*pairs))
            ratio = spread([t / g for g, t in pairs])
            rows.append({"mode": mode, "batch": batch, "layout": layout, "ratio": ratio, "graft_ms": ours,
                         "torch_ms": theirs, "pairs_ms": pairs,
                         "graft": {name: graft[name] for name in ("commit", "device", "command")}})  # fmt: skip
            print(f"{mode:9} batch {batch}: Graft {ours['median']:9.1f} ms, PyTorch {layout} {theirs['median']:9.1f} ms, "
                  f"ratio {ratio['median']:.2f} ({ratio['min']:.2f} .. {ratio['max']:.2f})", flush=True)  # fmt: skip
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch", metavar="PYTHON", default="python3")
    parser.add_argument("--bench", metavar="FILE", default=str(ROOT / "build/release/bench/graft_bench"))
    parser.add_argument("--layouts", nargs="+", default=["channels_last"], choices=["channels_last", "default"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch = Torch(options.torch, options.threads)
    peer = torch.about["peer"]
    print(f"Graft against {peer}: VGG16, 224x224, float32, {options.threads} threads, {options.rounds} rounds")
    record = {
        "what": "VGG16's trunk at 224x224x3 and a step of its head, float32, Graft and PyTorch in turns; ratio = PyTorch's time / Graft's",
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python3", "bench/peers/compare_torch.py", *sys.argv[1:]]),
        "peer": {"name": peer, "build": torch.about["build"]},
        "machine": machine(),
        "threads": options.threads,
    }  # fmt: skip
    record["results"] = measure(torch, options)
    version = peer.split()[1].split("+")[0]
    out = ROOT / "bench/results" / f"cpu-torch-{version}-{record['date']}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    print(f"record: {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
