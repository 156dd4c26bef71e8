#include "engine/metrics.h"

#include <fmt/core.h>

#include <algorithm>

#include "engine/data/printable.h"

namespace graft {

int Prediction::predicted() const {
  return static_cast<int>(std::max_element(probs.begin(), probs.end()) - probs.begin());
}

Metrics measure(const std::vector<Prediction>& predictions, int classes) {
  Metrics m;
  m.count = static_cast<int64_t>(predictions.size());
  m.confusion.assign(static_cast<size_t>(classes), std::vector<int64_t>(static_cast<size_t>(classes)));
  for (const Prediction& p : predictions) {
    m.loss += p.loss;
    ++m.confusion[p.label][p.predicted()];
  }
  int64_t right = 0;
  int seen = 0;
  for (int t = 0; t < classes; ++t) {
    int64_t all = 0;
    for (int64_t count : m.confusion[t]) all += count;
    right += m.confusion[t][t];
    if (all) m.balanced_accuracy += double(m.confusion[t][t]) / double(all), ++seen;
  }
  if (m.count) m.loss /= double(m.count), m.accuracy = double(right) / double(m.count);
  if (seen) m.balanced_accuracy /= seen;
  return m;
}

std::string confusion_table(const Metrics& m, const std::vector<std::string>& classes) {
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
      table += fmt::format("  {:>{}}", m.confusion[t][c], std::max<size_t>(names[c].size(), 5));
      actual += m.confusion[t][c], predicted += m.confusion[c][t];
    }
    const auto share = [&](int64_t of) {
      return of ? fmt::format("{:.3f}", double(m.confusion[t][t]) / double(of)) : "-";
    };
    table += fmt::format("  {:>6}  {:>9}\n", share(actual), share(predicted));
  }
  return table;
}

}  // namespace graft
