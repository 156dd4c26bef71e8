// Initial values of parameters, a function of (seed, name) alone: adding a layer does not change the others.
#pragma once
#include "engine/parameter.h"

namespace graft {

// Uniform in +-sqrt(6 / (fan_in + fan_out)): Keras' default for dense layers (Glorot & Bengio, AISTATS 2010).
void glorot_uniform(Parameter& kernel, uint64_t seed);

// Uniform in +-1/sqrt(fan_in): PyTorch's default for dense layers. Its outputs are smaller than Glorot's, which
// matters after a trunk with large activations.
void fan_in_uniform(Parameter& kernel, uint64_t seed);

// Normal with deviation sqrt(2 / fan_in), for layers followed by a ReLU (He et al., ICCV 2015).
void he_normal(Parameter& kernel, uint64_t seed);

}  // namespace graft
