#include "models/find_nonfinite.h"

#include <algorithm>
#include <cmath>

namespace graft {
namespace {

constexpr const char* kAdvice =
    "the run stops and the last checkpoint stays valid; a lower learning rate usually helps, or check the weights "
    "and the images";

bool all_finite(const Tensor& t) {
  constexpr int64_t kPiece = int64_t{1} << 20;  // elements per copy: copying all could double the model's memory
  const Tensor flat = t.reshape({t.size()});
  for (int64_t at = 0; at < flat.size(); at += kPiece) {
    const std::vector<float> values = flat.slice0(at, std::min(at + kPiece, flat.size())).to_host();
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) return false;
  }
  return true;
}

bool all_finite(const std::vector<Parameter*>& parameters) {
  return std::all_of(parameters.begin(), parameters.end(), [](const Parameter* p) { return all_finite(p->value); });
}

}  // namespace

void stop_at_bad_loss(Model& model, Tensor x, int entry, int64_t step) {
  if (!all_finite(x))
    fail(Fault::numerics, "step {}: the frozen layers' output for this batch is not finite; {}", step, kAdvice);
  for (int i = entry; i < model.depth(); ++i) {
    const Node& layer = model.layers()[size_t(i)];
    if (!all_finite(layer.parameters))
      fail(Fault::numerics, "step {}: the loss is not finite, because weights of layer {} are not; {}", step,
           layer.name, kAdvice);
    Tape tape(Tape::Recording::off);
    x = model.forward(tape, {x}, i, i + 1).value;
    if (!all_finite(x))
      fail(Fault::numerics, "step {}: the loss is not finite; layer {} is the first whose output is not; {}", step,
           layer.name, kAdvice);
  }
  fail(Fault::numerics, "step {}: the loss is not finite, though every layer's output is; {}", step, kAdvice);
}

void stop_at_bad_weights(const Model& model, int64_t step) {
  for (const Node& layer : model.layers())
    if (layer.trained() && !all_finite(layer.parameters))
      fail(Fault::numerics, "step {}: after its update, weights of layer {} are not finite; {}", step, layer.name,
           kAdvice);
}

void stop_at_bad_validation(double loss, int64_t step) {
  if (!std::isfinite(loss))
    fail(Fault::numerics, "step {}: the validation loss after it is not finite; {}", step, kAdvice);
}

}  // namespace graft
