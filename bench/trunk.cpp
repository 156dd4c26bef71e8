// VGG16's trunk from kernels alone: 13 convolutions and 5 pools, forward, or forward and backward to all weights as
// a training step has it (no gradient of the images). The floor under the engine, and what is paired with PyTorch.
#include <chrono>
#include <cmath>

#include "bench/memory.h"
#include "bench/report.h"
#include "bench/vgg_shapes.h"

namespace graft::bench {
namespace {

struct Layer {
  Conv2dShape at;
  bool pooled;
  float *w, *bias, *dw, *db;
  float *y, *pool_y;  // pool_y is y where no pool follows
  uint8_t* argmax;
};

class Trunk {
 public:
  Trunk(Backend& backend, int batch, bool training) : backend_(backend), memory_(backend), training_(training) {
    int64_t most = 0;
    for (const ConvLayer& l : kConvLayers) {
      const Conv2dShape at{batch, l.size, l.size, l.c, l.k, 3, 3};
      most = std::max({most, at.x_size(), at.y_size()});
    }
    x_ = memory_.noise(int64_t{batch} * 224 * 224 * 3, 0, 1);
    a_ = memory_.noise(most), b_ = memory_.noise(most);
    for (const ConvLayer& l : kConvLayers)
      layers_.push_back(make({batch, l.size, l.size, l.c, l.k, 3, 3}, l.pooled));
    workspace_ = memory_.workspace(workspace_bytes());
  }

  void run() {
    forward();
    if (training_) backward();
    backend_.sync();
  }

  // Of the last pool, or of the first layer's filters after training: where everything has passed through.
  float probe() {
    float value = 0;
    backend_.to_host(&value, training_ ? layers_.front().dw : layers_.back().pool_y, sizeof(value));
    return value;
  }

 private:
  Layer make(const Conv2dShape& at, bool pooled) {
    const float scale = std::sqrt(6.0f / static_cast<float>(9 * at.c));  // He: activations keep their size
    Layer l{at, pooled, memory_.noise(at.w_size(), -scale, scale), memory_.noise(at.k, -0.1f, 0.1f)};
    l.y = training_ ? memory_.empty(at.y_size()) : a_;
    l.pool_y = l.y;
    if (pooled) l.pool_y = training_ ? memory_.empty(at.y_size() / 4) : b_;
    if (!pooled && !training_) std::swap(a_, b_);
    if (training_) l.dw = memory_.empty(at.w_size()), l.db = memory_.empty(at.k);
    if (training_ && pooled) l.argmax = memory_.bytes(argmax_bytes(at.y_size() / 4 / at.k, at.k));
    return l;
  }

  template <class Args>
  void run(const Args& a) {
    const Variant<Args>& v = table_of(backend_.tables, a).select(a, backend_.info);
    Stream stream;
    v.run(a, workspace_, stream);
  }
  template <class Args>
  size_t bytes_for(const Args& a) {
    return table_of(backend_.tables, a).select(a, backend_.info).workspace(a);
  }
  size_t workspace_bytes() {
    size_t bytes = 0;
    for (const Layer& l : layers_)
      bytes =
          std::max({bytes, bytes_for(conv(l, x_)), bytes_for(grad_weight(l, x_)), bytes_for(grad_input(l, a_))});
    return bytes;
  }

  Conv2d conv(const Layer& l, const float* x) const { return {l.at, x, l.w, l.bias, l.y, true}; }
  Conv2dGradWeight grad_weight(const Layer& l, const float* x) const { return {l.at, dy_, x, l.dw, l.db}; }
  Conv2dGradInput grad_input(const Layer& l, float* dx) const { return {l.at, dy_, l.w, dx}; }

  void forward() {
    const float* x = x_;
    for (const Layer& l : layers_) {
      run(conv(l, x));
      if (l.pooled) run(MaxPool{l.at.n, l.at.h, l.at.w, l.at.k, l.y, l.pool_y, l.argmax});
      x = l.pool_y;
    }
  }

  void backward() {
    float *dy = a_, *other = b_;  // the gradient that arrives is noise
    for (size_t i = layers_.size(); i-- > 0;) {
      const Layer& l = layers_[i];
      if (l.pooled) {
        run(MaxPoolGrad{l.at.n, l.at.h, l.at.w, l.at.k, dy, l.argmax, other});
        std::swap(dy, other);
      }
      run(ReluGrad{l.at.y_size(), l.y, dy, dy});
      dy_ = dy;
      run(grad_weight(l, i ? layers_[i - 1].pool_y : x_));
      if (i) run(grad_input(l, other)), std::swap(dy, other);
    }
  }

  Backend& backend_;
  Memory memory_;
  bool training_;
  std::vector<Layer> layers_;
  float *x_, *a_, *b_, *dy_ = nullptr;
  void* workspace_ = nullptr;
};

}  // namespace

void measure_trunk(const Options& options, bool training) {
  Trunk trunk(*options.backend, options.batch, training);
  std::vector<double> ms;
  for (int i = -1; i < options.rounds; ++i) {  // the first is not counted: pages, caches
    const auto start = std::chrono::steady_clock::now();
    trunk.run();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    if (i >= 0) ms.push_back(time.count() / options.batch);
  }
  if (!std::isfinite(trunk.probe())) fail(Fault::bug, "the trunk's numbers are not finite");
  const double best = *std::min_element(ms.begin(), ms.end());
  const char* what = training ? "trunk_training" : "trunk_forward";
  if (options.json) {
    print_json(
        options,
        {{"what", what}, {"batch", options.batch}, {"ms_per_image", median(ms)}, {"best_ms_per_image", best}});
  } else {
    fmt::print("{} on {}, batch {}: {:.1f} ms/image (best {:.1f})\n", what, options.backend->info.name,
               options.batch, median(ms), best);
  }
}

}  // namespace graft::bench
