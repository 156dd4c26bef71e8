#!/usr/bin/env python3
"""Finds where the kernel that the tables choose is slower than another variant: every variant of the convolutions and products of
VGG16, on the CPU. A choice is a rule of sizes in the variants' `supports`; this is how a rule is checked on a machine.

    python3 bench/check_choices.py [--batch 1,8] [--case block4] [--within 1.10] [--seconds 0.1] [--rounds 5]
                                   [--out FOLDER]

Prints the times of each case, the chosen variant first, and exits with 1 if one takes more than --within times the time of
the fastest, or if nothing could be measured. --out leaves a record, cpu-choices-DATE.json. Close everything else first; a
busy machine finds faults that are not there.
"""

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
from record import ROOT, Record, end_of, environment  # noqa: E402

OPS = ["conv2d", "conv2d_grad_input", "conv2d_grad_weight", "gemm"]
NOTHING = "nothing was measured"  # what graft_bench says where an op has no case of a name


def rows_of(options, op):
    command = [options.bench, "--device", "cpu", "--op", op, "--batch", options.batch, "--case", options.case,
               "--threads", str(options.threads), "--seconds", str(options.seconds), "--rounds", str(options.rounds),
               "--no-ceilings", "--json", "-"]  # fmt: skip
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=environment(options.threads))  # fmt: skip
    except OSError as error:
        sys.exit(f"{options.bench}: {error.strerror}; ./dev build makes it")
    if done.returncode and NOTHING not in done.stderr:
        sys.exit(f"{options.bench}: {end_of(done.returncode)}\n{done.stderr}".rstrip())
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for row in rows:
        if row["what"] == "left out":
            print(f"{op:18} {row['case']:17} batch {row['batch']:<3} left out: {row['why']}", flush=True)
    return [row for row in rows if row["what"] == "kernel"]


def cases_of(options, op, rows):
    """Compares the variants of each case; returns the record."""
    for (batch, case), group in itertools.groupby(rows, lambda row: (row["batch"], row["case"])):
        times = [(row["variant"], row["best_ms"]) for row in group]  # in the order of the table
        ratio = times[0][1] / min(ms for _, ms in times)
        print(f"{op:18} {case:17} batch {batch:<3} " + "  ".join(f"{name} {ms:.2f} ms" for name, ms in times)
              + (f"  SLOW: {ratio:.2f} times the fastest" if ratio > options.within else ""), flush=True)  # fmt: skip
        yield {"op": op, "case": case, "batch": batch, "chosen": times[0][0], "times_fastest": ratio, "best_ms": dict(times)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", metavar="FILE", default=str(ROOT / "build/release/bench/graft_bench"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batch", default="1,8")
    parser.add_argument("--case", default="")
    parser.add_argument("--within", type=float, default=1.10)
    parser.add_argument("--seconds", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", metavar="FOLDER", help="where a record goes")
    options = parser.parse_args()
    record = Record("bench/check_choices.py",
                    "every row of the convolutions and products of VGG16, float32, in turns; best_ms: the chosen row first")  # fmt: skip
    cases = []
    for op in OPS:
        rows = rows_of(options, op)
        record.fields |= {name: rows[0][name] for name in ("device", "threads") if rows}
        cases += cases_of(options, op, rows)
    if not cases:
        sys.exit(f"no row was measured: {options.bench} has no case whose name contains '{options.case}'")
    slow = sum(case["times_fastest"] > options.within for case in cases)
    compared = sum(len(case["best_ms"]) > 1 for case in cases)
    print(f"{slow} of {len(cases)} choices are more than {options.within - 1:.0%} slower than the fastest row "
          f"({compared} had another row to be compared with)")  # fmt: skip
    if options.out:
        record.fields |= {"within": options.within, "slow": slow, "results": cases}
        record.save(options.out, "cpu-choices")
    sys.exit(slow > 0)


if __name__ == "__main__":
    main()
