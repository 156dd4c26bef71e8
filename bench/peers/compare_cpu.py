"""All comparisons on the CPU and the whole table: with oneDNN and OpenBLAS, with Debian's PyTorch, and with the current
release from PyPI. What ./dev bench cpu runs after it has installed and built what this needs.

    python3 bench/peers/compare_cpu.py [--quick] [--out FOLDER] [--threads 2] [--torch PYTHON]

PyPI's release goes into build/venv-torch, unless --torch or the environment's GRAFT_TORCH names an interpreter that
has a PyTorch; where it cannot be had the rest is measured. --quick takes about a minute, installs nothing from PyPI,
and leaves its records in build/bench-quick. Records go to bench/results/, those of the same day replaced.
"""

import argparse
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

from cpu_table import print_tables
from record import ROOT, add_options, end_of, environment

DEBIAN = "/usr/bin/python3"
CEILINGS = "build/ceilings.json"
VENV = pathlib.Path("build/venv-torch")


def has_torch(python):
    try:
        return subprocess.run([python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def from_pypi():
    """An interpreter with PyPI's current release, or None."""
    python = VENV / "bin/python"
    if has_torch(python):
        return str(python)
    print("Installing PyTorch from PyPI into build/venv-torch (5 GB: the wheel for Linux wants the CUDA libraries)", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    for command in ([sys.executable, "-m", "venv", VENV], [VENV / "bin/pip", "install", "-q", "--no-cache-dir", "torch"]):
        if subprocess.run(command).returncode or not python.exists():
            shutil.rmtree(VENV, ignore_errors=True)
            return None
    return str(python) if has_torch(python) else None


def interpreters(options):
    """The PyTorch interpreters to compare with, and why one is missing."""
    found, missing = [], []
    if has_torch(DEBIAN):
        found.append(DEBIAN)
    else:
        missing.append("Debian's PyTorch is not installed (apt-get install python3-torch)")
    named = options.torch or os.environ.get("GRAFT_TORCH")
    if named:
        if not has_torch(named):
            sys.exit(f"{named} has no PyTorch: name another interpreter with --torch or GRAFT_TORCH")
        found.append(named)
    elif options.quick and not has_torch(VENV / "bin/python"):
        missing.append("PyPI's PyTorch is not in build/venv-torch, and --quick does not install it")
    elif python := from_pypi():
        found.append(python)
    else:
        missing.append("PyPI's PyTorch cannot be installed here (pip's message stands above)")
    return found, missing


def parts(options, pythons):
    """Name and command of each."""
    more = ["--out", options.out, "--threads", str(options.threads)] + (["--quick"] if options.quick else [])
    if options.bench != parser().get_default("bench"):
        more += ["--bench", options.bench]
    script = lambda name, *arguments: [sys.executable, f"bench/peers/{name}.py", *arguments, *more]
    yield "ceilings", [options.bench, "ceilings", "--device", "cpu", "--threads", str(options.threads), "--json", CEILINGS]
    yield "oneDNN and OpenBLAS", script("compare_onednn", "--ceilings", CEILINGS)
    for python in pythons:
        yield f"PyTorch, {python}", script("compare_torch", "--ceilings", CEILINGS, "--torch", python)
        yield f"memory, {python}", script("compare_memory", "--torch", python, "--train", "64")


def parser():
    it = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    it.add_argument("--torch", metavar="PYTHON", help="has a PyTorch, to be compared with beside Debian's")
    add_options(it)
    it.set_defaults(out=None)
    return it


def main():
    options = parser().parse_args()
    os.chdir(ROOT)
    options.out = options.out or ("build/bench-quick" if options.quick else "bench/results")
    pathlib.Path(CEILINGS).unlink(missing_ok=True)
    pythons, missing = interpreters(options)
    took, failed, started = [], [], time.time()
    for name, command in parts(options, pythons):
        print(f"\n== {name}\n$ {shlex.join(map(str, command))}", flush=True)
        start = time.perf_counter()
        code = subprocess.run(command, env=environment(options.threads)).returncode
        took.append((name, time.perf_counter() - start))
        if code:
            failed.append(f"{name}: {end_of(code)}")
    print_tables([p for p in sorted(pathlib.Path(options.out).glob("cpu-*.json")) if p.stat().st_mtime >= started])
    print("\n== Time\n" + "\n".join(f"{seconds:6.0f} s  {name}" for name, seconds in took))
    print(f"{sum(seconds for _, seconds in took):6.0f} s  in all")
    for line in missing + failed:
        print(f"NOT COMPARED: {line}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
