// VGG16's trunk on kernels alone: 13 convolutions and 5 pools, forward as in frozen layers (pools fused into
// convolutions where the variant can do that), or forward and backward to all weights as in a training step
// (without a gradient of the images). It is the lower bound for the engine's time, and is compared with PyTorch.
#include <cmath>

#include "bench/job.h"
#include "kernels/testing/vgg_shapes.h"

namespace graft::bench {
namespace {

using namespace test;  // VGG16's shapes

Conv2dShape shape(const ConvLayer& l, Sizes s) {
  return {s.batch, s.image(l.size), s.image(l.size), s.channels(l.c), s.channels(l.k), 3, 3};
}
float he(const Conv2dShape& at) { return std::sqrt(6.0f / static_cast<float>(9 * at.c)); }  // preserves the scale

// In f32, or stored in bf16 like the frozen layers of a model, where images have a fourth channel of zeros.
template <class Conv>
class Forward {
 public:
  Forward(Runner& runner, const Backend& backend, Sizes scale)
      : runner_(runner), memory_(backend), backend_(backend) {
    int64_t largest = 0;
    for (const ConvLayer& l : kConvLayers) {
      Conv a{.at = shape(l, scale), .relu = true};
      if (kNarrow && layers_.empty()) a.at.c = 4;
      largest = std::max(largest, a.at.y_size());
      a.w = noise(a.at.w_size(), -he(a.at), he(a.at));
      a.bias = memory_.noise(a.at.k, -0.1f, 0.1f);
      layers_.push_back({a, l.pooled});
    }
    x_ = noise(layers_[0].conv.at.x_size(), 0, 1);
    a_ = empty(largest), b_ = empty(largest);
    runner_.plan(memory_, [&] { run(); });
  }

  void run() {
    const Value* x = x_;
    Value *y = a_, *other = b_;
    for (const Layer& l : layers_) {
      Conv a = l.conv;
      a.x = x, a.y = y;
      Conv fused = a;
      fused.pool = l.pooled;
      // In bf16 every variant pools by itself, as there is no separate pool.
      const bool in_one = kNarrow || std::string_view(runner_.pick(fused).name) == runner_.pick(a).name;
      runner_.run(in_one ? fused : a);
      if constexpr (!kNarrow)
        if (l.pooled && !in_one) {
          std::swap(y, other);
          runner_.run(MaxPool{a.at.n, a.at.h, a.at.w, a.at.k, other, y});
        }
      x = y;
      std::swap(y, other);
    }
    last_ = x;
  }
  float probe() const {
    Value value{};
    backend_.to_host(&value, last_, sizeof(value));
    if constexpr (kNarrow)
      return f32_of(value);
    else
      return value;
  }

 private:
  static constexpr bool kNarrow = std::is_same_v<Conv, Conv2dBf16>;
  using Value = std::conditional_t<kNarrow, Bf16, float>;
  struct Layer {
    Conv conv;
    bool pooled;
  };
  Value* noise(int64_t count, float from, float to) {
    if constexpr (kNarrow)
      return memory_.noise_bf16(count, from, to);
    else
      return memory_.noise(count, from, to);
  }
  Value* empty(int64_t count) {
    if constexpr (kNarrow)
      return memory_.empty_bf16(count);
    else
      return memory_.empty(count);
  }

  Runner& runner_;
  Memory memory_;
  const Backend& backend_;
  std::vector<Layer> layers_;
  Value *x_, *a_, *b_;
  const Value* last_ = nullptr;
};

class Training {
 public:
  Training(Runner& runner, const Backend& backend, Sizes scale)
      : runner_(runner), memory_(backend), backend_(backend) {
    int64_t largest = 0;
    for (const ConvLayer& l : kConvLayers) {
      layers_.push_back(make(shape(l, scale), l.pooled));
      largest = std::max({largest, layers_.back().at.x_size(), layers_.back().at.y_size()});
    }
    x_ = memory_.noise(layers_[0].at.x_size(), 0, 1);
    a_ = memory_.noise(largest), b_ = memory_.noise(largest);
    runner_.plan(memory_, [&] { run(); });
  }

  void run() {
    const float* x = x_;
    for (const Layer& l : layers_) {
      runner_.run(Conv2d{l.at, x, l.w, l.bias, l.y, true});
      if (l.pooled) runner_.run(MaxPool{l.at.n, l.at.h, l.at.w, l.at.k, l.y, l.pool_y, l.argmax});
      x = l.pool_y;
    }
    backward();
  }
  // The gradient of the first layer's filters, which depends on every other layer.
  float probe() const {
    float value = 0;
    backend_.to_host(&value, layers_.front().dw, sizeof(value));
    return value;
  }

 private:
  struct Layer {
    Conv2dShape at;
    bool pooled;
    float *w, *bias, *dw, *db;
    float *y, *pool_y;  // pool_y is y where no pool follows
    uint8_t* argmax;
  };

  Layer make(const Conv2dShape& at, bool pooled) {
    Layer l{at, pooled, memory_.noise(at.w_size(), -he(at), he(at)), memory_.noise(at.k, -0.1f, 0.1f)};
    l.dw = memory_.empty(at.w_size()), l.db = memory_.empty(at.k);
    l.y = l.pool_y = memory_.empty(at.y_size());
    if (pooled) l.pool_y = memory_.empty(at.y_size() / 4);
    if (pooled) l.argmax = memory_.bytes(argmax_bytes(at.y_size() / 4 / at.k, at.k));
    return l;
  }

  void backward() {
    runner_.run(
        Relu{layers_.back().at.y_size() / 4, layers_.back().pool_y, a_});  // in place of the head's gradient
    float *dy = a_, *other = b_;
    for (size_t i = layers_.size(); i-- > 0;) {
      const Layer& l = layers_[i];
      if (l.pooled) {
        runner_.run(MaxPoolGrad{l.at.n, l.at.h, l.at.w, l.at.k, dy, l.argmax, other});
        std::swap(dy, other);
      }
      runner_.run(ReluGrad{l.at.y_size(), l.y, dy, dy});
      runner_.run(Conv2dGradWeight{l.at, dy, i ? layers_[i - 1].pool_y : x_, l.dw, l.db});
      if (i) runner_.run(Conv2dGradInput{l.at, dy, l.w, other}), std::swap(dy, other);
    }
  }

  Runner& runner_;
  Memory memory_;
  const Backend& backend_;
  std::vector<Layer> layers_;
  float *x_, *a_, *b_;
};

}  // namespace

void measure_trunk(const Options& o, bool training, int batch, const Ceilings& ceilings, Report& report) {
  if (training) return measure_job<Training>(o, "trunk_training", batch, ceilings, report);
  if (o.precision == "bf16") return measure_job<Forward<Conv2dBf16>>(o, "trunk_forward", batch, ceilings, report);
  measure_job<Forward<Conv2d>>(o, "trunk_forward", batch, ceilings, report);
}

}  // namespace graft::bench
