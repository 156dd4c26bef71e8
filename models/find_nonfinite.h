// Finds the first layer with a non-finite weight or activation.
#pragma once
#include "models/model.h"

namespace graft {

// Throws Error (numerics) that names the step, the first layer with a non-finite weight or output, and what to do.
// x: the batch of that step, the input of layer `entry`.
[[noreturn]] void stop_at_bad_loss(Model& model, Tensor x, int entry, int64_t step);

// Throws Error (numerics) that names the step and the layer if a trained weight is not finite.
void stop_at_bad_weights(const Model& model, int64_t step);

// Throws Error (numerics) if the validation loss is not finite, which finite weights can cause by being too large.
void stop_at_bad_validation(double loss, int64_t step);

}  // namespace graft
