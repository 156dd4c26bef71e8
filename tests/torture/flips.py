"""Flips one bit of model.h5 in a run: predict must refuse the run, whether or not the bit matters."""
import shutil

from harness import Tally

OPTIONS = "--epochs 1 --head flatten:8"


def torture(harness, flips):
    tally, data, place = Tally("flips"), harness.data(), harness.folder("flips")
    harness.must(harness.train(data, place / "run", OPTIONS))
    image = sorted((data / "test" / "ring").glob("ring_*.png"))[0]
    whole = (place / "run" / "model.h5").read_bytes()
    undisturbed = harness.must([harness.program, "predict", place / "run", image, "--csv"]).output
    random = harness.random("flips")
    bits = [random.randrange(8 * len(whole)) for _ in range(flips)]

    def work(item):
        i, bit = item
        run = place / f"run{i}"
        shutil.copytree(place / "run", run)
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        (run / "model.h5").write_bytes(flipped)
        ended = harness.run([harness.program, "predict", run, image, "--csv"])
        wrong = None
        if ended.code == 0:
            wrong = f"exit 0 with {'the same' if ended.output == undisturbed else 'OTHER'} answers"
        elif ended.code not in (3, 4):
            wrong = str(ended)
        tally.add(f"exit {ended.code}", wrong and f"bit {bit % 8} of byte {bit // 8} of model.h5: {wrong}")
        shutil.rmtree(run)

    harness.each(work, list(enumerate(bits)))
    return tally
