// When a loss or a weight is not finite: where it began.
#pragma once
#include "models/features/feed.h"

namespace graft {

// Looks for the first layer with a weight or an output that is not finite and throws Error (numerics) that names
// the step, the layer and what to do.
[[noreturn]] void stop_at_bad_loss(Model& model, const FeedBatch& batch, int first_layer, int64_t step);

// Throws Error (numerics) that names step and layer if a trained weight is not finite.
void stop_at_bad_weights(const Model& model, int64_t step);

// Throws Error (numerics) if the mean loss of the validation images is not finite: weights may be, and too large.
void stop_at_bad_validation(double loss, int64_t step);

}  // namespace graft
