"""Two processes with the same PID, in separate PID namespaces as in two containers, share a feature cache: each
must end with the same results as alone. Needs permission to create namespaces."""
import subprocess

from harness import Tally, results

OPTIONS = "--epochs 1 --head flatten:8 --unfreeze from=block2_conv1 --cache file"
ALONE = ["unshare", "--pid", "--fork", "--mount-proc"]


def torture(harness, pairs):
    tally = Tally("namespaces")
    try:
        tried = harness.run([*ALONE, "true"])
    except FileNotFoundError:
        tried = None
    if tried is None or tried.code != 0:
        tally.skipped = f"unshare: {tried if tried else 'not here'}"
        return tally
    place = harness.folder("namespaces")
    sets = [harness.data(f"namespaces-{seed}", train=200, test=8, seed=seed) for seed in (11, 12)]
    wanted = []
    for k, data in enumerate(sets):
        harness.must([*harness.train(data, place / f"alone{k}", OPTIONS), "--cache-dir", place / f"cache{k}"])
        wanted.append(results(place / f"alone{k}"))
    if wanted[0]["history.csv"] == wanted[1]["history.csv"]:
        raise SystemExit("torture: the two data sets cannot be told apart")

    for i in range(pairs):
        cache = harness.folder("namespaces", "shared")
        runs = [harness.folder("namespaces", f"run{k}") for k in range(2)]
        processes = []
        for data, run in zip(sets, runs):
            run.rmdir()
            command = [*ALONE, *harness.train(data, run, OPTIONS), "--cache-dir", cache]
            processes.append(subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL,
                                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                              env=harness.environment()))
        for k, process in enumerate(processes):
            output = process.communicate()[0].decode("utf8", "replace")
            wrong = None
            if process.returncode != 0:
                wrong = f"exit {process.returncode}: {output.strip().splitlines()[-1][:200] if output.strip() else ''}"
            else:
                found = results(runs[k])
                names = [name for name in ("history.csv", "predictions.csv", "model.h5")
                         if found[name] != wanted[k][name]]
                if names:
                    other = found["history.csv"] == wanted[1 - k]["history.csv"]
                    wrong = f"exit 0 with {'the results of the OTHER data set' if other else f'other bits in {names}'}"
            tally.add(f"exit {process.returncode}", wrong and f"pair {i}, process {k}: {wrong}")
    return tally
