"""Fails the Nth allocation, or all from it on: the run ends with the same bits, or with exit code 5 and a message."""
import shutil

from harness import Tally, differences, results

OPTIONS = "--epochs 1 --head flatten:8"


def torture(harness, points):
    tally, data = Tally("memory"), harness.data()
    place = harness.folder("memory")
    log = place / "log"
    harness.must(harness.train(data, place / "whole", OPTIONS), harness.shaken([], "memory", log=log))
    requests, wanted = int(log.read_text()), results(place / "whole")
    random = harness.random("memory")
    numbers = sorted(random.randrange(1, requests + 1) for _ in range(points))

    def work(item):
        i, number = item
        how = ("memory", "memory-on")[i % 2]
        run = place / f"run{i}"
        ended = harness.run(harness.train(data, run, OPTIONS), harness.shaken([], how, number))
        wrong = None
        if ended.code not in (0, 5) or "bug of ours" in ended.output:
            wrong = str(ended)
        elif ended.code == 5 and not ended.output.strip():
            wrong = "exit 5 without a word"
        elif ended.code == 0 and differences(run, wanted):
            wrong = f"exit 0 with other bits in {differences(run, wanted)}"
        tally.add(f"{how} {ended.code}", wrong and f"{how} at request {number} of {requests}: {wrong}")
        shutil.rmtree(run, ignore_errors=True)

    harness.each(work, list(enumerate(numbers)))
    return tally
