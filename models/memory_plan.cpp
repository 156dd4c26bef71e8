#include "models/memory_plan.h"

#include <algorithm>

#include "models/frozen_trunk.h"

namespace graft {
namespace {

int64_t bytes_of(const Shape& s) { return s.size() * int64_t{sizeof(float)}; }

class Planner {
 public:
  Planner(const Vgg& model, const Device& device, const PlanOptions& options)
      : model_(model), device_(device), batch_(options.batch), boundary_(model.frozen_depth()) {}

  // Images as bytes (a batch and the next), the outputs now and before, and the buffers (see FrozenTrunk).
  int64_t frozen(int end) const {
    const int64_t images = 2 * model_.input_shape(0).size();
    if (end == 0) return batch_ * (images + bytes_of(model_.input_shape(0)));
    const FrozenChunks chunks = frozen_chunks(model_, end, batch_, device_.backend().info);
    const int64_t buffers = 2 * chunks.chunk * chunks.largest * int64_t{sizeof(float)};
    const int64_t between = chunks.narrow < end ? chunks.group * bytes_of(model_.input_shape(chunks.narrow)) : 0;
    return batch_ * (images + 2 * bytes_of(model_.input_shape(end))) + buffers + between;
  }

  // The tape keeps every output (and where the maxima were); on the way back the gradients of a layer's output and
  // input join them, and what is above has been freed.
  int64_t trained() const {
    int64_t kept = bytes_of(model_.input_shape(boundary_)), most = kept;
    for (int i = boundary_; i < model_.depth(); ++i) kept += saved(i);
    for (int i = model_.depth() - 1; i >= boundary_; --i) {
      const bool view = layer(i).kind == LayerKind::flatten;
      most = std::max(most, kept + bytes_of(layer(i).out) + (view ? 0 : bytes_of(model_.input_shape(i))));
      kept -= saved(i);
    }
    const int64_t logits = bytes_of(layer(model_.depth() - 1).out);
    return batch_ * (most + 3 * logits + 3 * int64_t{sizeof(float)});  // probabilities, gradients; losses, labels
  }

  int64_t workspace() const {
    int64_t most = 0;
    for (int i = 0; i < model_.depth(); ++i) {
      if (layer(i).kind == LayerKind::conv) most = std::max(most, conv_workspace(i));
      if (layer(i).kind == LayerKind::dense) most = std::max(most, dense_workspace(i));
    }
    return most;
  }

 private:
  const Layer& layer(int i) const { return model_.layers()[size_t(i)]; }

  int64_t saved(int i) const {
    const Shape& out = layer(i).out;
    if (layer(i).kind == LayerKind::flatten) return 0;
    return bytes_of(out) + (layer(i).kind == LayerKind::pool ? argmax_bytes(out.size() / out[2], out[2]) : 0);
  }

  template <class Args>
  int64_t scratch(const Args& a) const {
    return int64_t(device_.select(a).workspace(a));
  }
  int64_t conv_workspace(int i) const {
    const Shape in = model_.input_shape(i);
    // More pixels than kernels count are refused by validate() in any case.
    constexpr int64_t kMostPixels = int64_t{1} << 30;
    const int n = int(std::min(
        i < boundary_ ? frozen_chunks(model_, boundary_, batch_, device_.backend().info).images(i) : batch_,
        kMostPixels / (in[0] * in[1])));
    const Conv2dShape at{
        .n = n, .h = int(in[0]), .w = int(in[1]), .c = int(in[2]), .k = layer(i).units, .r = 3, .s = 3};
    const int64_t forward = scratch(Conv2d{.at = at});
    if (i < boundary_) return forward;
    float wanted = 0;  // a bias gradient; nobody reads or writes it
    return std::max({forward, i > boundary_ ? scratch(Conv2dGradInput{.at = at}) : 0,
                     scratch(Conv2dGradWeight{.at = at, .db = &wanted})});
  }
  int64_t dense_workspace(int i) const {
    const int n = int(batch_), in = int(model_.input_shape(i)[0]), out = layer(i).units;
    return std::max({scratch(Gemm{.m = n, .n = out, .k = in}), scratch(Gemm{.m = in, .n = out, .k = n, .ta = true}),
                     scratch(Gemm{.m = n, .n = in, .k = out, .tb = true}), scratch(BiasGrad{.rows = n, .k = out})});
  }

  const Vgg& model_;
  const Device& device_;
  int64_t batch_;
  int boundary_;
};

std::string gb(int64_t bytes) { return fmt::format("{:.2f} GB", double(bytes) / 1e9); }

}  // namespace

int64_t MemoryPlan::total() const {
  const int64_t turns = cache ? std::max({frozen, trained, testing}) : frozen + std::max(trained, testing);
  return weights + gradients + optimizer + cache + turns + workspace;
}

MemoryPlan plan_memory(const Vgg& model, const Device& device, const PlanOptions& options) {
  const Planner planner(model, device, options);
  int64_t all = 0, trained = 0;
  for (const Layer& l : model.layers()) {
    all += l.parameter_count() * int64_t{sizeof(float)};
    if (l.trained()) trained += l.parameter_count() * int64_t{sizeof(float)};
  }
  return {.weights = all,
          .gradients = trained,
          .optimizer = trained * options.optimizer_copies,
          .cache = options.cached_images * bytes_of(model.input_shape(model.frozen_depth())),
          .frozen = planner.frozen(model.frozen_depth()),
          .trained = planner.trained(),
          .testing = planner.frozen(model.trunk_end()),
          .workspace = planner.workspace()};
}

int largest_batch(const Vgg& model, const Device& device, PlanOptions options, int64_t bytes) {
  int fits = 0;
  for (int above = options.batch + 1; above - fits > 1;) {
    options.batch = fits + (above - fits) / 2;
    (plan_memory(model, device, options).total() <= bytes ? fits : above) = options.batch;
  }
  return fits;
}

std::string describe(const MemoryPlan& p) {
  return fmt::format(
      "  weights {}, gradients {}, state of the optimizer {}\n"
      "  outputs of the frozen layers that are kept {}\n"
      "  a batch in the frozen layers {}, in the trained layers {}, when testing {}\n"
      "  scratch memory of the kernels {}\n"
      "  in all {}\n",
      gb(p.weights), gb(p.gradients), gb(p.optimizer), gb(p.cache), gb(p.frozen), gb(p.trained), gb(p.testing),
      gb(p.workspace), gb(p.total()));
}

}  // namespace graft
