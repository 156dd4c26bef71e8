#include "models/lower.h"

namespace graft {
namespace {

Lowered lower_conv2d(const Node& node, int n) {
  const Conv2dShape at{.n = n,
                       .h = node.in.extent(0),
                       .w = node.in.extent(1),
                       .c = node.in.extent(2),
                       .k = node.units,
                       .r = node.window.r,
                       .s = node.window.s,
                       .pad = node.window.pad,
                       .stride = node.window.stride};
  return {.forward = Conv2d{.at = at, .relu = node.relu},
          .grad_input = Conv2dGradInput{.at = at},
          .grad_weight = Conv2dGradWeight{.at = at}};
}

Lowered lower_maxpool(const Node& node, int n) {
  const SlidingWindow& w = node.window;
  require(
      w.r == 2 && w.s == 2 && w.stride == 2 && w.pad == 0,
      "layer {}: no kernel pools windows of {}x{} with stride {} and pad {}; there is 2x2 with stride 2 and pad 0",
      node.name, w.r, w.s, w.stride, w.pad);
  const int h = node.in.extent(0), width = node.in.extent(1), c = node.in.extent(2);
  return {.forward = MaxPool{.n = n, .h = h, .w = width, .c = c},
          .grad_input = MaxPoolGrad{.n = n, .h = h, .w = width, .c = c}};
}

Lowered lower_dense(const Node& node, int n) {
  const int in = node.in.extent(0), out = node.units;
  return {.forward = Gemm{.m = n, .n = out, .k = in, .relu = node.relu},
          .grad_input = Gemm{.m = n, .n = in, .k = out, .tb = true},
          .grad_weight = Gemm{.m = in, .n = out, .k = n, .ta = true},
          .grad_bias = BiasGrad{.rows = n, .k = out}};
}

Lowered lower_global_avgpool(const Node& node, int n) {
  const int h = node.in.extent(0), w = node.in.extent(1), c = node.in.extent(2);
  return {.forward = GlobalAvgPool{.n = n, .h = h, .w = w, .c = c},
          .grad_input = GlobalAvgPoolGrad{.n = n, .h = h, .w = w, .c = c}};
}

Lowered lower_dropout(const Node& node, int n) {
  const Dropout drop{.size = n * node.in.size(), .rate = node.rate};
  return {.forward = drop, .grad_input = drop};
}

Lowered lower_any(const Node& node, int n) {
  switch (node.op) {
    case Op::conv2d:
      return lower_conv2d(node, n);
    case Op::maxpool:
      return lower_maxpool(node, n);
    case Op::flatten:
      return {};
    case Op::global_avgpool:
      return lower_global_avgpool(node, n);
    case Op::dense:
      return lower_dense(node, n);
    case Op::dropout:
      return lower_dropout(node, n);
    case Op::add:
      break;
  }
  fail(Fault::bug, "layer {}: no kernel computes {}", node.name, name(node.op));
}

}  // namespace

Lowered lower(const Node& node, int64_t n) {
  require(0 < n && n <= INT32_MAX, "layer {}: a batch of {} images", node.name, n);
  Lowered lowered = lower_any(node, static_cast<int>(n));
  if (node.inputs.at(0) == kGraphInput) lowered.grad_input = {};
  return lowered;
}

Conv2dBf16 lower_bf16(const Node& node, int64_t n) {
  const Lowered lowered = lower(node, n);
  const Conv2d& conv = std::get<Conv2d>(lowered.forward);
  Conv2dBf16 narrow{.at = conv.at, .relu = conv.relu};
  if (node.inputs[0] == kGraphInput) narrow.at.c = kBf16ImageChannels;
  return narrow;
}

}  // namespace graft
