#include "models/frozen_trunk.h"

#include <algorithm>

#include "models/lower.h"

namespace graft {
namespace {

// [r,s,3,k] -> [r,s,4,k], padded with zeros, for images with a fourth channel.
Tensor with_fourth_channel(const Tensor& filters) {
  const Shape& s = filters.shape();
  const int64_t taps = s[0] * s[1], block = s[2] * s[3];
  const std::vector<float> from = filters.to_host();
  std::vector<float> to(static_cast<size_t>(taps * kBf16ImageChannels * s[3]));
  for (int64_t tap = 0; tap < taps; ++tap)
    std::copy_n(from.begin() + tap * block, block, to.begin() + tap * kBf16ImageChannels * s[3]);
  return Tensor::from_host(filters.device(), {s[0], s[1], kBf16ImageChannels, s[3]}, std::span<const float>(to));
}

template <class T>
auto conv_of(const Node& node, int64_t n) {
  if constexpr (std::is_same_v<T, Bf16>)
    return lower_bf16(node, n);
  else
    return std::get<Conv2d>(lower(node, n).forward);
}

}  // namespace

FrozenTrunk::FrozenTrunk(Device& device, const Model& model, int end)
    : device_(device), model_(model), end_(end), images_end_(0), precision_(device.policy().precision) {
  require(0 <= end && end <= model.trunk_end(), "frozen layers [0, {}) of {}", end, model.trunk_end());
  require(model.graph().is_cut(end), "layers [0, {}) cannot be frozen alone: later layers read more than one value",
          end);
  images_end_ = images_end(model.graph(), end);
  for (int i = 0; i < images_end_; ++i)
    require(layer(i).op == Op::conv2d || layer(i).op == Op::maxpool, "frozen layer {}: there is no plan for {}",
            layer(i).name, name(layer(i).op));
  require(end == 0 || images_end_ > 0, "a frozen trunk without convolutions");
}

Tensor FrozenTrunk::run(const Tensor& images, const Preprocess& preprocess) {
  if (end_ == 0) return prepare(device_, images, preprocess);
  const int64_t n = images.shape()[0];
  const FrozenPlan plan = plan_frozen(model_.graph(), end_, n, device_.backend().info, precision_);
  reserve(plan);
  if (precision_ == Precision::bf16 && rounded_.empty()) round_filters();
  Tensor y = Tensor::empty(device_, out().prepend(n));
  for (int64_t begin = 0; begin < n; begin += plan.deep_batch) {
    const int64_t stop = std::min(begin + plan.deep_batch, n);
    run_batch(images.slice0(begin, stop), preprocess, plan, y.slice0(begin, stop).f32());
  }
  return y;
}

void FrozenTrunk::run_batch(const Tensor& images, const Preprocess& preprocess, const FrozenPlan& plan, float* y) {
  const int64_t n = images.shape()[0];
  const bool averages = images_end_ < end_ && layer(images_end_).op == Op::global_avgpool;
  const float* features = nullptr;
  if (precision_ == Precision::bf16) {
    const Bf16* x = run_images<Bf16>(images, preprocess, plan, nullptr);
    float* const wide = averages ? buffer<float>(x == buffer<Bf16>(0)) : y;
    device_.run(FromBf16{.size = n * model_.input_shape(images_end_).size(), .x = x, .y = wide});
    features = wide;
  } else {
    features = run_images<float>(images, preprocess, plan, averages ? nullptr : y);
  }
  if (!averages) return;
  GlobalAvgPool mean = std::get<GlobalAvgPool>(lower(layer(images_end_), n).forward);
  mean.x = features, mean.y = y;
  device_.run(mean);
}

// Returns the result, which is in `last`, or in a buffer if `last` is null.
template <class T>
T* FrozenTrunk::run_images(const Tensor& images, const Preprocess& preprocess, const FrozenPlan& plan, T* last) {
  const int64_t n = images.shape()[0];
  if (plan.deep_begin == images_end_) {
    prepare(images, preprocess, buffer<T>(0));
    return run_layers<T>(0, images_end_, n, buffer<T>(0), last);
  }
  T* const deep_input = reinterpret_cast<T*>(deep_input_.u8());
  for (int64_t begin = 0; begin < n; begin += plan.shallow_batch) {
    const int64_t stop = std::min(begin + plan.shallow_batch, n);
    prepare(images.slice0(begin, stop), preprocess, buffer<T>(0));
    run_layers<T>(0, plan.deep_begin, stop - begin, buffer<T>(0),
                  deep_input + begin * model_.input_shape(plan.deep_begin).size());
  }
  return run_layers<T>(plan.deep_begin, images_end_, n, deep_input, last);
}

// x: in buffer 0 for the prepared images, else deep_input_.
template <class T>
T* FrozenTrunk::run_layers(int begin, int end, int64_t n, T* x, T* last) {
  const std::vector<PlanStep> steps = steps_of<T>(begin, end, n);
  const BufferPlan buffers = plan_buffers(model_.graph(), steps, begin == 0);
  std::vector<T*> values(static_cast<size_t>(end - begin + 1));  // x and the output of each layer
  values[0] = x;
  for (size_t i = 0; i < steps.size(); ++i) {
    T* const y = i + 1 == steps.size() && last ? last : buffer<T>(buffers.results[i]);
    run_step(steps[i], n, values[size_t(layer(steps[i].layer).inputs[0] - begin + 1)], y);
    values[size_t(steps[i].result - begin + 1)] = y;
  }
  return values.back();
}

template <class T>
void FrozenTrunk::run_step(const PlanStep& step, int64_t n, const T* x, T* y) {
  const Node& node = layer(step.layer);
  if (node.op == Op::conv2d) {
    auto conv = conv_of<T>(node, n);
    conv.x = x, conv.w = filters<T>(step.layer), conv.bias = node.bias().value.f32(), conv.y = y;
    conv.pool = step.result != step.layer;
    device_.run(conv);
  } else if constexpr (std::is_same_v<T, float>) {
    MaxPool pool = std::get<MaxPool>(lower(node, n).forward);
    pool.x = x, pool.y = y;
    device_.run(pool);
  } else {
    fail(Fault::bug, "frozen layer {}: in bf16 a pool must follow a convolution, which includes it", node.name);
  }
}

template <class T>
std::vector<PlanStep> FrozenTrunk::steps_of(int begin, int end, int64_t n) const {
  std::vector<PlanStep> steps;
  for (int i = begin; i < end; i = steps.back().result + 1) steps.push_back({i, i + pools_inside<T>(i, end, n)});
  return steps;
}

// Whether the only reader of the convolution is a pool, and the selected kernel can include it (all bf16 ones can).
template <class T>
bool FrozenTrunk::pools_inside(int conv_layer, int end, int64_t n) const {
  const int next = conv_layer + 1;
  if (layer(conv_layer).op != Op::conv2d || next >= end || layer(next).op != Op::maxpool) return false;
  if (layer(next).inputs[0] != conv_layer || model_.graph().last_reader(conv_layer) != next) return false;
  const auto conv = conv_of<T>(layer(conv_layer), n);
  auto pooled = conv;
  pooled.pool = true;
  return std::is_same_v<T, Bf16> || device_.select(conv).supports(pooled, device_.backend().info);
}

// Asks for one image: its result must not depend on the batch size, so neither does the selection.
template <class T>
std::string FrozenTrunk::kernels_of() const {
  std::string text;
  for (const PlanStep& step : steps_of<T>(0, images_end_, 1)) {
    const Node& node = layer(step.layer);
    if (node.op != Op::conv2d) continue;
    auto conv = conv_of<T>(node, 1);
    conv.pool = step.result != step.layer;
    text += fmt::format("{}{}={}{}", text.empty() ? "" : " ", node.name, device_.select(conv).name,
                        conv.pool ? "+pool" : "");
  }
  return text;
}

std::string FrozenTrunk::kernels() const {
  return precision_ == Precision::bf16 ? kernels_of<Bf16>() : kernels_of<float>();
}

template <>
const float* FrozenTrunk::filters(int i) const {
  return layer(i).kernel().value.f32();
}
template <>
const Bf16* FrozenTrunk::filters(int i) const {
  return rounded_[size_t(i)].bf16();
}

void FrozenTrunk::round_filters() {
  rounded_.resize(static_cast<size_t>(images_end_));
  for (int i = 0; i < images_end_; ++i) {
    const Node& node = layer(i);
    if (node.op != Op::conv2d) continue;
    const Tensor& kernel = node.kernel().value;
    const Tensor from = node.inputs[0] == kGraphInput ? with_fourth_channel(kernel) : kernel;
    Tensor& to = rounded_[size_t(i)] = Tensor::empty(device_, from.shape(), DType::bf16);
    device_.run(ToBf16{.size = from.size(), .x = from.f32(), .y = to.bf16()});
  }
}

void FrozenTrunk::reserve(const FrozenPlan& plan) {
  const auto holds = [](const Tensor& t, int64_t size) { return size == 0 || (t.defined() && t.size() >= size); };
  if (!buffers_.empty() && holds(buffers_[0], plan.buffer_bytes) && holds(deep_input_, plan.deep_input_bytes))
    return;
  release_buffers();
  for (int i = 0; i < plan.buffers; ++i) buffers_.push_back(Tensor::empty(device_, {plan.buffer_bytes}, DType::u8));
  if (plan.deep_input_bytes > 0) deep_input_ = Tensor::empty(device_, {plan.deep_input_bytes}, DType::u8);
}

void FrozenTrunk::release_buffers() {
  // Zeroing returns the pages to the system on the CPU, even if the allocator keeps the block.
  for (const Tensor& b : buffers_) b.zero();
  if (deep_input_.defined()) deep_input_.zero();
  buffers_.clear(), deep_input_ = Tensor();
}

}  // namespace graft
