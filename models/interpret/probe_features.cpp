#include "models/interpret/probe_features.h"

#include <algorithm>
#include <numeric>

namespace graft {
namespace {

void append(Features& f, const std::vector<float>& values, int64_t rows) {
  f.values.insert(f.values.end(), values.begin(), values.end());
  f.rows += rows;
  f.columns = int64_t(values.size()) / rows;
}

// A batch that keeps the device busy, with a largest activation that still fits its caches.
int batch_of(const Device& device, const Model& model) {
  int64_t widest = 1;
  for (const Node& l : model.layers()) widest = std::max(widest, l.out.size());
  return int(std::clamp<int64_t>(device.backend().info.chunk / widest, 1, 64));
}

}  // namespace

ProbedImages run_blocks(Device& device, const Model& model, std::span<const Sample> samples,
                        const Preprocess& preprocess, const std::function<bool(int64_t done)>& done) {
  ProbedImages result;
  std::vector<int> ends = {0};
  result.blocks.push_back({"input", {}});
  for (size_t i = 0; model.layers()[i].block != kHead; ++i)
    if (model.layers()[i + 1].block != model.layers()[i].block) {
      ends.push_back(int(i) + 1);
      result.blocks.push_back({model.layers()[i].name, {}});
    }
  std::vector<int> order(samples.size());
  std::iota(order.begin(), order.end(), 0);
  Loader loader(samples, order, batch_of(device, model), preprocess);
  for (Batch batch; loader.next(batch);) {
    Tape tape(Tape::Recording::off);
    const Tensor bytes = Tensor::from_host(device, {batch.n, preprocess.size, preprocess.size, 3},
                                           std::span<const uint8_t>(batch.rgb));
    Var x{prepare(device, bytes, preprocess)};
    for (size_t b = 0; b < ends.size(); ++b) {
      if (b > 0) x = model.forward(tape, x, ends[b - 1], ends[b]);
      append(result.blocks[b].features, global_avgpool(tape, x).value.to_host(), batch.n);
    }
    result.labels.insert(result.labels.end(), batch.labels.begin(), batch.labels.end());
    result.samples.insert(result.samples.end(), batch.samples.begin(), batch.samples.end());
    if (!done(batch.samples.back() + 1)) break;
  }
  return result;
}

}  // namespace graft
