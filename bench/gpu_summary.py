"""Summarises the results of a GPU check: python3 bench/gpu_summary.py FOLDER | --self-test

FOLDER holds bench.jsonl (graft_bench) and torch.jsonl (bench/peers/torch_gpu.py), as bench/gpu_check wrote them.
A ratio is the other's time over ours, so above 1 Graft is faster; a mean of ratios is geometric.
"""

import json
import math
import pathlib
import statistics
import sys

CONV_OPS = ["conv2d", "conv2d_bf16", "conv2d_grad_input", "conv2d_grad_weight"]


def lines(path):
    """The JSON lines of a file; a truncated last one is ignored."""
    found = []
    if path.is_file():
        for text in path.read_text().splitlines():
            try:
                found.append(json.loads(text))
            except json.JSONDecodeError:
                continue
    return found


def geometric(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def spread(ratios):
    return {"mean": round(geometric(ratios), 3), "least": round(min(ratios), 3), "most": round(max(ratios), 3),
            "cases": len(ratios)}  # fmt: skip


def fastest(rows, keys):
    """Per value of `keys`, the row with the least time."""
    best = {}
    for row in rows:
        key = tuple(row[k] for k in keys)
        if "ms" in row and (key not in best or row["ms"] < best[key]["ms"]):
            best[key] = row
    return best


def ours(bench):
    return [r for r in bench if r.get("what") == "kernel" and not r["vendor"] and "ms" in r]


def vendor_ratios(bench):
    """Per op and precision: our fastest row against the vendor's, over the cases that have both."""
    groups = {}
    for (op, precision, _, _), row in fastest(ours(bench), ["op", "precision", "case", "batch"]).items():
        if "vendor_ratio" in row:
            groups.setdefault(f"{op} {precision}", []).append(row["vendor_ratio"])
    return {name: spread(ratios) for name, ratios in groups.items()}


def torch_ratios(bench, torch):
    """Per convolution and precision: our fastest row against PyTorch's cuDNN with a ReLU where ours has one."""
    peers = fastest([r for r in torch if r.get("what") == "peer_kernel"], ["op", "precision", "case", "batch"])
    groups = {}
    for (op, precision, case, batch), row in fastest(ours(bench), ["op", "precision", "case", "batch"]).items():
        if op not in CONV_OPS:
            continue
        names = ["conv2d+relu", "conv2d+relu fused"] if op in ("conv2d", "conv2d_bf16") else [op]
        times = [peers[(n, precision, case, batch)]["ms"] for n in names if (n, precision, case, batch) in peers]
        if times:
            groups.setdefault(f"{op} {precision}", []).append(min(times) / row["ms"])
    return {name: spread(ratios) for name, ratios in groups.items()}


def copy_shares(bench):
    """The share of the copy rate that the memory-bound ops reach."""
    rows = [r for r in ours(bench) if r.get("bound") == "memory" and r["op"] not in CONV_OPS + ["gemm"]]
    best = fastest(rows, ["op", "case", "batch"])
    return {f"{op} {case} batch {batch}": round(r["share_of_copy"], 3) for (op, case, batch), r in best.items()}


def trunks(bench, torch):
    """Images per second, and the ratio to PyTorch's fastest of the same precision (bf16 and amp count as one)."""
    peer = {}
    for r in torch:
        if str(r.get("what", "")).startswith("peer_trunk_"):
            key = (r["what"][5:], "bf16" if r["precision"] == "amp" else r["precision"], r["batch"])
            if key not in peer or r["images_per_second"] > peer[key]["images_per_second"]:
                peer[key] = r
    found = {}
    for r in bench:
        if str(r.get("what", "")).startswith("trunk_"):
            precision = r["precision"] or "f32"
            row = {"images_per_second": round(r["images_per_second"], 1), "share_of_floor": r.get("share_of_floor")}
            if other := peer.get((r["what"], precision, r["batch"])):
                row["ratio_to_torch"] = round(r["images_per_second"] / other["images_per_second"], 3)
                row["torch"] = f"{other['mode']} {other['precision']}, {other['images_per_second']:.1f} images/s"
            found[" ".join(filter(None, [r["what"], precision, r["variant"], f"batch {r['batch']}"]))] = row
    return found


def wrong_rows(bench):
    return [f"{r['op']} {r['variant']} {r['case']}" for r in bench if "problem" in r]


def summary(folder):
    bench, torch = lines(folder / "bench.jsonl"), lines(folder / "torch.jsonl")
    ceilings = [r for r in bench if r.get("what") == "ceilings"]
    return {
        "ceilings": {k: v for k, v in (ceilings[-1] if ceilings else {}).items() if k.endswith(("gbps", "gflops"))},
        "rows that gave wrong numbers": wrong_rows(bench),
        "ratio to the vendor's row": vendor_ratios(bench),
        "ratio to PyTorch's convolutions": torch_ratios(bench, torch),
        "share of the copy rate": copy_shares(bench),
        "trunk": trunks(bench, torch),
    }


def show(found):
    for title, part in found.items():
        if part:
            print(f"\n{title}:")
        for name, value in part.items() if isinstance(part, dict) else enumerate(part, 1):
            print(f"  {name}: {value}")


def self_test():
    """Ratios must not be upside down, and take the fastest of each side."""
    kernel = {"what": "kernel", "op": "conv2d", "precision": "bf16", "case": "block3_conv1", "batch": 64}
    bench = [{**kernel, "variant": "mma", "vendor": False, "ms": 2.0, "vendor_ratio": 0.5},
             {**kernel, "variant": "direct", "vendor": False, "ms": 20.0, "vendor_ratio": 0.05},
             {**kernel, "variant": "cudnn", "vendor": True, "ms": 1.0, "vendor_ratio": 1.0},
             {**kernel, "variant": "broken", "vendor": False, "problem": "an output is not finite"},
             {"what": "trunk_forward", "precision": "bf16", "variant": "", "batch": 64, "images_per_second": 3000.0}]  # fmt: skip
    peer = {"what": "peer_kernel", "precision": "bf16", "case": "block3_conv1", "batch": 64}
    trunk = {"what": "peer_trunk_forward", "batch": 64}
    torch = [{**peer, "op": "conv2d", "ms": 0.5}, {**peer, "op": "conv2d+relu", "ms": 3.0},
             {**trunk, "mode": "eager", "precision": "amp", "images_per_second": 1000.0},
             {**trunk, "mode": "compile", "precision": "bf16", "images_per_second": 2000.0},
             {**trunk, "mode": "eager", "precision": "f32", "images_per_second": 9000.0}]  # fmt: skip
    assert vendor_ratios(bench) == {"conv2d bf16": spread([0.5])}, vendor_ratios(bench)
    assert torch_ratios(bench, torch) == {"conv2d bf16": spread([1.5])}, torch_ratios(bench, torch)
    assert trunks(bench, torch)["trunk_forward bf16 batch 64"]["ratio_to_torch"] == 1.5, trunks(bench, torch)
    assert math.isclose(geometric([0.5, 2.0]), 1.0)
    assert wrong_rows(bench) == ["conv2d broken block3_conv1"], wrong_rows(bench)


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        sys.exit(__doc__)
    show(summary(pathlib.Path(sys.argv[1])))
