#include "engine/probe/linear_probe.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <numeric>
#include <ranges>
#include <set>

#include "engine/data/split.h"
#include "engine/probe/logistic.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

constexpr double kStrongest = 10, kStep = 0.31622776601683794;  // half a decade
constexpr int kStrengths = 13;                                  // 10 ... 1e-5

struct Rows {
  Features features;
  std::vector<int32_t> labels;
  std::vector<int> rows;  // indices into all rows
  Labelled labelled(int classes) const { return {features, labels, classes}; }
};

template <class Wanted>
Rows select(const Labelled& data, const Wanted& wanted) {
  Rows part;
  part.features.columns = data.features.columns;
  for (int64_t i = 0; i < data.features.rows; ++i) {
    if (!wanted(i)) continue;
    const auto row = data.features.values.begin() + i * data.features.columns;
    part.features.values.insert(part.features.values.end(), row, row + data.features.columns);
    part.labels.push_back(data.labels[size_t(i)]);
    part.rows.push_back(int(i));
  }
  part.features.rows = int64_t(part.labels.size());
  return part;
}

struct Fold {
  Rows train, held_out;
  LogisticRegression model;
  bool converged = true;
  std::vector<Prediction> predictions;
};

std::vector<Prediction> predict(const LogisticRegression& model, const Labelled& data) {
  const std::vector<double> p = model.predict(data.features);
  std::vector<Prediction> predictions;
  for (int64_t i = 0; i < data.features.rows; ++i) {
    const auto row = p.begin() + i * data.classes;
    const int32_t label = data.labels[size_t(i)];
    predictions.push_back({int(i), label, -std::log(std::max(row[label], 1e-300)), {row, row + data.classes}});
  }
  return predictions;
}

std::vector<Fold> make_folds(const Labelled& data, const FoldOptions& options) {
  std::vector<int> group = options.group;
  if (group.empty()) {
    group.resize(data.labels.size());
    std::iota(group.begin(), group.end(), 0);
  }
  std::vector<std::set<int>> of_class(size_t(data.classes));
  for (size_t i = 0; i < group.size(); ++i) of_class[size_t(data.labels[i])].insert(group[i]);
  const auto sizes = std::views::transform(of_class, &std::set<int>::size);
  const size_t fewest = *std::ranges::min_element(sizes);
  if (fewest < 2)
    fail(Fault::data, "a class has {} training {}{}: a probe needs at least two of each class, better twenty",
         fewest, options.group.empty() ? "image" : "group", fewest == 1 ? "" : "s");
  const int folds = int(std::min(size_t(options.folds), fewest));
  const std::vector<double> shares(static_cast<size_t>(folds), 1.0 / folds);
  const std::vector<int> fold_of = assign_parts(data.labels, group, shares, options.seed);
  std::vector<Fold> made;
  for (int f = 0; f < folds; ++f) {
    Rows train = select(data, [&](int64_t i) { return fold_of[size_t(i)] != f; });
    Rows held_out = select(data, [&](int64_t i) { return fold_of[size_t(i)] == f; });
    if (held_out.rows.empty()) continue;  // large groups may fill fewer folds
    LogisticRegression model(train.labelled(data.classes));
    made.push_back({std::move(train), std::move(held_out), std::move(model)});
  }
  return made;
}

// All folds at this strength; returns the mean loss of the held-out rows.
double fit(std::vector<Fold>& folds, int classes, double strength) {
  const int count = int(folds.size());
  std::exception_ptr failure;  // an exception that escapes a thread would end the process
#pragma omp parallel for schedule(dynamic)
  for (int i = 0; i < count; ++i) {
    try {
      Fold& f = folds[size_t(i)];
      f.converged = f.model.fit(f.train.labelled(classes), strength).converged;
      f.predictions = predict(f.model, f.held_out.labelled(classes));
    } catch (...) {
#pragma omp critical(graft_probe_failure)
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
  double loss = 0, rows = 0;
  for (const Fold& f : folds)
    for (const Prediction& p : f.predictions) loss += p.loss, ++rows;
  return loss / rows;
}

void keep(ProbeResult& result, const std::vector<Fold>& folds, double strength, double loss) {
  result = {strength, loss, int(folds.size()), true, {}};
  for (const Fold& f : folds) {
    result.converged = result.converged && f.converged;
    for (Prediction p : f.predictions) {
      p.sample = f.held_out.rows[size_t(p.sample)];
      result.predictions.push_back(std::move(p));
    }
  }
  std::sort(result.predictions.begin(), result.predictions.end(),
            [](const Prediction& a, const Prediction& b) { return a.sample < b.sample; });
}

}  // namespace

ProbeResult probe(const Labelled& train, const Labelled* held_out, const FoldOptions& options) {
  std::vector<Fold> folds = make_folds(train, options);
  ProbeResult result{.fold_loss = INFINITY};
  // From strong to weak, each starting where the last ended; past the best one the loss only rises.
  int worse = 0;
  double strength = kStrongest;
  for (int i = 0; i < kStrengths && worse < 2; ++i, strength *= kStep) {
    const double loss = fit(folds, train.classes, strength);
    worse = loss < result.fold_loss ? 0 : worse + 1;
    if (worse == 0) keep(result, folds, strength, loss);
  }
  if (!held_out) return result;
  LogisticRegression whole(train);
  result.converged = whole.fit(train, result.strength).converged;
  result.predictions = predict(whole, *held_out);
  return result;
}

}  // namespace graft
