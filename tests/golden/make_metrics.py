"""Random sets of predictions and what scikit-learn says of them, for tests/engine/test_metrics.cpp.

    python tests/golden/make_metrics.py COUNT SEED > metrics.json     (tests/golden/metrics.json: 40 1)

Many classes and few, ties, classes without images, perfect and constant classifiers. null: the number is undefined,
decided here from the counts, since scikit-learn answers 0, NaN or an exception.
"""

import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

NAN = float("nan")


def random_set(rng):
    classes = int(rng.integers(2, 7))
    n = int(rng.choice([1, 2, 5, 17, 40, 80]))
    labels = rng.choice(classes, n, p=rng.dirichlet(np.full(classes, rng.choice([0.3, 2.0]))))
    logits = rng.normal(size=(n, classes)) * rng.choice([0.5, 2.0, 8.0])
    logits[np.arange(n), labels] += rng.choice([0.0, 1.0, 4.0, 30.0])
    if rng.random() < 0.1:
        logits[:] = rng.normal(size=classes)  # the same answer for every image
    if rng.random() < 0.4:
        logits = np.round(logits)  # many ties
    p = np.exp(logits - logits.max(1, keepdims=True))
    p = np.float32(p / p.sum(1, keepdims=True))
    p = np.maximum(p, np.float32(1e-30))
    # Nine digits name a float exactly: what the file says is what is measured.
    return labels, np.array([[float(f"{v:.9g}") for v in row] for row in p])


def or_none(value, defined):
    return float(value) if defined and np.isfinite(value) else None


def expected_calibration_error(p, labels):
    confidence, right = p.max(1), p.argmax(1) == labels
    # scikit-learn leaves out empty bins and gives no counts: these are theirs, from the same edges.
    edges = np.linspace(0, 1, 16)
    counts = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=15)
    accuracy, mean = calibration_curve(right, confidence, n_bins=15) if len(set(right)) == 2 else by_hand(
        confidence, right, edges)
    return np.sum(counts[counts > 0] / len(labels) * np.abs(accuracy - mean))


def by_hand(confidence, right, edges):  # calibration_curve wants both right and wrong answers
    bins = np.searchsorted(edges[1:-1], confidence)
    used = np.unique(bins)
    return np.array([right[bins == b].mean() for b in used]), np.array([confidence[bins == b].mean() for b in used])


def expected(labels, p):
    n, classes = p.shape
    predicted = p.argmax(1)
    each = list(range(classes))
    actual, called = np.bincount(labels, minlength=classes), np.bincount(predicted, minlength=classes)
    options = {"labels": each, "average": None, "zero_division": NAN}
    precision = sk.precision_score(labels, predicted, **options)
    recall = sk.recall_score(labels, predicted, **options)
    f1 = sk.f1_score(labels, predicted, **options)
    rows = []
    for c in each:
        is_c = labels == c
        both, some = 0 < actual[c] < n, actual[c] > 0
        rows.append({
            "precision": or_none(precision[c], called[c] > 0),
            "recall": or_none(recall[c], some),
            "specificity": or_none(sk.recall_score(is_c, predicted == c, pos_label=False, zero_division=NAN), actual[c] < n),
            "f1": or_none(f1[c], actual[c] + called[c] > 0),
            "auroc": or_none(sk.roc_auc_score(is_c, p[:, c]) if both else NAN, both),
            "average_precision": or_none(sk.average_precision_score(is_c, p[:, c]) if some else NAN, some),
        })  # fmt: skip
    macro = lambda key: None if any(r[key] is None for r in rows) else float(np.mean([r[key] for r in rows]))
    varied = len(set(labels)) > 1 and len(set(predicted)) > 1
    same = len(set(labels)) == 1 and set(labels) == set(predicted)
    probabilities = p / p.sum(1, keepdims=True)  # scikit-learn insists; the last bit of float32 is all it changes
    return {
        "loss": float(np.mean(-np.log(p[np.arange(n), labels]))),
        "accuracy": float(sk.accuracy_score(labels, predicted)),
        "balanced_accuracy": float(sk.balanced_accuracy_score(labels, predicted)),
        "macro_f1": macro("f1"),
        "auroc": macro("auroc"),
        "average_precision": macro("average_precision"),
        "mcc": or_none(sk.matthews_corrcoef(labels, predicted), varied),
        "kappa": or_none(sk.cohen_kappa_score(labels, predicted, labels=each) if not same else NAN, not same),
        "brier": float(sk.brier_score_loss(labels, probabilities if classes > 2 else probabilities[:, 1],
                                           labels=each, scale_by_half=False)),
        "ece": float(expected_calibration_error(p, labels)),
        "classes": rows,
        "confusion": sk.confusion_matrix(labels, predicted, labels=each).tolist(),
    }  # fmt: skip


def check_macro_auroc(labels, p, ours):
    """The macro AUROC is scikit-learn's own, one against the rest, where it gives one."""
    if ours is None or p.shape[1] == 2:
        return
    theirs = sk.roc_auc_score(labels, p, multi_class="ovr", average="macro")
    assert abs(theirs - ours) < 1e-12, (theirs, ours)


def main(count, seed):
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(seed)
    cases = []
    for _ in range(count):
        labels, p = random_set(rng)
        wanted = expected(labels, p)
        check_macro_auroc(labels, p, wanted["auroc"])
        cases.append({"labels": labels.tolist(), "probs": p.tolist(), "expected": wanted})
    print('{"scikit-learn": "%s", "cases": [' % sklearn.__version__)
    print(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
    print("]}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(int(sys.argv[1]), int(sys.argv[2]))
