"""Times VGG16's convolutions and matrix products in Graft, oneDNN and OpenBLAS, in turn, and prints ratios of times.

    python3 bench/peers/compare_onednn.py [--rounds 3] [--threads 2] [--out FOLDER] [--quick]

Run it with any Python 3.9 or later after ./dev build; the other sides are built where libdnnl-dev and libopenblas-dev
are installed. Forward runs on 8 images with bias and ReLU, the gradients on 4; the products are those of dense layers
on 1, 8, 32 and 256 images, their gradients on 32, and a square one in all four transposes. oneDNN is timed in its own
layouts, with filters that it has transformed before; Graft as it is called: NHWC, filters transformed in the call. The
fastest peer counts: oneDNN's Winograd or direct convolution, oneDNN's product or OpenBLAS'. Ratios are its time over
Graft's: above 1, Graft is faster. The floor is as in graft_bench. A record goes to bench/results/.
"""

import argparse
import os
import statistics
import sys

from record import ROOT, Peer, Record, add_ceilings_option, add_options, kernel, percent

MODES = [("forward", "conv2d", 8), ("grad_input", "conv2d_grad_input", 4), ("grad_weight", "conv2d_grad_weight", 4)]
BLOCKS = [2, 2, 3, 3, 3]
LAYERS = [f"block{b + 1}_conv{i + 1}" for b, convs in enumerate(BLOCKS) for i in range(convs)]
ALGORITHMS = ["winograd", "direct"]
DENSE = [("flatten_1024", 25088, 1024), ("fc1", 25088, 4096), ("fc2", 4096, 4096), ("predictions", 4096, 1000)]
SIDE = 1024
HUGE = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # what a peer allocates by itself lies in huge pages as well


def contest(options, ours, theirs):
    """Times ours(), a row of graft_bench, and each peer's function, milliseconds or None, in turns. After the first
    round only those peers run on that can still win. Returns the record; None if no peer has a kernel."""
    times, names = [], list(theirs)
    for _ in range(options.rounds):
        graft = ours()
        found = {name: theirs[name]() for name in names}
        times.append({"graft": graft["ms"]} | {name: ms for name, ms in found.items() if ms is not None})
        names = [name for name in names if found[name] is not None]
        if not names:
            return None
        names = [name for name in names if found[name] < 1.3 * min(found[n] for n in names)]
    median = {name: statistics.median(t[name] for t in times) for name in ["graft", *names]}
    best = min(names, key=median.get)
    return {"variant": graft["variant"], "graft_ms": median["graft"], "floor_ms": graft["floor_ms"],
            "share_of_floor": graft["floor_ms"] / median["graft"], "peer": best, "peer_ms": median[best],
            "ratio": statistics.median(t[best] / t["graft"] for t in times), "times_ms": times}  # fmt: skip


def total(rows):
    """The sum of all rows that have a peer."""
    rows = [row for row in rows if "ratio" in row]
    if not rows:
        return {}
    graft, floor, peer = (sum(row[name] for row in rows) for name in ("graft_ms", "floor_ms", "peer_ms"))
    peers = {row["peer"] for row in rows}
    return {"graft_ms": graft, "floor_ms": floor, "share_of_floor": floor / graft, "peer_ms": peer,
            "peer": peers.pop() if len(peers) == 1 else "the fastest", "ratio": peer / graft,
            "lowest_ratio": min(row["ratio"] for row in rows)}  # fmt: skip


def tell(name, row):
    print(f"{name:38} Graft {row.get('variant', ''):9}{row['graft_ms']:9.2f} ms, floor {percent(row['share_of_floor'])}, "
          f"{row['peer']:16}{row['peer_ms']:9.2f} ms, ratio {row['ratio']:.2f}", flush=True)  # fmt: skip


def finish(mode, rows):
    for left_out in (row for row in rows if "ratio" not in row):
        print(f"{mode:12} {left_out['case']}: {left_out['left_out']}; it counts in no sum")
    sums = total(rows)
    if sums:
        tell(f"{mode:12} sum", sums)
    return {"mode": mode, "rows": rows, "sum": sums}


def convolutions(peer, options, mode, op, batch):
    rows = []
    for layer in [LAYERS[0], LAYERS[-1]] if options.quick else LAYERS:
        if layer == LAYERS[0] and mode == "grad_input":
            continue  # nobody wants the gradient of an image
        theirs = {f"oneDNN {a}": lambda a=a: peer.ask(f"{mode} {layer} {batch} {a}").get("ms") for a in ALGORITHMS}
        row = contest(options, lambda: kernel(options, op, layer, batch), theirs)
        if row:
            tell(f"{mode:12} {layer}", row)
        rows.append({"case": layer, "batch": batch} | (row or {"left_out": f"{peer.about['peer']} cannot do it"}))
    return finish(mode, rows)


def products():
    """The name of a gemm case in graft_bench, with its batch, m, n, k, and which operand is transposed."""
    for name, inputs, outputs in DENSE:
        for batch in (1, 8, 32, 256):
            yield name, batch, batch, outputs, inputs, 0, 0
        yield name + "_dw", 32, inputs, outputs, 32, 1, 0
        yield name + "_dx", 32, 32, inputs, outputs, 0, 1
    for name, ta, tb in [("nn", 0, 0), ("nt", 0, 1), ("tn", 1, 0), ("tt", 1, 1)]:
        yield "square_" + name, 1, SIDE, SIDE, SIDE, ta, tb


def compare_products(peers, options):
    rows = []
    for name, batch, *sizes in products():
        if options.quick and not (name.startswith("predictions") and batch == 32 or name == "square_tn"):
            continue
        job = " ".join(map(str, ["gemm", *sizes]))
        theirs = {peer.name: lambda peer=peer: peer.ask(job)["ms"] for peer in peers}
        row = contest(options, lambda: kernel(options, "gemm", name, batch), theirs)
        tell(f"gemm         {name:15}" + ("" if "square" in name else f" batch {batch:3}"), row)
        rows.append({"case": name, "batch": batch, "m_n_k": sizes[:3]} | row)
    return finish("gemm", rows)


def main():
    build = ROOT / "build/release/bench"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--onednn", metavar="FILE", default=str(build / "bench_onednn"))
    parser.add_argument("--openblas", metavar="FILE", default=str(build / "bench_openblas"))
    parser.add_argument("--rounds", type=int)
    add_options(parser), add_ceilings_option(parser)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    for program, package in [(options.onednn, "libdnnl-dev"), (options.openblas, "libopenblas-dev")]:
        if not os.path.exists(program):
            sys.exit(f"there is no {program}: install {package} and build again")
    record = Record("bench/peers/compare_onednn.py",
                    "VGG16's convolutions and products, float32, Graft, oneDNN and OpenBLAS in turns; "
                    "ratio = the fastest peer's time / Graft's")  # fmt: skip
    record.measure_ceilings(options)
    onednn = Peer("oneDNN", [options.onednn], options.threads, **HUGE)
    openblas = Peer("OpenBLAS", [options.openblas], options.threads, **HUGE)
    record.fields["peers"] = [onednn.about, openblas.about]
    print(f"Graft against {onednn.about['peer']} and {openblas.about['peer']}: VGG16's convolutions and products, float32, "
          f"{record.fields['device']}, commit {record.fields['commit']}")  # fmt: skip
    record.fields["results"] = [convolutions(onednn, options, *mode) for mode in MODES]
    record.fields["results"].append(compare_products([onednn, openblas], options))
    onednn.close(), openblas.close()
    record.save(options.out, f"cpu-onednn-{onednn.about['peer'].split()[1]}")


if __name__ == "__main__":
    main()
