#include "models/features/evaluate.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace graft {

bool evaluate_batches(const Model& model, FeatureBatches& batches, int count,
                      const std::function<bool(std::vector<Prediction>, int64_t)>& ready) {
  std::vector<int> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  batches.start(std::move(order));
  for (FeatureBatch batch; batches.next(batch);) {
    Tape tape(Tape::Recording::off);
    const Tensor logits = model.forward(tape, {batch.x}, batches.first_layer(), model.depth()).value;
    batches.prefetch();
    const int64_t n = logits.shape()[0], classes = logits.shape()[1];
    Tensor probs;
    const std::vector<float> loss =
        softmax_loss(tape, {logits}, Tensor::from_host(logits.device(), {n}, std::span(batch.labels)), &probs)
            .value.to_host();
    const std::vector<float> p = probs.to_host(), z = logits.to_host();
    std::vector<Prediction> predictions;
    for (int64_t i = 0, at = 0; i < n; ++i, at += classes)
      predictions.push_back({batch.samples[i],
                             batch.labels[i],
                             loss[i],
                             {p.begin() + at, p.begin() + at + classes},
                             {z.begin() + at, z.begin() + at + classes}});
    if (!ready(std::move(predictions), batch.next_position) && batch.next_position < count) return false;
  }
  return true;
}

std::vector<Prediction> evaluate(const Model& model, FeatureBatches& batches, int count,
                                 const std::function<bool(int64_t)>& done) {
  std::vector<Prediction> all;
  evaluate_batches(model, batches, count, [&](std::vector<Prediction> batch, int64_t next) {
    std::ranges::move(batch, std::back_inserter(all));
    return done(next);
  });
  return all;
}

}  // namespace graft
