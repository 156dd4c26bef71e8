"""Does TensorBoard read what `vgg-finetune train --tensorboard DIR` wrote, with the numbers of history.csv?

    python tests/parity/tensorboard_reads.py DIR RUN

Exit code 1 if a curve is missing, has another number of points, or differs by more than a float's rounding.
"""

import csv
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

folder, run = (pathlib.Path(p) for p in sys.argv[1:])
history = list(csv.DictReader((run / "history.csv").open()))
CURVES = {"train": {"epoch_loss": "loss", "epoch_accuracy": "accuracy"},
          "validation": {"epoch_loss": "val_loss", "epoch_accuracy": "val_accuracy"}}
faults = checked = 0
for split, tags in CURVES.items():
    if split == "validation" and not history[0]["val_loss"]:
        continue
    events = EventAccumulator(str(folder / split))
    events.Reload()
    for tag, column in tags.items():
        points = {e.step: e.value for e in events.Scalars(tag)}
        wanted = {int(row["epoch"]): float(row[column]) for row in history}
        good = points.keys() == wanted.keys() and all(abs(points[s] - v) <= 1e-6 * max(1, abs(v)) for s, v in wanted.items())
        faults += not good
        checked += len(points)
        if not good:
            print(f"{split}/{tag}: TensorBoard has {points}, history.csv has {wanted}")
    if split == "train":
        steps = [e.step for e in events.Scalars("batch_loss")]
        if steps != list(range(1, int(history[0]["steps"]) * len(history) + 1)):
            faults += 1
            print(f"batch_loss has the steps {steps}")
        rate = [e.value for e in events.Scalars("epoch_learning_rate")]
        faults += len(rate) != len(history)
print(f"TensorBoard reads {checked} points of {folder}: {'all equal' if not faults else 'DIFFERENT'}")
sys.exit(faults > 0)
