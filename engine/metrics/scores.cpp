#include "engine/metrics/scores.h"

#include <numeric>

#include "engine/metrics/calibration.h"
#include "engine/metrics/confusion.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

constexpr const char* kNoImages = "no images";
constexpr const char* kOneClass = "it is for at least one class";
constexpr const char* kNoneOfClass = "no images of this class";

// In the order of the enum.
constexpr MetricText kOverallTexts[kOveralls] = {
    {"loss", "loss", kNoImages},
    {"accuracy", "accuracy", kNoImages},
    {"balanced_accuracy", "balanced accuracy", kNoImages},
    {"macro_f1", "macro F1", kOneClass},
    {"auroc", "macro AUROC", kOneClass},
    {"average_precision", "macro average precision", kOneClass},
    {"mcc", "MCC", "all images are of one class, or all were predicted as one"},
    {"kappa", "Cohen's kappa", "all images are of one class, and were predicted as it"},
    {"brier", "Brier score (0 to 2)", kNoImages},
    {"ece", "calibration error (ECE)", kNoImages,
     "no interval: a sum of sizes of errors, it grows when images are drawn again"},
};
constexpr MetricText kPerClassTexts[kPerClasses] = {
    {"precision", "precision", "nothing was predicted as this class"},
    {"recall", "recall", kNoneOfClass},
    {"specificity", "specificity", "no images of other classes"},
    {"f1", "F1", "no images of this class, and nothing predicted as it"},
    {"auroc", "AUROC", "needs images of this class and of others"},
    {"average_precision", "average precision", kNoneOfClass},
};

double brier(const Prediction& p) {
  double sum = 0;
  for (size_t c = 0; c < p.probs.size(); ++c) {
    const double off = double(p.probs[c]) - (p.label == int32_t(c));
    sum += off * off;
  }
  return sum;
}

}  // namespace

const MetricText& text(Overall metric) { return kOverallTexts[static_cast<size_t>(metric)]; }
const MetricText& text(PerClass metric) { return kPerClassTexts[static_cast<size_t>(metric)]; }

Scorer::Scorer(std::span<const Prediction> predictions, int classes) : classes_(size_t(classes)) {
  rows_.reserve(predictions.size());
  for (const Prediction& p : predictions) {
    require(p.label >= 0 && p.label < classes && p.probs.size() == classes_,
            "a prediction of label {} with {} probabilities, in {} classes", p.label, p.probs.size(), classes);
    const double confidence = p.probs[size_t(p.predicted())];
    rows_.push_back({p.label, p.predicted(), p.loss, brier(p), confidence, reliability_bin(confidence)});
  }
  rankings_.resize(classes_);
  for (size_t c = 0; c < classes_; ++c) {
    std::vector<int>& order = rankings_[c].order;
    order.resize(rows_.size());
    std::iota(order.begin(), order.end(), 0);
    const auto prob = [&](int i) { return predictions[size_t(i)].probs[c]; };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return prob(a) > prob(b); });
    rankings_[c].last.resize(order.size());
    for (size_t i = 0; i < order.size(); ++i)
      rankings_[c].last[i] = i + 1 == order.size() || prob(order[i]) != prob(order[i + 1]);
  }
}

Scores Scorer::all() const { return weighted(std::vector<uint32_t>(rows_.size(), 1)); }

Scores Scorer::weighted(std::span<const uint32_t> times) const {
  Scores scores(classes_);
  Confusion confusion(classes_, std::vector<int64_t>(classes_));
  struct Bin {
    double confidence = 0, right = 0;
  };
  std::array<Bin, kReliabilityBins> bins{};
  double all = 0, loss = 0, brier = 0;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    const double n = times[i];
    all += n, loss += n * row.loss, brier += n * row.brier;
    confusion[size_t(row.label)][size_t(row.predicted)] += times[i];
    bins[size_t(row.bin)].confidence += n * row.confidence;
    bins[size_t(row.bin)].right += n * (row.label == row.predicted);
  }
  double gap = 0;
  for (const Bin& bin : bins) gap += std::abs(bin.confidence - bin.right);
  scores[Overall::loss] = share(loss, all);
  scores[Overall::brier] = share(brier, all);
  scores[Overall::ece] = share(gap, all);
  score_confusion(confusion, scores);
  for (size_t c = 0; c < classes_; ++c) rank(c, times, scores);
  scores[Overall::auroc] = macro(scores, PerClass::auroc);
  scores[Overall::average_precision] = macro(scores, PerClass::average_precision);
  return scores;
}

void Scorer::rank(size_t c, std::span<const uint32_t> times, Scores& scores) const {
  const Ranking& ranking = rankings_[c];
  double positives = 0, negatives = 0;  // so far
  double tied_positives = 0, tied_negatives = 0, ordered = 0, area = 0;
  for (size_t i = 0; i < ranking.order.size(); ++i) {
    const auto row = size_t(ranking.order[i]);
    (rows_[row].label == int32_t(c) ? tied_positives : tied_negatives) += times[row];
    if (!ranking.last[i]) continue;
    ordered += (positives + tied_positives / 2) * tied_negatives;
    positives += tied_positives, negatives += tied_negatives;
    if (tied_positives > 0) area += tied_positives * positives / (positives + negatives);
    tied_positives = tied_negatives = 0;
  }
  scores.at(c, PerClass::auroc) = share(ordered, positives * negatives);
  scores.at(c, PerClass::average_precision) = share(area, positives);
}

Scores score(std::span<const Prediction> predictions, int classes) { return Scorer(predictions, classes).all(); }

}  // namespace graft
