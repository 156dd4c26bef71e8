// Linear probes and LogME: against scikit-learn, against the evidence maximised by another method (golden files of
// make_probe.py), on data with known answers, and on degenerate features.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/base/rng.h"
#include "engine/probe/linear_probe.h"
#include "engine/probe/logistic.h"
#include "engine/probe/logme.h"
#include "tests/support/npy.h"
#include "tests/support/places.h"

namespace graft::test {
namespace {

struct Set {
  Features features;
  std::vector<int32_t> labels;
  int classes = 0;
  Labelled labelled() const { return {features, labels, classes}; }
};

Set golden(const std::string& name) {
  const auto folder = golden_folder() / "probe";
  const Npy f = read_npy(folder / ("features_" + name + ".npy")),
            l = read_npy(folder / ("labels_" + name + ".npy"));
  Set s{{f.shape[0], f.shape[1], f.f32()}, {l.values.begin(), l.values.end()}, 0};
  s.classes = *std::max_element(s.labels.begin(), s.labels.end()) + 1;
  return s;
}

// Gaussian clouds around the corners of a simplex.
Set clouds(int rows, int columns, int classes, float distance, uint64_t stream) {
  Set s{{rows, columns, {}}, {}, classes};
  RandomStream random(5, Purpose::demo, stream);
  for (int i = 0; i < rows; ++i) {
    s.labels.push_back(i % classes);
    for (int c = 0; c < columns; ++c)
      s.features.values.push_back(random.normal() + (c == i % classes ? distance : 0));
  }
  return s;
}

double accuracy(const std::vector<Prediction>& predictions) {
  int right = 0;
  for (const Prediction& p : predictions) right += p.predicted() == p.label;
  return right / double(predictions.size());
}

}  // namespace

TEST_CASE("LogME is the maximum of the evidence, as found by another optimiser") {
  const std::vector<double> expected = read_npy(golden_folder() / "probe/logme.npy").values;
  const char* names[] = {"blobs", "wide", "collinear", "noise"};
  for (int i = 0; i < 4; ++i) {
    CAPTURE(std::string(names[i]));
    const double score = logme(golden(names[i]).labelled());
    CHECK(score == doctest::Approx(expected[size_t(i)]).epsilon(1e-9));
  }
}

TEST_CASE("LogME does not depend on the scale of the features, and falls when labels are shuffled") {
  Set s = clouds(90, 12, 3, 2, 1);
  const double score = logme(s.labelled());
  for (float& v : s.features.values) v *= 1024;
  CHECK(logme(s.labelled()) == doctest::Approx(score).epsilon(1e-9));
  std::rotate(s.labels.begin(), s.labels.begin() + 1, s.labels.begin() + 40);
  CHECK(logme(s.labelled()) < score - 0.05);
}

TEST_CASE("LogME of uninformative features is finite") {
  Set s = clouds(20, 4, 2, 0, 2);
  std::fill(s.features.values.begin(), s.features.values.end(), 0.f);
  const double zeros = logme(s.labelled());
  // The labels are pure noise: beta = n / |y|^2, here 2.
  CHECK(zeros == doctest::Approx(0.5 * (std::log(2.0) - std::log(2 * std::acos(-1.0)) - 1)));
  std::fill(s.features.values.begin(), s.features.values.end(), 7.f);
  CHECK(std::isfinite(logme(s.labelled())));
  Set one = clouds(1, 3, 1, 0, 3);
  CHECK(std::isfinite(logme(one.labelled())));
  // A perfect fit: the label itself is a feature.
  Set perfect = clouds(30, 2, 2, 0, 4);
  for (int i = 0; i < 30; ++i) perfect.features.values[size_t(2 * i)] = float(i % 2);
  for (int i = 0; i < 30; ++i) perfect.features.values[size_t(2 * i + 1)] = float(1 - i % 2);
  CHECK(std::isfinite(logme(perfect.labelled())));
  CHECK(logme(perfect.labelled()) > 1);
}

TEST_CASE("logistic regression gives the probabilities of scikit-learn") {
  const Set s = golden("blobs");
  LogisticRegression model(s.labelled());
  const LbfgsResult fit = model.fit(s.labelled(), 0.01, {.tolerance = 1e-9});
  CHECK(fit.converged);
  const std::vector<double> p = model.predict(s.features),
                            expected = read_npy(golden_folder() / "probe/logistic.npy").values;
  REQUIRE(p.size() == expected.size());
  double worst = 0;
  for (size_t i = 0; i < p.size(); ++i) worst = std::max(worst, std::abs(p[i] - expected[i]));
  CHECK(worst < 1e-6);
}

TEST_CASE("a constant feature is ignored by a probe") {
  const Set with = golden("collinear");
  LogisticRegression model(with.labelled());
  model.fit(with.labelled(), 0.1);
  for (int c = 0; c < with.classes; ++c) CHECK(model.weights()[size_t(5 * with.classes + c)] == 0);
  Set other = with;
  for (int64_t i = 0; i < other.features.rows; ++i) other.features.values[size_t(i * 6 + 5)] = 1e6f;
  CHECK(model.predict(other.features) == model.predict(with.features));
}

TEST_CASE("L-BFGS reaches the minimum of an ill-conditioned quadratic") {
  std::vector<double> x(20, 1.0);
  const LbfgsResult r = minimise(
      [](std::span<const double> at, std::span<double> gradient) {
        double value = 0;
        for (size_t i = 0; i < at.size(); ++i) {
          const double scale = std::pow(10.0, double(i) / 8), from = at[i] - double(i);
          value += 0.5 * scale * from * from;
          gradient[i] = scale * from;
        }
        return value;
      },
      x, {.tolerance = 1e-9});
  CHECK(r.converged);
  for (size_t i = 0; i < x.size(); ++i) CHECK(x[i] == doctest::Approx(double(i)).epsilon(1e-8));
}

TEST_CASE("rows of a group are in the same fold, so a probe cannot learn the group") {
  // Ten groups of ten equal rows with random labels: if copies were in every fold, all predictions would be right.
  Set s = clouds(100, 30, 2, 0, 11);
  FoldOptions folds;
  for (int i = 0; i < 100; ++i) {
    folds.group.push_back(i / 10);
    s.labels[size_t(i)] = i / 10 % 2;
    std::copy_n(s.features.values.begin() + i / 10 * 300, 30, s.features.values.begin() + i * 30);
  }
  CHECK(accuracy(probe(s.labelled(), nullptr).predictions) == 1);
  CHECK(accuracy(probe(s.labelled(), nullptr, folds).predictions) < 0.9);
}

TEST_CASE("a probe predicts each row once, without having seen it") {
  const Set s = clouds(100, 6, 4, 3, 6);
  const ProbeResult r = probe(s.labelled(), nullptr);
  REQUIRE(r.predictions.size() == 100);
  for (int i = 0; i < 100; ++i) {
    CHECK(r.predictions[size_t(i)].sample == i);
    CHECK(r.predictions[size_t(i)].label == i % 4);
  }
  CHECK(r.converged);
  CHECK(accuracy(r.predictions) > 0.85);

  // More features than rows and random labels: a probe that had seen its rows would always be right.
  const Set noise = clouds(100, 150, 4, 0, 7);
  CHECK(accuracy(probe(noise.labelled(), nullptr).predictions) < 0.45);
}

TEST_CASE("a probe with held-out rows chooses its regularisation without them") {
  const Set train = clouds(80, 6, 2, 2, 8);
  Set held_out = clouds(200, 6, 2, 2, 9);
  const Labelled first = held_out.labelled();
  const ProbeResult r = probe(train.labelled(), &first);
  CHECK(r.predictions.size() == 200);
  CHECK(accuracy(r.predictions) > 0.8);
  for (int32_t& label : held_out.labels) label = 1 - label;
  const Labelled turned = held_out.labelled();
  const ProbeResult t = probe(train.labelled(), &turned);
  CHECK(t.strength == r.strength);
  CHECK(accuracy(t.predictions) == doctest::Approx(1 - accuracy(r.predictions)));
}

TEST_CASE("a class with one image cannot be probed") {
  Set s = clouds(21, 3, 2, 1, 10);
  s.labels.assign(21, 0);
  s.labels[3] = 1;
  CHECK_THROWS_WITH_AS(probe(s.labelled(), nullptr), doctest::Contains("has 1 training image"), Error);
  s.labels[4] = 1;  // two folds then
  CHECK(probe(s.labelled(), nullptr).predictions.size() == 21);
}

}  // namespace graft::test
