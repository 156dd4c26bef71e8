#include "tools/diagnose.h"

#include <algorithm>
#include <cmath>

namespace graft {
namespace {

bool all_finite(const Tensor& t) {
  const std::vector<float> values = t.to_host();
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace

void stop_at_bad_loss(Vgg& model, const FeedBatch& batch, int boundary, int64_t step) {
  const std::string advice =
      "the run stops and the last checkpoint stays valid; a lower --lr usually helps, or check the weights and the "
      "images";
  Tensor x = batch.x;
  if (!all_finite(x))
    fail(Fault::numerics, "step {}: what the frozen layers give for this batch is not finite; {}", step, advice);
  for (int i = boundary; i < model.depth(); ++i) {
    const Layer& layer = model.layers()[i];
    if (layer.kernel && !(all_finite(layer.kernel->value) && all_finite(layer.bias->value)))
      fail(Fault::numerics, "step {}: the loss is not finite, because weights of layer {} are not; {}", step,
           layer.name, advice);
    Tape tape(Tape::Recording::off);
    x = model.forward(tape, {x}, i, i + 1).value;
    if (!all_finite(x))
      fail(Fault::numerics, "step {}: the loss is not finite; layer {} is the first whose output is not; {}", step,
           layer.name, advice);
  }
  fail(Fault::numerics, "step {}: the loss is not finite, though every layer's output is; {}", step, advice);
}

}  // namespace graft
