#!/usr/bin/env python3
"""Breaks vgg-finetune in every way in which a machine can break a program, and checks the results.

Each kind is a file in this folder that states what must hold. Prints failures and how to repeat them, and the counts of
each kind; exit code 1 if anything failed. Needs only Python's standard library and a C compiler.
"""
import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import allocations
import flips
import kills
import namespaces
import operations
import power
from harness import Harness

# kind: (what its number counts, the number, that of --quick, the function that runs it)
KINDS = {
    "kills": ("kills with -9", 120, 6, lambda h, n: [kills.torture(h, n)]),
    "crashes": ("points of each of two ways to end there, 0: all", 60, 6,
                lambda h, n: [operations.torture(h, "crashes", operations.CRASHES, n, operations.Sweep(h))]),
    "errors": ("points of each of five errors, 0: all", 40, 4,
               lambda h, n: [operations.torture(h, "errors", operations.ERRORS, n, operations.Sweep(h))]),
    "memory": ("requests for memory that fail", 1000, 100, lambda h, n: [allocations.torture(h, n)]),
    "power": ("cuts of the power", 40, 3, lambda h, n: [power.torture(h, n)]),
    "namespaces": ("pairs of processes", 60, 2, lambda h, n: [namespaces.torture(h, n)]),
    "flips": ("bits turned over in model.h5", 300, 16, lambda h, n: [flips.torture(h, n)]),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a little of each kind, in about a minute")
    parser.add_argument("--only", metavar="KIND,...", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--seed", type=int, default=1, help="of the moments and places (default 1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="at the same time (default: processors)")
    parser.add_argument("--tools", type=Path, default=Path("build/release/tools"), help="where the programs are")
    parser.add_argument("--keep", action="store_true", help="leave the folder that all this happens in")
    for kind, (what, number, quick, _) in KINDS.items():
        parser.add_argument(f"--{kind}", type=int, metavar="N", help=f"{what} (default {number}, --quick {quick})")
    options = parser.parse_args()
    only = options.only.split(",") if options.only else list(KINDS)
    if unknown := set(only) - set(KINDS):
        parser.error(f"no kind {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    return options, only


def main():
    options, only = arguments()
    scratch = Path(tempfile.mkdtemp(prefix="graft-torture-"))
    tallies = []
    try:
        harness = Harness(options.tools.resolve(), scratch, options.seed, options.jobs)
        for kind in only:
            what, number, quick, torture = KINDS[kind]
            given = getattr(options, kind)
            number = given if given is not None else quick if options.quick else number
            begun = time.monotonic()
            print(f"{kind}: {number or 'all'} {what}", flush=True)
            tallies += torture(harness, number)
            print(f"  {tallies[-1].line()} in {time.monotonic() - begun:.0f} s", flush=True)
    finally:
        if options.keep:
            print(f"kept: {scratch}")
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    print()
    for tally in tallies:
        print(tally.line())
    failed = sum(len(tally.failures) for tally in tallies)
    print(f"torture: {'passed' if failed == 0 else f'{failed} FAILED'} (seed {options.seed})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
