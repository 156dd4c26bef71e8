"""Code shared by the CPU comparisons: their options, graft_bench and the peers as processes, and the record of a run,
which says on what, by what commit, with what command and beside how much other work it was made.
"""

import datetime
import json
import os
import pathlib
import platform
import re
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def add_options(parser):
    """The options common to all comparisons."""
    parser.add_argument("--bench", metavar="FILE", default=str(ROOT / "build/release/bench/graft_bench"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--out", metavar="FOLDER", default=str(ROOT / "bench/results"), help="where the record goes")
    parser.add_argument("--quick", action="store_true", help="a little of everything, to see that it works")


def add_ceilings_option(parser):
    parser.add_argument("--ceilings", metavar="FILE", help="what graft_bench ceilings --json FILE wrote; else measured")


def environment(threads):
    """For both sides: only the number of threads is set, so that each waits for work in its own way."""
    others = ("OMP_", "GOMP_", "OPENBLAS_", "MKL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return kept | {"OMP_NUM_THREADS": str(threads)}


def end_of(code):
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def output_of(command, threads):
    """The output of a command. If it cannot be started or fails, so does the comparison."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment(threads))
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}; ./dev build makes it")
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, command))}: {end_of(done.returncode)}; its message stands above")
    return done.stdout


def graft_bench(options, *arguments):
    """The rows that graft_bench prints."""
    command = [options.bench, *map(str, arguments), "--device", "cpu", "--threads", str(options.threads), "--json", "-"]
    if "ceilings" not in arguments:
        command += ["--ceilings", options.ceilings]
    return [json.loads(line) for line in output_of(command, options.threads).splitlines()]


def kernel(options, op, case, batch, seconds=0.1):
    """The row that the program would run: the first that the table lists for this case. Its time is of one repetition."""
    rows = graft_bench(options, "--op", op, "--case", "=" + case, "--batch", batch, "--chosen", "--rounds", 1,
                       "--seconds", seconds)  # fmt: skip
    for row in rows:
        if row["what"] == "kernel":
            return row
    sys.exit(f"graft_bench did not measure {op} {case}: {rows[0].get('why', 'it printed no row') if rows else 'no row'}")


class Peer:
    """A program that answers each line, a job, with a line of JSON."""

    def __init__(self, name, command, threads, **more):
        self.name = name
        try:
            self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            env=environment(threads) | more)  # fmt: skip
        except OSError as error:
            sys.exit(f"{name}: {command[0]}: {error.strerror}; ./dev bench cpu installs and builds the peers")
        self.about = self.answer("its start")

    def ask(self, job):
        try:
            self.process.stdin.write(job + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # answer() tells why
        return self.answer(f"the job '{job}'")

    def answer(self, to):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} died at {to}: {end_of(self.process.wait())}; what it said stands above")
        try:
            answer = json.loads(line)
        except json.JSONDecodeError:
            sys.exit(f"{self.name} answered {to} with '{line.strip()}', which is no JSON")
        if "error" in answer:
            sys.exit(f"{self.name} failed at {to}: {answer['error']}")
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def percent(share):
    return f"{share:4.0%}" if share else "   -"


def commit():
    """The commit of HEAD; new records do not count as changes."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], stdout=subprocess.PIPE, text=True)
    if head.returncode:
        return "unknown"
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", ".", ":!bench/results"]).returncode
    return head.stdout.strip() + ("-dirty" if changed else "")


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {"cpu": model.group(1) if model else platform.processor(), "cores": os.cpu_count(),
            "system": platform.platform(), "load_before": round(os.getloadavg()[0], 2)}  # fmt: skip


def busy_seconds():
    """Processor time of the whole machine since boot, and the time stolen by its host."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _, _, irq, softirq, stolen = (int(f) / os.sysconf("SC_CLK_TCK") for f in fields)
    return user + nice + system + irq + softirq, stolen


class Record:
    """The record of one comparison. Create it before the first measurement and the peers; close the peers before save()."""

    def __init__(self, script, what):
        self.started, self.before = time.perf_counter(), busy_seconds()
        self.fields = {"what": what, "date": datetime.date.today().isoformat(), "commit": commit(), "device": None,
                       "command": shlex.join(["python3", script, *sys.argv[1:]]), "machine": machine()}  # fmt: skip

    def measure_ceilings(self, options):
        """Measures the ceilings that shares of the floor refer to. Stores the file in options.ceilings, and the device in the record."""
        if not options.ceilings:
            rows = graft_bench(options, "ceilings", "--seconds", 0.05 if options.quick else 0.2)
            self.scratch = tempfile.TemporaryDirectory()
            options.ceilings = os.path.join(self.scratch.name, "ceilings.json")
            pathlib.Path(options.ceilings).write_text(json.dumps(rows[0]) + "\n")
        row = json.loads(pathlib.Path(options.ceilings).read_text().splitlines()[0])
        self.fields |= {"device": row["device"], "threads": options.threads, "built": row["commit"],
                        "ceilings": {name: row[name] for name in ("copy_gbps", "f32_gflops")}}  # fmt: skip

    def save(self, folder, name):
        """NAME-DATE.json; `others` is how many cores everything else on the machine kept busy meanwhile."""
        seconds = time.perf_counter() - self.started
        (busy, stolen), own = [now - then for now, then in zip(busy_seconds(), self.before)], os.times()
        own = own.user + own.system + own.children_user + own.children_system
        self.fields["machine"] |= {"seconds": round(seconds), "others": round(max(0, busy - own) / seconds, 2),
                                   "stolen": round(stolen / seconds, 2)}  # fmt: skip
        place = pathlib.Path(folder) / f"{name}-{self.fields['date']}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=place.parent, prefix=place.name, delete=False) as file:
            file.write(json.dumps(self.fields, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.chmod(file.name, 0o644)
        os.replace(file.name, place)
        others = self.fields["machine"]["others"]
        print(f"record: {os.path.relpath(place)} (meanwhile other work kept {others} cores busy)", flush=True)
