"""kill -9 at random moments of a run and its resumes, until it ends: the same bits as an undisturbed run."""
import shutil
import signal
import subprocess
import time

from harness import Tally, differences, left_over, results

CONFIGURATIONS = (
    "--epochs 3 --head flatten:16 --dropout 0.3 --lr 1e-3 --checkpoint-steps 2 --cache file",
    "--epochs 3 --unfreeze block5 --warmup-epochs 1 --schedule plateau:patience=1 --patience 2 --optimizer sgd "
    "--augment keras-generator --steps-per-epoch 4 --clip-norm 1 --checkpoint-steps 1 --keep-checkpoint no",
    "--epochs 2 --head gap:8 --calibrate --log-steps --label-smoothing 0.1 --class-weights balanced",
)
MARKS = ("config.json", "checkpoint.graft", "checkpoint.graft", "history.csv", "model.h5", "predictions.csv",
         "metrics.json", "summary.json", "report.html")
MOST_KILLS_OF_A_RUN = 12


def version(path):
    try:
        s = path.stat()
        return s.st_ino, s.st_mtime_ns
    except OSError:
        return None


def wait_for_the_moment(process, run, length, random):
    """Some time after the start, or shortly after one of the files has changed."""
    seconds = random.random() * length * 1.1
    if random.random() < 0.5:
        mark = run / random.choice(MARKS)
        before = version(mark)
        while process.poll() is None and version(mark) == before:
            time.sleep(0.0003)
        seconds = random.random() * 0.01
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.0005)


class Killer:
    def __init__(self, harness, number, options):
        self.harness = harness
        self.options = options
        self.place = harness.folder("kills", str(number))
        self.env = harness.environment(GRAFT_CACHE=self.place / "cache")
        self.data = harness.data()
        whole = self.place / "whole"
        begun = time.monotonic()
        harness.must(harness.train(self.data, whole, options), self.env)
        self.length = time.monotonic() - begun
        self.wanted = results(whole)

    def kill(self, random, most):
        """One run, killed up to `most` times. Returns how often, and what is wrong."""
        run, kills = self.place / "run", 0
        shutil.rmtree(run, ignore_errors=True)
        if random.random() < 0.5:
            shutil.rmtree(self.place / "cache", ignore_errors=True)
        # A report without a checkpoint: the kill came after the end (--keep-checkpoint no).
        while not (run / "report.html").exists() or (run / "checkpoint.graft").exists():
            begun = (run / "config.json").exists()
            command = (self.harness.resume(run, random.choice((1, 2, 3))) if begun else
                       self.harness.train(self.data, run, self.options))
            with open(self.place / "log", "wb") as log:
                process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env=self.env)
                if kills < most:
                    wait_for_the_moment(process, run, self.length, random)
                    if process.poll() is None:
                        process.send_signal(signal.SIGKILL)
                code = process.wait()
            if code == 0:
                break
            if code != -signal.SIGKILL:
                return kills, f"exit {code} behind {kills} kills: {(self.place / 'log').read_text()[-300:]}"
            kills += 1
        wrong = differences(run, self.wanted)
        if wrong:
            return kills, f"behind {kills} kills other bits in {wrong}"
        if left_over(run):
            return kills, f"behind {kills} kills left behind: {left_over(run)}"
        return kills, None


def torture(harness, kills):
    tally = Tally("kills")

    def work(number):
        options = CONFIGURATIONS[number]
        killer, random, done = Killer(harness, number, options), harness.random(f"kills {number}"), 0
        wanted = -(-kills // len(CONFIGURATIONS))
        while done < wanted:
            count, wrong = killer.kill(random, min(MOST_KILLS_OF_A_RUN, wanted - done))
            for k in range(count):
                tally.add("killed", f"{wrong}; train {options}" if wrong and k == count - 1 else None)
            if wrong and count == 0:
                tally.add("not killed", f"{wrong}; train {options}")
            if wrong:
                return
            done += count

    harness.each(work, range(len(CONFIGURATIONS)))
    return tally
