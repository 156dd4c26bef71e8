#include "engine/metrics/confusion.h"

#include <cmath>

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

struct Totals {
  double all = 0, right = 0;
  std::vector<double> actual, predicted;  // per class
};

Totals totals(const Confusion& confusion) {
  Totals t{.actual = std::vector<double>(confusion.size()), .predicted = std::vector<double>(confusion.size())};
  for (size_t i = 0; i < confusion.size(); ++i) {
    t.right += double(confusion[i][i]);
    for (size_t j = 0; j < confusion.size(); ++j) {
      t.all += double(confusion[i][j]);
      t.actual[i] += double(confusion[i][j]);
      t.predicted[j] += double(confusion[i][j]);
    }
  }
  return t;
}

}  // namespace

std::optional<double> share(double of, double all) { return all > 0 ? std::optional(of / all) : std::nullopt; }

std::optional<double> macro(const Scores& scores, PerClass metric) {
  double sum = 0;
  for (size_t c = 0; c < scores.classes.size(); ++c) {
    if (!scores.at(c, metric)) return std::nullopt;
    sum += *scores.at(c, metric);
  }
  return sum / double(scores.classes.size());
}

void score_confusion(const Confusion& confusion, Scores& scores) {
  const Totals t = totals(confusion);
  double recalls = 0, occurring = 0, agreement = 0, actual_squares = 0, predicted_squares = 0;
  for (size_t c = 0; c < confusion.size(); ++c) {
    const double hit = double(confusion[c][c]), actual = t.actual[c], predicted = t.predicted[c];
    const double others = t.all - actual;
    scores.at(c, PerClass::precision) = share(hit, predicted);
    scores.at(c, PerClass::recall) = share(hit, actual);
    scores.at(c, PerClass::specificity) = share(others - (predicted - hit), others);
    scores.at(c, PerClass::f1) = share(2 * hit, actual + predicted);
    if (actual > 0) recalls += hit / actual, ++occurring;
    agreement += actual * predicted;
    actual_squares += actual * actual, predicted_squares += predicted * predicted;
  }
  scores[Overall::accuracy] = share(t.right, t.all);
  scores[Overall::balanced_accuracy] = share(recalls, occurring);
  scores[Overall::macro_f1] = macro(scores, PerClass::f1);
  const double squared = t.all * t.all;
  const double spread = (squared - actual_squares) * (squared - predicted_squares);
  if (spread > 0) scores[Overall::mcc] = (t.right * t.all - agreement) / std::sqrt(spread);
  // (observed - expected) / (1 - expected), times n^2
  if (squared - agreement > 0) scores[Overall::kappa] = (t.right * t.all - agreement) / (squared - agreement);
}

Confusion confusion_of(std::span<const Prediction> predictions, int classes) {
  Confusion confusion(static_cast<size_t>(classes), std::vector<int64_t>(static_cast<size_t>(classes)));
  for (const Prediction& p : predictions) ++confusion[size_t(p.label)][size_t(p.predicted())];
  return confusion;
}

std::string confusion_table(const Confusion& confusion, const std::vector<std::string>& classes) {
  const size_t n = classes.size();
  size_t width = 9;
  std::vector<std::string> names;
  for (const std::string& c : classes) width = std::max(width, names.emplace_back(printable(c)).size());
  std::string table = fmt::format("{:<{}}", "true \\ predicted", std::max<size_t>(width, 16));
  for (size_t c = 0; c < n; ++c) table += fmt::format("  {:>{}}", names[c], std::max<size_t>(names[c].size(), 5));
  table += "  recall  precision\n";
  for (size_t t = 0; t < n; ++t) {
    int64_t actual = 0, predicted = 0;
    table += fmt::format("{:<{}}", names[t], std::max<size_t>(width, 16));
    for (size_t c = 0; c < n; ++c) {
      table += fmt::format("  {:>{}}", confusion[t][c], std::max<size_t>(names[c].size(), 5));
      actual += confusion[t][c], predicted += confusion[c][t];
    }
    const auto share = [&](int64_t of) {
      return of ? fmt::format("{:.3f}", double(confusion[t][t]) / double(of)) : "-";
    };
    table += fmt::format("  {:>6}  {:>9}\n", share(actual), share(predicted));
  }
  return table;
}

}  // namespace graft
