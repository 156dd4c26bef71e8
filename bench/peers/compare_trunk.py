"""Times the VGG16 trunk in Graft and in PyTorch, in turns, and prints the ratio of the two times for each pair.

    python3 bench/peers/compare_trunk.py [--torch PYTHON] [--layouts channels_last default] [--rounds 7] [--threads 2]

Run it with any Python 3.9 or later; PYTHON is the interpreter that has PyTorch (default: python3). A round times each
job once on each side, each after a run that is not counted, one right after the other, so that a machine that slows down slows both down. Ratios are
PyTorch's time over Graft's: above 1, Graft is faster. A record goes to bench/results/.
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
BENCH = "build/release/bench/graft_bench"
JOBS = [("forward", 8), ("training", 4)]


class Torch:
    """torch_trunk.py --serve: a job in, milliseconds out."""

    def __init__(self, python, threads):
        script = ROOT / "bench/peers/torch_trunk.py"
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


def graft_command(mode, batch, threads):
    return [BENCH, "trunk", mode, "--batch", str(batch), "--threads", str(threads), "--rounds", "1", "--json"]


def graft_milliseconds(mode, batch, threads):
    """Of one run, after one that is not counted."""
    done = subprocess.run(graft_command(mode, batch, threads), cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["ms_per_image"] * batch


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {"cpu": model.group(1) if model else platform.processor(), "cores": os.cpu_count(),
            "system": platform.platform(), "load_before": os.getloadavg()[0]}  # fmt: skip


def git(*command):
    return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def measure(torch, options):
    rows = []
    for mode, batch in JOBS:
        for layout in options.layouts:
            pairs = [(graft_milliseconds(mode, batch, options.threads), torch.milliseconds(mode, layout, batch))
                     for _ in range(options.rounds)]  # fmt: skip
            ours, theirs = zip(*pairs)
            ratio = spread([t / g for g, t in pairs])
            rows.append({"mode": mode, "batch": batch, "layout": layout, "ratio": ratio, "graft_ms": spread(ours),
                         "torch_ms": spread(theirs), "pairs_ms": pairs})  # fmt: skip
            print(f"{mode:9} batch {batch}, PyTorch {layout:14} {statistics.median(ours):9.1f} ms "
                  f"{statistics.median(theirs):9.1f} ms   ratio {ratio['median']:.2f} "
                  f"({ratio['min']:.2f} .. {ratio['max']:.2f})", flush=True)  # fmt: skip
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch", metavar="PYTHON", default="python3")
    parser.add_argument("--layouts", nargs="+", default=["channels_last"], choices=["channels_last", "default"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch = Torch(options.torch, options.threads)
    peer = torch.about["peer"]
    print(f"Graft against {peer}: VGG16 trunk, 224x224, float32, {options.threads} threads, {options.rounds} rounds")
    record = {
        "what": "VGG16 trunk, 224x224x3, float32, Graft and PyTorch in turns; ratio = PyTorch's time / Graft's",
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python3", "bench/peers/compare_trunk.py", *sys.argv[1:]]),
        "graft": {"commit": git("rev-parse", "HEAD"), "changed_files": git("status", "--porcelain", "-uno").splitlines(),
                  "commands": [" ".join(graft_command(m, b, options.threads)) for m, b in JOBS]},
        "peer": {"name": peer, "build": torch.about["build"]},
        "machine": machine(),
        "threads": options.threads,
    }  # fmt: skip
    record["results"] = measure(torch, options)
    version = peer.split()[1].split("+")[0]
    out = ROOT / "bench/results" / f"trunk-torch-{version}-{record['date']}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    print(f"record: {out}")


if __name__ == "__main__":
    main()
