"""Shared by all kinds of torture: programs, data sets, undisturbed runs for comparison, and a tally of each kind."""
import concurrent.futures
import hashlib
import json
import os
import random
import shutil
import subprocess
import threading
from pathlib import Path

TINY = "--model vgg-tiny --weights none --image-size 32 --batch 8 --threads 1".split()
RESULTS = ("model.h5", "history.csv", "predictions.csv", "metrics.json")
TIMEOUT = 120  # seconds of a command that takes less than one


class Ended:
    """How a command ended: its exit code (negative: the signal; None: timeout) and its last lines."""

    def __init__(self, code, output):
        self.code = code
        self.output = output

    def __str__(self):
        lines = [line for line in self.output.splitlines() if line.strip()]
        lines = [line for line in lines if line.startswith("vgg-finetune: ")] or lines
        how = "hangs" if self.code is None else f"signal {-self.code}" if self.code < 0 else f"exit {self.code}"
        return f"{how}: {lines[-1][:220] if lines else ''}"


class Tally:
    """Counts of one kind: attempts by result, and failures."""

    def __init__(self, kind):
        self.kind = kind
        self.attempts = 0
        self.by_result = {}
        self.failures = []
        self.skipped = None
        self.lock = threading.Lock()

    def add(self, result, wrong=None):
        """Records one attempt; `wrong`: how to repeat it and what is wrong."""
        with self.lock:
            self.attempts += 1
            self.by_result[result] = self.by_result.get(result, 0) + 1
            if wrong:
                self.failures.append(wrong)
                if len(self.failures) <= 20:
                    print(f"  FAILED {self.kind}: {wrong}", flush=True)

    def line(self):
        if self.skipped:
            return f"{self.kind:<12} skipped: {self.skipped}"
        results = ", ".join(f"{count} x {result}" for result, count in sorted(self.by_result.items()))
        return f"{self.kind:<12} {self.attempts:>5} done, {len(self.failures)} failed ({results})"


class Harness:
    def __init__(self, tools, scratch, seed, jobs):
        self.program = str(tools / "vgg-finetune")
        self.draw = str(tools / "draw-phantoms")
        self.scratch = scratch
        self.seed = seed
        self.jobs = jobs
        self.drawing = threading.Lock()
        self.shim = scratch / "shim.so"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", self.shim, Path(__file__).with_name("shim.c"), "-ldl"],
                       check=True)

    def random(self, kind):
        return random.Random(f"{self.seed} {kind}")

    def folder(self, *names):
        """An empty folder of the scratch space."""
        path = self.scratch.joinpath(*names)
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def environment(self, **more):
        return dict(os.environ, OMP_WAIT_POLICY="passive", **{k: str(v) for k, v in more.items()})

    def shaken(self, places, how, at=None, log=None, **more):
        """The environment that makes the program fail; see shim.c."""
        settings = {"LD_PRELOAD": self.shim, "TORTURE_PLACES": ":".join(map(str, places)), "TORTURE_HOW": how}
        if at is not None:
            settings["TORTURE_AT"] = at
        if log is not None:
            settings["TORTURE_LOG"] = log
        return self.environment(**settings, **more)

    def run(self, command, env=None):
        command = [str(part) for part in command]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  env=env or self.environment(), timeout=TIMEOUT)
            return Ended(done.returncode, done.stdout.decode("utf8", "replace"))
        except subprocess.TimeoutExpired as e:
            return Ended(None, (e.stdout or b"").decode("utf8", "replace"))

    def must(self, command, env=None):
        ended = self.run(command, env)
        if ended.code != 0:
            raise SystemExit(f"torture: {' '.join(map(str, command))}\n{ended.output}\nended with {ended.code}")
        return ended

    def each(self, work, items):
        """Runs work(item) for all items, one per processor at a time."""
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            for done in [pool.submit(work, item) for item in items]:
                done.result()

    def data(self, name="data", train=24, test=8, seed=3):
        """Phantoms with validation images, and a few files that are not images."""
        path = self.scratch / name
        with self.drawing:
            if not path.exists():
                self.make_data(path, train, test, seed)
        return path

    def make_data(self, path, train, test, seed):
        self.must([self.draw, path, "--train", train, "--test", test, "--seed", seed, "--size", 40])
        self.must([self.draw, f"{path}.val", "--train", 4, "--test", test, "--seed", seed + 100, "--size", 40])
        shutil.move(f"{path}.val/test", path / "val")
        shutil.rmtree(f"{path}.val")
        shutil.rmtree(path / "masks")
        for broken in ("train/ring/a.png", "train/sellar/z.png", "val/ring/b.png", "test/ring/c.png"):
            (path / broken).write_text("no image")

    def train(self, data, run, options=""):
        return [self.program, "train", data, *TINY, *options.split(), "--out", run]

    def resume(self, run, threads=1):
        return [self.program, "train", "--resume", run, "--threads", threads]

    def finish(self, data, run, options="", env=None, threads=1):
        """Resumes an interrupted run, or starts it again if it had not begun."""
        if (run / "config.json").exists():
            return self.run(self.resume(run, threads), env)
        shutil.rmtree(run, ignore_errors=True)
        return self.run(self.train(data, run, options), env)


def results(run):
    """The results in which equal runs must agree: digests of the files, and skipped images."""
    digests = {name: hashlib.sha256((run / name).read_bytes()).hexdigest() if (run / name).exists() else "missing"
               for name in RESULTS}
    summary = run / "summary.json"
    digests["set aside"] = json.loads(summary.read_text())["set_aside"] if summary.exists() else "missing"
    return digests


def differences(run, wanted):
    """"" or the names of the results that differ."""
    found = results(run)
    return ", ".join(name for name in wanted if found[name] != wanted[name])


def left_over(run):
    """Temporary files that a finished run should not have left."""
    return [f.name for f in run.iterdir() if f.name.startswith(".graft-") and f.name.endswith(".tmp")]
