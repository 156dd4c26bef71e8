// What a model says of a set of images.
#pragma once
#include <functional>

#include "engine/metrics/prediction.h"
#include "models/features/feature_batches.h"

namespace graft {

// What the model says of the images of `batches`, `count` samples in their order, batch by batch. next: the first
// sample behind the batch; false from ready() stops it. Returns whether it came to the end.
bool evaluate_batches(const Model& model, FeatureBatches& batches, int count,
                      const std::function<bool(std::vector<Prediction> batch, int64_t next)>& ready);

// Predictions of every image of `batches`, `count` samples in their order.
// done(n) is told the progress; false stops it, and what is ready is returned.
std::vector<Prediction> evaluate(const Model& model, FeatureBatches& batches, int count,
                                 const std::function<bool(int64_t done)>& done);

}  // namespace graft
