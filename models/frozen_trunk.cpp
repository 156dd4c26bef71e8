#include "models/frozen_trunk.h"

#include <algorithm>

namespace graft {
namespace {

constexpr int kImageChannels = 4;  // of a prepared image in bf16

template <class T>
using ConvOf = std::conditional_t<std::is_same_v<T, Bf16>, Conv2dBf16, Conv2d>;

Shape batch_of(int64_t n, const Shape& one) {
  return one.rank() == 1 ? Shape{n, one[0]} : Shape{n, one[0], one[1], one[2]};
}

// [r,s,3,k] -> [r,s,4,k] with zeros, for images with a fourth channel.
Tensor with_fourth_channel(const Tensor& filters) {
  const Shape& s = filters.shape();
  const int64_t taps = s[0] * s[1], block = s[2] * s[3];
  const std::vector<float> from = filters.to_host();
  std::vector<float> to(static_cast<size_t>(taps * kImageChannels * s[3]));
  for (int64_t tap = 0; tap < taps; ++tap)
    std::copy_n(from.begin() + tap * block, block, to.begin() + tap * kImageChannels * s[3]);
  return Tensor::from_host(filters.device(), {s[0], s[1], kImageChannels, s[3]}, std::span<const float>(to));
}

}  // namespace

FrozenChunks frozen_chunks(const Vgg& model, int end, int64_t n, const DeviceInfo& device) {
  constexpr int64_t kChunks = 8;  // of a group: its activations have to fit the buffers of a chunk
  FrozenChunks c{.largest = int64_t{model.config().image_size} * model.config().image_size * kImageChannels};
  for (int i = 0; i < end; ++i) c.largest = std::max(c.largest, model.layers()[size_t(i)].out.size());
  c.chunk = std::clamp<int64_t>(device.chunk / c.largest, 1, n);
  c.narrow = end;
  int64_t behind = 0;  // the largest activation from layer i on
  for (int i = end - 1; i > 0; --i) {
    behind = std::max(behind, model.layers()[size_t(i)].out.size());
    if (behind * kChunks > c.largest) break;
    if (model.layers()[size_t(i - 1)].kind == LayerKind::pool) c.narrow = i;
  }
  c.group = c.narrow < end ? std::min(n, kChunks * c.chunk) : c.chunk;
  return c;
}

FrozenTrunk::FrozenTrunk(Device& device, const Vgg& model, int end)
    : device_(device),
      model_(model),
      end_(end),
      convs_end_(end),
      bf16_(device.policy().precision == Precision::bf16) {
  require(0 <= end && end <= model.trunk_end(), "frozen layers [0, {}) of {}", end, model.trunk_end());
  if (end == model.trunk_end())
    --convs_end_, average_ = model.layers()[convs_end_].kind == LayerKind::global_avgpool;
}

Tensor FrozenTrunk::run(const Tensor& images, const Preprocess& preprocess) {
  if (end_ == 0) return prepare(device_, images, preprocess);
  const int64_t n = images.shape()[0];
  const FrozenChunks chunks = frozen_chunks(model_, convs_end_, n, device_.backend().info);
  reserve(chunks);
  if (bf16_ && rounded_.empty()) round_filters();
  Tensor y = Tensor::empty(device_, batch_of(n, out()));
  for (int64_t begin = 0; begin < n; begin += chunks.group) {
    const int64_t stop = std::min(begin + chunks.group, n);
    run_group(images.slice0(begin, stop), preprocess, chunks, y.slice0(begin, stop).f32());
  }
  return y;
}

void FrozenTrunk::run_group(const Tensor& images, const Preprocess& preprocess, const FrozenChunks& chunks,
                            float* y) {
  const Shape in = model_.input_shape(convs_end_);
  const int n = int(images.shape()[0]);
  const float* features = nullptr;
  if (bf16_) {
    const Bf16* x = convolve<Bf16>(images, preprocess, chunks, nullptr);
    float* const wide = average_ ? buffer<float>(x == buffer<Bf16>(0)) : y;
    device_.run(FromBf16{.size = n * in.size(), .x = x, .y = wide});
    features = wide;
  } else {
    features = convolve<float>(images, preprocess, chunks, average_ ? nullptr : y);
  }
  if (average_)
    device_.run(GlobalAvgPool{.n = n, .h = int(in[0]), .w = int(in[1]), .c = int(in[2]), .x = features, .y = y});
}

// The result is in `last`, or in a buffer if that is null.
template <class T>
T* FrozenTrunk::convolve(const Tensor& images, const Preprocess& preprocess, const FrozenChunks& chunks, T* last) {
  const int64_t n = images.shape()[0];
  if (chunks.narrow == convs_end_) {
    prepare(images, preprocess, buffer<T>(0));
    return convolve_layers<T>(0, convs_end_, n, buffer<T>(0), last);
  }
  T* const group = reinterpret_cast<T*>(group_.u8());
  for (int64_t begin = 0; begin < n; begin += chunks.chunk) {
    const int64_t stop = std::min(begin + chunks.chunk, n);
    prepare(images.slice0(begin, stop), preprocess, buffer<T>(0));
    convolve_layers<T>(0, chunks.narrow, stop - begin, buffer<T>(0),
                       group + begin * model_.input_shape(chunks.narrow).size());
  }
  return convolve_layers<T>(chunks.narrow, convs_end_, n, group, last);
}

template <class T>
T* FrozenTrunk::convolve_layers(int begin, int end, int64_t images, T* x, T* last) {
  const int n = int(images);
  for (int i = begin, next = begin; i < end; i = next) {
    const Layer& layer = model_.layers()[i];
    const Shape in = model_.input_shape(i);
    const int h = int(in[0]), w = int(in[1]), c = std::is_same_v<T, Bf16> && i == 0 ? kImageChannels : int(in[2]);
    const auto to = [&] { return next == end && last ? last : buffer<T>(x == buffer<T>(0)); };
    next = i + 1;
    if (layer.kind == LayerKind::conv) {
      ConvOf<T> conv{.at = {.n = n, .h = h, .w = w, .c = c, .k = layer.units, .r = 3, .s = 3},
                     .x = x,
                     .w = filters<T>(i),
                     .bias = layer.bias->value.f32(),
                     .y = nullptr,
                     .relu = layer.relu};
      conv.pool = pools_inside(conv, i);
      next += conv.pool;
      x = conv.y = to();
      device_.run(conv);
    } else if constexpr (std::is_same_v<T, float>) {
      MaxPool pool{.n = n, .h = h, .w = w, .c = c, .x = x, .y = to()};
      x = pool.y;
      device_.run(pool);
    }
  }
  return x;
}

// Does a pool follow, and can the kernel that the convolution gets do it? In bf16 each can, as there is no other.
template <class Conv>
bool FrozenTrunk::pools_inside(const Conv& conv, int layer) const {
  if (layer + 1 == convs_end_ || model_.layers()[layer + 1].kind != LayerKind::pool) return false;
  Conv pooled = conv;
  pooled.pool = true;
  return std::is_same_v<Conv, Conv2dBf16> || device_.select(conv).supports(pooled, device_.backend().info);
}

// An image alone is asked for: what a kernel gives for it does not depend on how many there are.
template <class T>
std::string FrozenTrunk::kernels_of() const {
  std::string text;
  for (int i = 0; i < convs_end_; ++i) {
    const Layer& layer = model_.layers()[i];
    if (layer.kind != LayerKind::conv) continue;
    const Shape in = model_.input_shape(i);
    const int c = std::is_same_v<T, Bf16> && i == 0 ? kImageChannels : int(in[2]);
    ConvOf<T> conv{.at = {.n = 1, .h = int(in[0]), .w = int(in[1]), .c = c, .k = layer.units, .r = 3, .s = 3},
                   .x = nullptr,
                   .w = nullptr,
                   .y = nullptr,
                   .relu = layer.relu};
    conv.pool = pools_inside(conv, i);
    text += fmt::format("{}{}={}{}", text.empty() ? "" : " ", layer.name, device_.select(conv).name,
                        conv.pool ? "+pool" : "");
  }
  return text;
}

std::string FrozenTrunk::kernels() const { return bf16_ ? kernels_of<Bf16>() : kernels_of<float>(); }

template <>
const float* FrozenTrunk::filters(int layer) const {
  return model_.layers()[layer].kernel->value.f32();
}
template <>
const Bf16* FrozenTrunk::filters(int layer) const {
  return rounded_[layer].bf16();
}

void FrozenTrunk::round_filters() {
  for (int i = 0; i < convs_end_; ++i) {
    rounded_.emplace_back();
    const Layer& layer = model_.layers()[i];
    if (layer.kind != LayerKind::conv) continue;
    const Tensor from = i == 0 ? with_fourth_channel(layer.kernel->value) : layer.kernel->value;
    rounded_[i] = Tensor::empty(device_, from.shape(), DType::bf16);
    device_.run(ToBf16{.size = from.size(), .x = from.f32(), .y = rounded_[i].bf16()});
  }
}

void FrozenTrunk::reserve(const FrozenChunks& chunks) {
  const int64_t element = bf16_ ? sizeof(Bf16) : sizeof(float);
  // Where a mean over the image follows, what leaves in bf16 is widened in a buffer.
  const int64_t widened = bf16_ ? model_.input_shape(convs_end_).size() * int64_t{sizeof(float)} : 0;
  const int64_t bytes = std::max(chunks.chunk * chunks.largest * element, chunks.group * widened);
  const bool narrow = chunks.narrow < convs_end_;
  const int64_t between = narrow ? chunks.group * model_.input_shape(chunks.narrow).size() * element : 0;
  const auto holds = [](const Tensor& t, int64_t size) { return size == 0 || (t.defined() && t.size() >= size); };
  if (holds(buffers_[0], bytes) && holds(group_, between)) return;
  release_buffers();
  for (Tensor& b : buffers_) b = Tensor::empty(device_, {bytes}, DType::u8);
  if (narrow) group_ = Tensor::empty(device_, {between}, DType::u8);
}

void FrozenTrunk::release_buffers() {
  for (Tensor* b : {&buffers_[0], &buffers_[1], &group_}) {
    if (b->defined()) b->zero();  // on the CPU that gives its pages back, whoever keeps the block
    *b = Tensor();
  }
}

}  // namespace graft
