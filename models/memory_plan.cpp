#include "models/memory_plan.h"

#include <algorithm>

#include "models/frozen_plan.h"
#include "models/lower.h"

namespace graft {
namespace {

int64_t bytes_of(const Shape& s) { return s.size() * int64_t{sizeof(float)}; }

class Planner {
 public:
  Planner(const Model& model, const Device& device, const PlanOptions& options)
      : model_(model), device_(device), batch_(options.batch), first_trained_(model.first_trained_layer()) {}

  // Images as bytes (this batch and the next), outputs (this batch and the last), and buffers.
  int64_t frozen(int end) const {
    const int64_t images = 2 * model_.input_shape(0).size();
    if (end == 0) return batch_ * (images + bytes_of(model_.input_shape(0)));
    return batch_ * (images + 2 * bytes_of(model_.input_shape(end))) + frozen_plan(end).bytes();
  }

  // The tape keeps every output (and the argmax of pools); in the backward pass the gradients of a layer's output
  // and input are added, and the outputs of later layers have been freed.
  int64_t trained() const {
    int64_t kept = bytes_of(model_.input_shape(first_trained_)), largest = kept;
    for (int i = first_trained_; i < model_.depth(); ++i) kept += saved(i);
    for (int i = model_.depth() - 1; i >= first_trained_; --i) {
      const bool view = layer(i).op == Op::flatten;
      largest = std::max(largest, kept + bytes_of(layer(i).out) + (view ? 0 : bytes_of(layer(i).in)));
      kept -= saved(i);
    }
    const int64_t logits = bytes_of(layer(model_.depth() - 1).out);
    return batch_ *
           (largest + 3 * logits + 3 * int64_t{sizeof(float)});  // probabilities, gradients; losses, labels
  }

  int64_t workspace() const {
    int64_t largest = 0;
    for (int i = 0; i < model_.depth(); ++i) largest = std::max(largest, workspace(i));
    return largest;
  }

 private:
  const Node& layer(int i) const { return model_.layers()[size_t(i)]; }

  int64_t saved(int i) const {
    const Shape& out = layer(i).out;
    if (layer(i).op == Op::flatten) return 0;
    return bytes_of(out) + (layer(i).op == Op::maxpool ? argmax_bytes(out.size() / out[2], out[2]) : 0);
  }

  FrozenPlan frozen_plan(int end) const {
    return plan_frozen(model_.graph(), end, batch_, device_.backend().info, Precision::f32);
  }

  int64_t scratch(KernelArgs kernel) const {
    float placeholder = 0;  // requests the bias gradient, which needs workspace too; never read or written
    if (auto* grad = std::get_if<Conv2dGradWeight>(&kernel)) grad->db = &placeholder;
    return std::visit(
        [this]<class Args>(const Args& a) -> int64_t {
          if constexpr (std::is_same_v<Args, std::monostate>)
            return 0;
          else
            return int64_t(device_.select(a).workspace(a));
        },
        kernel);
  }
  int64_t workspace(int i) const {
    // validate() refuses larger batches anyway.
    constexpr int64_t kMaxPixels = int64_t{1} << 30;
    const bool frozen = i < first_trained_;
    const int64_t pixels = layer(i).in.rank() == 3 ? layer(i).in[0] * layer(i).in[1] : 1;
    const Lowered l =
        lower(layer(i), std::min(frozen ? frozen_plan(first_trained_).images(i) : batch_, kMaxPixels / pixels));
    if (frozen) return scratch(l.forward);
    return std::max({scratch(l.forward), i > first_trained_ ? scratch(l.grad_input) : 0, scratch(l.grad_weight),
                     scratch(l.grad_bias)});
  }

  const Model& model_;
  const Device& device_;
  int64_t batch_;
  int first_trained_;
};

std::string gb(int64_t bytes) { return fmt::format("{:.2f} GB", double(bytes) / 1e9); }

}  // namespace

int64_t MemoryPlan::total() const {
  const int64_t turns = cache ? std::max({frozen, trained, testing}) : frozen + std::max(trained, testing);
  return weights + gradients + optimizer + cache + turns + workspace;
}

MemoryPlan plan_memory(const Model& model, const Device& device, const PlanOptions& options) {
  const Planner planner(model, device, options);
  int64_t all = 0, trained = 0;
  for (const Node& l : model.layers()) {
    all += l.parameter_count() * int64_t{sizeof(float)};
    if (l.trained()) trained += l.parameter_count() * int64_t{sizeof(float)};
  }
  return {.weights = all,
          .gradients = trained,
          .optimizer = trained * options.optimizer_copies,
          .cache = options.cached_images * bytes_of(model.input_shape(model.first_trained_layer())),
          .frozen = planner.frozen(model.first_trained_layer()),
          .trained = planner.trained(),
          .testing = planner.frozen(model.trunk_end()),
          .workspace = planner.workspace()};
}

int largest_batch(const Model& model, const Device& device, PlanOptions options, int64_t bytes) {
  int fits = 0;
  for (int above = options.batch + 1; above - fits > 1;) {
    options.batch = fits + (above - fits) / 2;
    (plan_memory(model, device, options).total() <= bytes ? fits : above) = options.batch;
  }
  return fits;
}

std::string describe(const MemoryPlan& p) {
  return fmt::format(
      "  weights {}, gradients {}, optimizer state {}\n"
      "  feature cache {}\n"
      "  a batch in the frozen layers {}, in the trained layers {}, when testing {}\n"
      "  scratch memory of the kernels {}\n"
      "  total {}\n",
      gb(p.weights), gb(p.gradients), gb(p.optimizer), gb(p.cache), gb(p.frozen), gb(p.trained), gb(p.testing),
      gb(p.workspace), gb(p.total()));
}

}  // namespace graft
