"""Tells where the kernel that the tables choose is slower than another row: every row of the convolutions and products of
VGG16, on the CPU. A choice is a rule of sizes in the rows' `supports`; this is how a rule is checked on a machine.

    python3 bench/check_choices.py [--batch 1,8] [--case block4] [--within 1.10] [--seconds 0.1] [--rounds 5] [--json FILE]

Prints the times of each case, the chosen row first, and ends with code 1 if one takes more than --within times the time of the
fastest. Close everything else first; a busy machine finds faults that are not there.
"""

import argparse
import itertools
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
OPS = ["conv2d", "conv2d_grad_input", "conv2d_grad_weight", "gemm"]


def rows_of(options, op):
    command = [options.bench, "--device", "cpu", "--op", op, "--batch", options.batch, "--case", options.case,
               "--seconds", str(options.seconds), "--rounds", str(options.rounds), "--no-ceilings", "--json", "-"]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    rows = [row for row in map(json.loads, done.stdout.splitlines()) if row.get("op") == op]
    if done.returncode and rows:
        sys.exit(done.stderr)
    return rows  # none: no case of this name


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", metavar="FILE", default=str(ROOT / "build/release/bench/graft_bench"))
    parser.add_argument("--batch", default="1,8")
    parser.add_argument("--case", default="")
    parser.add_argument("--within", type=float, default=1.10)
    parser.add_argument("--seconds", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", help="appends the rows, one a line")
    options = parser.parse_args()
    slow = 0
    for op in OPS:
        rows = rows_of(options, op)
        if options.json:
            with open(options.json, "a") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
        for (batch, case), group in itertools.groupby(rows, lambda row: (row["batch"], row["case"])):
            times = [(row["variant"], row["best_ms"]) for row in group]  # in the order of the table
            ratio = times[0][1] / min(ms for _, ms in times)
            slow += ratio > options.within
            print(f"{op:18} {case:17} batch {batch:<3} " + "  ".join(f"{name} {ms:.2f} ms" for name, ms in times)
                  + (f"  SLOW: {ratio:.2f} times the fastest" if ratio > options.within else ""), flush=True)  # fmt: skip
    print(f"{slow} choices are more than {options.within - 1:.0%} slower than the fastest row")
    sys.exit(slow > 0)


if __name__ == "__main__":
    main()
