"""Times VGG16's convolutions and matrix products in Graft and in oneDNN, in turns, and prints the ratios of the times.

    python3 bench/peers/compare_onednn.py [--bench FILE] [--peer FILE] [--rounds 3] [--threads 2]

Run it with any Python 3.9 or later after ./dev build; oneDNN's side is built where libdnnl-dev is installed. Forward
runs on 8 images with bias and ReLU, the gradients on 4, the products of dense layers on 32. oneDNN is timed in its own layouts, with filters that it has
transformed before; Graft as it is called: NHWC, filters transformed in the call. Of oneDNN's Winograd and direct
convolution the faster counts, for each layer. Ratios are oneDNN's time over Graft's: above 1, Graft is faster. A
record goes to bench/results/.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys

from compare_torch import ROOT, machine

MODES = [("forward", "conv2d", 8), ("grad_input", "conv2d_grad_input", 4), ("grad_weight", "conv2d_grad_weight", 4)]
BLOCKS = [2, 2, 3, 3, 3]
LAYERS = [f"block{b + 1}_conv{i + 1}" for b, convs in enumerate(BLOCKS) for i in range(convs)]


class OneDnn:
    """bench_onednn: a job in, milliseconds out."""

    def __init__(self, program, threads):
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OMP_WAIT_POLICY="passive")
        self.process = subprocess.Popen([program], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment)  # fmt: skip
        self.about = json.loads(self.process.stdout.readline())

    def answer(self, job):
        self.process.stdin.write(job + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def milliseconds(self, mode, layer, batch):
        """Of the faster algorithm, and its name."""
        found = {}
        for algorithm in ("winograd", "direct"):
            answer = self.answer(f"{mode} {layer} {batch} {algorithm}")
            if "ms" in answer:
                found[algorithm] = answer["ms"]
        name = min(found, key=found.get)
        return found[name], name


def run_graft(options, op, layer, batch, variant=None):
    """The row that the program would run: the first that the table lists for the layer, or the one that is named."""
    command = [options.bench, "--device", "cpu", "--op", op, "--case", layer, "--batch", str(batch), "--threads",
               str(options.threads), "--rounds", "1", "--seconds", "0.1", "--no-ceilings", "--json", "-"]  # fmt: skip
    command += ["--variant", variant] if variant else []
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return next(row for row in map(json.loads, lines) if row.get("op") == op and row["case"] == layer)


def compare(peer, options, mode, op, batch):
    rows = []
    for layer in LAYERS:
        if layer == LAYERS[0] and mode == "grad_input":
            continue  # nobody wants the gradient of an image
        first = run_graft(options, op, layer, batch)["variant"]
        pairs = []
        for _ in range(options.rounds):
            graft = run_graft(options, op, layer, batch, first)
            theirs, algorithm = peer.milliseconds(mode, layer, batch)
            pairs.append((graft["ms"], theirs))
        ours, theirs = (statistics.median(times) for times in zip(*pairs))
        ratio = statistics.median(t / g for g, t in pairs)
        rows.append({"layer": layer, "variant": graft["variant"], "graft_ms": ours, "algorithm": algorithm,
                     "onednn_ms": theirs, "ratio": ratio, "pairs_ms": pairs})  # fmt: skip
        print(f"{mode:11} {layer}: Graft {graft['variant']:8} {ours:8.2f} ms, oneDNN {algorithm:8} {theirs:8.2f} ms, "
              f"ratio {ratio:.2f}", flush=True)  # fmt: skip
    about = {name: graft[name] for name in ("commit", "device")}
    graft, onednn = sum(r["graft_ms"] for r in rows), sum(r["onednn_ms"] for r in rows)
    print(f"{mode:11} sum: Graft {graft:.1f} ms, oneDNN {onednn:.1f} ms, ratio {onednn / graft:.2f}", flush=True)
    return {"mode": mode, "batch": batch, "layers": rows, "graft_ms": graft, "onednn_ms": onednn,
            "ratio": onednn / graft, "graft": about}  # fmt: skip


def products(batch):
    """Name, m, n, k and which operand is transposed of what graft_bench calls gemm."""
    for name, inputs, outputs in [("flatten_1024", 25088, 1024), ("fc1", 25088, 4096), ("fc2", 4096, 4096)]:
        yield name, batch, outputs, inputs, 0, 0
        yield name + "_dw", inputs, outputs, batch, 1, 0
        yield name + "_dx", batch, inputs, outputs, 0, 1
    yield "square", 1024, 1024, 1024, 0, 0


def compare_products(peer, options, batch):
    rows = []
    for name, *sizes in products(batch):
        pairs = []
        for _ in range(options.rounds):
            graft = run_graft(options, "gemm", name, batch)
            pairs.append((graft["ms"], peer.answer(" ".join(map(str, ["gemm", *sizes])))["ms"]))
        ours, theirs = (statistics.median(times) for times in zip(*pairs))
        ratio = statistics.median(t / g for g, t in pairs)
        rows.append({"case": name, "graft_ms": ours, "onednn_ms": theirs, "ratio": ratio, "pairs_ms": pairs})
        print(f"gemm        {name:15}: Graft {ours:8.2f} ms, oneDNN {theirs:8.2f} ms, ratio {ratio:.2f}", flush=True)
    return {"mode": "gemm", "batch": batch, "cases": rows}


def main():
    build = ROOT / "build/release/bench"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", metavar="FILE", default=str(build / "graft_bench"))
    parser.add_argument("--peer", metavar="FILE", default=str(build / "bench_onednn"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if not os.path.exists(options.peer):
        sys.exit(f"there is no {options.peer}: install libdnnl-dev and build again")
    peer = OneDnn(options.peer, options.threads)
    print(f"Graft against {peer.about['peer']}: VGG16's convolutions and products, float32, {options.threads} threads")
    record = {
        "what": "VGG16's convolutions and products, float32, Graft and oneDNN in turns; ratio = oneDNN's time / Graft's",
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python3", "bench/peers/compare_onednn.py", *sys.argv[1:]]),
        "peer": {"name": peer.about["peer"]},
        "machine": machine(),
        "threads": options.threads,
    }  # fmt: skip
    record["results"] = [compare(peer, options, *mode) for mode in MODES]
    record["results"].append(compare_products(peer, options, 32))
    out = ROOT / "bench/results" / f"cpu-onednn-{peer.about['peer'].split()[1]}-{record['date']}.json"
    out.write_text(json.dumps(record, indent=1) + "\n")
    print(f"record: {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
