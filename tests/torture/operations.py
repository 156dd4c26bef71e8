"""Disturbs each operation of a run on its folder, feature cache and images: the process ends there, or halfway; or the
operation fails, or is done only partly. An interrupted run must resume to the same bits; one that ends by itself must
report an error (exit code 5) or have the same bits (exit code 0)."""
import shutil
import threading

from harness import Tally, differences, left_over, results

OPTIONS = "--epochs 2 --head flatten:8 --checkpoint-steps 2 --cache file"
READS, WRITES = {"read"}, {"write"}
OPENS = {"open", "open-to-write", "opendir"}
CHANGES = {"fsync", "fdatasync", "rename", "unlink", "remove", "mkdir", "ftruncate", "rmdir"}
# The operations at which the system can do this.
CAN_HAPPEN = {
    "kill": READS | WRITES | OPENS | CHANGES,
    "half": WRITES | CHANGES | {"open-to-write"},
    "EIO": READS | WRITES | OPENS | CHANGES,
    "ENOSPC": WRITES | {"open-to-write", "fsync", "rename", "mkdir", "ftruncate"},
    "EMFILE": OPENS,
    "EINTR": READS | WRITES | {"open", "open-to-write"},
    "short": READS | WRITES,
}
CRASHES, ERRORS = ("kill", "half"), ("EIO", "ENOSPC", "EMFILE", "EINTR", "short")


class Sweep:
    def __init__(self, harness):
        self.harness = harness
        self.data = harness.data()
        self.rooms = threading.local()
        self.numbers = iter(range(1000000))
        place = harness.folder("operations", "whole")
        log = place / "log"
        env = harness.shaken([place / "run", place / "cache", self.data], "kill", log=log, GRAFT_CACHE=place / "cache")
        harness.must(harness.train(self.data, place / "run", OPTIONS), env)
        self.operations = [line.split(" ", 2) for line in log.read_text().splitlines()]
        self.wanted = results(place / "run")

    def room(self):
        """A folder for each thread. Paths are as long as those of the undisturbed run, so that reads are, too."""
        if not hasattr(self.rooms, "path"):
            self.rooms.path = self.harness.scratch / "operations" / f"room{next(self.numbers)}"
        return self.harness.folder("operations", self.rooms.path.name)

    def points(self, how, most, random):
        numbers = [int(n) for n, name, _ in self.operations if name in CAN_HAPPEN[how]]
        return numbers if not most or len(numbers) <= most else sorted(random.sample(numbers, most))

    def break_at(self, how, number):
        """Returns how it ended and what is wrong."""
        room = self.room()
        run, cache = room / "run", room / "cache"
        env = self.harness.shaken([run, cache, self.data], how, number, GRAFT_CACHE=cache)
        ended = self.harness.run(self.harness.train(self.data, run, OPTIONS), env)
        again = self.harness.environment(GRAFT_CACHE=cache)
        _, name, path = self.operations[number - 1]
        place = path.replace(str(self.harness.scratch), "")
        wrong = self.judge(how, ended, run) or self.finish(run, again, ended)
        shutil.rmtree(room, ignore_errors=True)
        return ended, wrong and f"{how} at operation {number} ({name} {place}): {wrong}"

    def judge(self, how, ended, run):
        if how in CRASHES:  # the number of operations may differ slightly between runs
            return None if ended.code in (-9, 0) else f"{ended}"
        if ended.code not in (0, 5) or "bug of ours" in ended.output:
            return f"{ended}"
        if ended.code == 0 and differences(run, self.wanted):
            return f"exit 0 with other bits in {differences(run, self.wanted)}"
        return None

    def finish(self, run, env, ended):
        if ended.code != 0:
            ended = self.harness.finish(self.data, run, OPTIONS, env)
            if ended.code != 0:
                return f"and then, undisturbed, {ended}"
            if differences(run, self.wanted):
                return f"and then, undisturbed, other bits in {differences(run, self.wanted)}"
        return f"left behind: {left_over(run)}" if left_over(run) else None


def torture(harness, kind, hows, points, sweep):
    """Tries `points` operations for each kind of disturbance, 0: all."""
    tally = Tally(kind)

    def work(item):
        how, number = item
        ended, wrong = sweep.break_at(how, number)
        tally.add(f"{how} {'killed' if ended.code == -9 else ended.code}", wrong)

    random = harness.random(kind)
    harness.each(work, [(how, number) for how in hows for number in sweep.points(how, points, random)])
    return tally
