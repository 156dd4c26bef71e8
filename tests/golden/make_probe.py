"""Writes tests/golden/probe: evidence and logistic regressions for the tests of engine/probe.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1;  python tests/golden/make_probe.py

features_NAME.npy [rows, columns] f32, labels_NAME.npy [rows]. logme.npy: for each of CASES, the score by another way
than the program's: the density of the labels, N(y; 0, I / beta + F F' / alpha), written out with determinants and
maximised over alpha and beta by a general optimiser. logistic.npy: the probabilities [rows, classes] of
scikit-learn's LogisticRegression on standardised features for `blobs` with strength 0.01, one row after the other.
"""

import pathlib

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

OUT = pathlib.Path(__file__).parent / "probe"
CASES = ["blobs", "wide", "collinear", "noise"]
STRENGTH = 0.01


def draw(name, rng):
    rows, columns, classes, apart = {
        "blobs": (60, 7, 3, 1.0),
        "wide": (14, 40, 2, 0.7),  # more columns than rows
        "collinear": (50, 6, 4, 1.5),
        "noise": (45, 5, 2, 0.0),
    }[name]
    labels = np.arange(rows) % classes
    features = np.maximum(rng.normal(size=(rows, columns)) + apart * rng.normal(size=(classes, columns))[labels], 0)
    if name == "collinear":
        features[:, 4] = 2 * features[:, 0] - features[:, 1]
        features[:, 5] = 3  # constant
    return (10 * features).astype(np.float32), labels


def evidence(log_alpha, log_beta, gram, y):
    n = len(y)
    covariance = np.exp(-log_beta) * np.eye(n) + np.exp(-log_alpha) * gram
    sign, logdet = np.linalg.slogdet(covariance)
    assert sign > 0
    return -0.5 * (n * np.log(2 * np.pi) + logdet + y @ np.linalg.solve(covariance, y))


def logme(features, labels):
    f = features.astype(np.float64)
    gram, scores = f @ f.T, []
    for c in range(labels.max() + 1):
        y = (labels == c).astype(np.float64)
        best = max(
            -minimize(
                lambda p: -evidence(p[0], p[1], gram, y),
                start,
                method="Nelder-Mead",
                bounds=[(-25, 25), (-25, 25)],
                options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20000, "maxfev": 20000},
            ).fun
            for start in [(0, 0), (5, 2), (10, 0), (2, 5)]
        )
        scores.append(best / len(y))
    return np.mean(scores)


def main():
    OUT.mkdir(exist_ok=True)
    rng = np.random.default_rng(7)
    scores = []
    for name in CASES:
        features, labels = draw(name, rng)
        np.save(OUT / f"features_{name}.npy", features)
        np.save(OUT / f"labels_{name}.npy", labels.astype(np.float32))
        scores.append(logme(features, labels))
        if name == "blobs":
            x = features.astype(np.float64)
            x = (x - x.mean(0)) / x.std(0)
            model = LogisticRegression(C=1 / (STRENGTH * len(x)), tol=1e-12, max_iter=100000).fit(x, labels)
            np.save(OUT / "logistic.npy", model.predict_proba(x).reshape(-1))
    np.save(OUT / "logme.npy", np.array(scores))
    print(dict(zip(CASES, scores)))


main()
