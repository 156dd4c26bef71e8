// Predictions of a model for a set of images.
#pragma once
#include <functional>

#include "engine/metrics/prediction.h"
#include "models/features/feature_batches.h"

namespace graft {

// Predicts samples [0, count) of `batches` in order and passes the predictions of each batch to ready(), with the
// index of the sample after the batch. Stops when ready() returns false. Returns whether all samples were processed.
bool evaluate_batches(const Model& model, FeatureBatches& batches, int count,
                      const std::function<bool(std::vector<Prediction> batch, int64_t next)>& ready);

// Returns the predictions for samples [0, count) of `batches`, in order, without unreadable images. Calls done(n) with
// the number of samples processed; if that returns false, stops and returns the predictions so far.
std::vector<Prediction> evaluate(const Model& model, FeatureBatches& batches, int count,
                                 const std::function<bool(int64_t done)>& done);

}  // namespace graft
