// The one lowering: from a layer of a graph to the arguments of the kernels that compute it and its gradients. The
// convolutions of the forward pass, the frozen plan, the memory plan and the `kernels` command read sizes from here;
// the other ops of the forward pass follow from the shapes of their tensors.
// It is also where what no kernel computes yet is refused, by the name of the layer.
#pragma once
#include <variant>

#include "kernels/api/ops.h"
#include "models/graph.h"

namespace graft {

// Sizes without pointers. monostate: no kernel runs.
using KernelArgs = std::variant<std::monostate, Conv2d, Conv2dGradInput, Conv2dGradWeight, Gemm, BiasGrad, MaxPool,
                                MaxPoolGrad, GlobalAvgPool, GlobalAvgPoolGrad, Dropout>;

struct Lowered {
  KernelArgs forward;      // monostate for a view (flatten)
  KernelArgs grad_input;   // monostate for a view, and for what reads the image, which has no gradient
  KernelArgs grad_weight;  // monostate for a layer without parameters
  KernelArgs grad_bias;    // monostate also where grad_weight computes it (conv2d)
};

// For n images. Throws Error (bug) if there are no kernels for what the layer asks for, or a size is 2^31 or more.
Lowered lower(const Node& node, int64_t n);

// A conv2d whose activations and filters are kept in bf16, as frozen layers may be. Images are prepared with a
// fourth channel of zeros.
constexpr int kBf16ImageChannels = 4;
Conv2dBf16 lower_bf16(const Node& node, int64_t n);

// The sizes of a lowered conv2d.
inline Conv2dShape conv2d_shape(const Lowered& lowered) { return std::get<Conv2d>(lowered.forward).at; }

}  // namespace graft
