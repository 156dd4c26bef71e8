"""Times Graft and PyTorch on the CPU, in turn, and prints the ratio of the two times for each pair: the VGG16 trunk
forward and in training, a training step of the default head on cached features, and each convolution with bias and ReLU.

    python3 bench/peers/compare_torch.py [--torch PYTHON] [--rounds 7] [--threads 2] [--layouts channels_last default]
                                         [--out FOLDER] [--quick]

Run it with any Python 3.9 or later, after ./dev build; PYTHON is the interpreter that has PyTorch (default: python3).
In a round each side does a job once, after a run that is not counted, one side right after the other, so that a
machine that slows down slows both down; single layers take three rounds, of 0.1 s each. Ratios are PyTorch's time over
Graft's: above 1, Graft is faster. The floor is as in graft_bench. A record goes to bench/results/.
"""

import argparse
import pathlib
import re

from compare_onednn import LAYERS, contest, finish, tell
from record import ROOT, Peer, Record, add_ceilings_option, add_options, graft_bench, kernel, percent, spread

JOBS = [("forward", 8), ("training", 4), ("head", 32)]


def blas_of(torch):
    """The BLAS that PyTorch has loaded, by the files that its process has mapped; a wheel may have it inside."""
    maps = pathlib.Path(f"/proc/{torch.process.pid}/maps").read_text()
    files = {str(pathlib.Path(file).resolve()) for file in re.findall(r"/\S*(?:blas|mkl)[^/\s]*\.so\S*", maps)}
    found = sorted(file for file in files if not re.search(r"cublas|/(numpy|scipy)", file))  # others' own
    built = re.search(r"BLAS_INFO=\w*", torch.about["build"])
    return found or [f"inside of its own libraries ({built.group() if built else 'not known'})"]


def run_graft(options, mode, batch):
    """graft_bench's result of one run, after a warm-up run."""
    what = ["head"] if mode == "head" else ["trunk", mode]
    return graft_bench(options, *what, "--batch", batch, "--rounds", 1, "--seconds", 0)[-1]


def jobs(torch, options):
    rows = []
    for mode, batch in JOBS:
        for layout in options.layouts if mode != "head" else ["default"]:
            pairs, floors = [], []
            for _ in range(options.rounds):
                graft = run_graft(options, mode, batch)
                pairs.append((graft["ms_per_image"] * batch, torch.ask(f"{mode} {layout} {batch}")["ms"]))
                floors.append(graft["share_of_floor"] * graft["ms_per_image"] * batch)
            ours, theirs = map(spread, zip(*pairs))
            ratio = spread([t / g for g, t in pairs])
            share = floors[0] / ours["median"]
            rows.append({"mode": mode, "batch": batch, "layout": layout, "ratio": ratio, "graft_ms": ours,
                         "share_of_floor": share, "torch_ms": theirs, "pairs_ms": pairs,
                         "graft": {name: graft[name] for name in ("commit", "device", "command")}})  # fmt: skip
            print(f"{mode:9} batch {batch:2}: Graft {ours['median']:8.1f} ms, floor {percent(share)}, PyTorch {layout} "
                  f"{theirs['median']:8.1f} ms, ratio {ratio['median']:.2f} ({ratio['min']:.2f} .. {ratio['max']:.2f})",
                  flush=True)  # fmt: skip
    return rows


def layers(torch, options):
    batch, rows = JOBS[0][1], []
    rounds = argparse.Namespace(rounds=min(3, options.rounds))
    for layer in [LAYERS[0], LAYERS[-1]] if options.quick else LAYERS:
        theirs = {"PyTorch": lambda: torch.ask(f"{layer} channels_last {batch}")["ms"]}
        row = contest(rounds, lambda: kernel(options, "conv2d", layer, batch), theirs)
        tell(f"forward      {layer}", row)
        rows.append({"case": layer, "batch": batch} | row)
    return finish("forward", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch", metavar="PYTHON", default="python3")
    parser.add_argument("--layouts", nargs="+", default=["channels_last"], choices=["channels_last", "default"])
    parser.add_argument("--rounds", type=int)
    add_options(parser), add_ceilings_option(parser)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 7)
    record = Record("bench/peers/compare_torch.py",
                    "VGG16's trunk at 224x224x3, a step of its head and its convolutions, float32, Graft and PyTorch in "
                    "turns; ratio = PyTorch's time / Graft's")  # fmt: skip
    record.measure_ceilings(options)
    script = str(ROOT / "bench/peers/torch_cpu.py")
    torch = Peer("PyTorch", [options.torch, script, "--serve", "--threads", str(options.threads)], options.threads)
    peer, blas = torch.about["peer"], blas_of(torch)
    record.fields["peer"] = {"name": peer, "blas": blas, "build": torch.about["build"]}
    print(f"Graft against {peer}: VGG16, 224x224, float32, {record.fields['device']}, {options.rounds} rounds, "
          f"commit {record.fields['commit']}\nPyTorch's BLAS: {', '.join(blas)}")  # fmt: skip
    record.fields["results"] = jobs(torch, options)
    record.fields["layers"] = layers(torch, options)
    torch.close()
    record.save(options.out, f"cpu-torch-{peer.split()[1].split('+')[0]}")


if __name__ == "__main__":
    main()
