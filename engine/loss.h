// The training losses that the fused kernel does not have: label smoothing and class weights.
#pragma once
#include <span>
#include <vector>

#include "engine/tape.h"

namespace graft {

struct LossOptions {
  float smoothing = 0;               // share of the target that all classes divide among them; [0, 1)
  std::vector<float> class_weights;  // [classes]; empty: all 1
  bool plain() const { return smoothing == 0 && class_weights.empty(); }
};

struct WeightedLoss {
  Var loss;                  // [n], root of the tape: backward() differentiates sum(loss) / weight
  double weight = 0;         // sum of the weights of the labels
  std::vector<float> probs;  // [n, classes]
};

// PyTorch's cross_entropy(logits, labels, weight=w, label_smoothing=e, reduction="mean"):
//   loss_i = (1-e) * w[y_i] * nll(y_i) + e/classes * sum_c w[c] * nll(c),   mean = sum(loss_i) / sum(w[y_i])
// with nll(c) = -log softmax(logits_i)[c]. The logits of a batch are few: computed on the host, in double.
WeightedLoss weighted_softmax_loss(Tape& tape, const Var& logits, std::span<const int32_t> labels,
                                   const LossOptions& options);

}  // namespace graft
