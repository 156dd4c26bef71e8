// The metrics of a classifier over a set of images, always from the predictions of the whole set, never from
// batches. Definitions are scikit-learn's, with one exception: values without a definition (the recall of a class
// without images) are undefined here, never 0 or 1. tests/parity compares both on a thousand random sets.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/metrics/prediction.h"

namespace graft {

enum class Overall {
  loss,               // mean of -log p(label)
  accuracy,           //
  balanced_accuracy,  // mean recall of the classes that occur
  macro_f1,           // mean over all classes, as the next two: undefined if one of them is
  auroc,              // one class against the rest; ties count half
  average_precision,  // sum over thresholds of (gain in recall) * precision
  mcc,                // Matthews correlation, for any number of classes (Gorodkin 2004)
  kappa,              // Cohen's
  brier,              // mean of sum_c (p_c - [c is the label])^2, from 0 to 2 (Brier 1950)
  ece,                // expected calibration error, kReliabilityBins bins of equal width (Guo et al. 2017)
};
constexpr int kOveralls = 10;

enum class PerClass { precision, recall, specificity, f1, auroc, average_precision };
constexpr int kPerClasses = 6;

struct MetricText {
  const char* key;                    // "balanced_accuracy"
  const char* title;                  // "balanced accuracy"
  const char* undefined;              // why it has no value, if undefined
  const char* no_interval = nullptr;  // why it never has a bootstrap interval; null: it has one
};
const MetricText& text(Overall metric);
const MetricText& text(PerClass metric);

// One T per metric, where there is one.
template <class T>
struct MetricTable {
  std::array<std::optional<T>, kOveralls> overall;
  std::vector<std::array<std::optional<T>, kPerClasses>> classes;

  explicit MetricTable(size_t class_count) : classes(class_count) {}
  const std::optional<T>& operator[](Overall m) const { return overall[static_cast<size_t>(m)]; }
  std::optional<T>& operator[](Overall m) { return overall[static_cast<size_t>(m)]; }
  const std::optional<T>& at(size_t c, PerClass m) const { return classes[c][static_cast<size_t>(m)]; }
  std::optional<T>& at(size_t c, PerClass m) { return classes[c][static_cast<size_t>(m)]; }
};
using Scores = MetricTable<double>;

using Confusion = std::vector<std::vector<int64_t>>;  // [true][predicted]
Confusion confusion_of(std::span<const Prediction> predictions, int classes);

// Sorts once, so that thousands of resampled sets can be scored quickly.
class Scorer {
 public:
  // Keeps no reference to `predictions`; labels and the lengths of probs must fit `classes`.
  Scorer(std::span<const Prediction> predictions, int classes);

  Scores all() const;
  // Prediction i counted times[i] times.
  Scores weighted(std::span<const uint32_t> times) const;

 private:
  struct Row {
    int32_t label, predicted;
    double loss, brier, confidence;
    int bin;
  };
  struct Ranking {              // for one class
    std::vector<int> order;     // rows, the most probable first
    std::vector<uint8_t> last;  // is order[i] the last of its ties?
  };
  void rank(size_t c, std::span<const uint32_t> times, Scores& scores) const;

  size_t classes_;
  std::vector<Row> rows_;
  std::vector<Ranking> rankings_;
};

// All metrics of the set.
Scores score(std::span<const Prediction> predictions, int classes);

// Confusion matrix with recall and precision of each class, for people.
std::string confusion_table(const Confusion& confusion, const std::vector<std::string>& classes);

}  // namespace graft
