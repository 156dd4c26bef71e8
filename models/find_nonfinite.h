// Finds the first layer with a non-finite weight or activation.
#pragma once
#include "models/model.h"

namespace graft {

// x: the batch of the step, as it entered layer `entry`. Throws Error (numerics) that names the step, the first
// layer with a weight or an output that is not finite, and what to do.
[[noreturn]] void stop_at_bad_loss(Model& model, Tensor x, int entry, int64_t step);

// Throws Error (numerics) that names step and layer if a trained weight is not finite.
void stop_at_bad_weights(const Model& model, int64_t step);

// Throws Error (numerics) if the mean loss of the validation images is not finite: weights may be, and too large.
void stop_at_bad_validation(double loss, int64_t step);

}  // namespace graft
