// The single place where a layer of a graph is lowered to the arguments of the kernels that compute it and its
// gradients, and where layers without kernels are refused by name. Used by the convolutions of the forward pass, the
// frozen plan, the memory plan and the `kernels` command; the other ops of the forward pass get their sizes from the
// shapes of their tensors.
#pragma once
#include <variant>

#include "kernels/api/ops.h"
#include "models/graph.h"

namespace graft {

// Sizes without pointers. monostate: there is no kernel to run.
using KernelArgs = std::variant<std::monostate, Conv2d, Conv2dGradInput, Conv2dGradWeight, Gemm, BiasGrad, MaxPool,
                                MaxPoolGrad, GlobalAvgPool, GlobalAvgPoolGrad, Dropout>;

struct Lowered {
  KernelArgs forward;      // monostate for a view (flatten)
  KernelArgs grad_input;   // monostate for a view, and for a layer that reads the image, which has no gradient
  KernelArgs grad_weight;  // monostate for a layer without parameters
  KernelArgs grad_bias;    // monostate also where grad_weight computes it (conv2d)
};

// Lowers a layer for n images. Throws Error (bug) if no kernel supports the layer, or a size is 2^31 or more.
Lowered lower(const Node& node, int64_t n);

// Lowers a conv2d with activations and filters in bf16, as frozen layers may have. Input images have a fourth
// channel of zeros.
constexpr int kBf16ImageChannels = 4;
Conv2dBf16 lower_bf16(const Node& node, int64_t n);

// Returns the sizes of a lowered conv2d.
inline Conv2dShape conv2d_shape(const Lowered& lowered) { return std::get<Conv2d>(lowered.forward).at; }

}  // namespace graft
