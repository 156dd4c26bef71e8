// One training step of the default head, Dense(1024, ReLU) and Dense(4), on cached features: forward, loss,
// backward to the weights, Adam over all parameters. An epoch of a head-only run consists of these steps.
#include "bench/job.h"
#include "kernels/testing/vgg_shapes.h"

namespace graft::bench {
namespace {

using namespace test;  // VGG16's shapes

class Head {
 public:
  Head(Runner& runner, const Backend& backend, Sizes scale)
      : runner_(runner),
        memory_(backend),
        backend_(backend),
        n_(scale.batch),
        in_(scale.features(25088)),
        hidden_(scale.features(1024)),
        size_((int64_t{in_} + 1) * hidden_ + (int64_t{hidden_} + 1) * kClasses) {
    x_ = memory_.noise(int64_t{n_} * in_, 0, 1), label_ = memory_.whole(n_, kClasses);
    const float limit = 1 / std::sqrt(static_cast<float>(in_));
    w_ = memory_.noise(size_, -limit, limit), g_ = memory_.empty(size_);
    m_ = memory_.noise(size_, 0, 0), v_ = memory_.noise(size_, 0, 0);
    h_ = memory_.empty(int64_t{n_} * hidden_), dh_ = memory_.empty(int64_t{n_} * hidden_);
    logits_ = memory_.empty(n_ * kClasses), dlogits_ = memory_.empty(n_ * kClasses), loss_ = memory_.empty(n_);
    runner_.plan(memory_, [&] { run(); });
  }

  // The learning rate is zero, so every run does the same work; all weights are still read and written.
  void run() {
    const Parts w = parts(w_), g = parts(g_);
    runner_.run(Gemm{.m = n_, .n = hidden_, .k = in_, .a = x_, .b = w.w1, .bias = w.b1, .c = h_, .relu = true});
    runner_.run(Gemm{.m = n_, .n = kClasses, .k = hidden_, .a = h_, .b = w.w2, .bias = w.b2, .c = logits_});
    runner_.run(SoftmaxLoss{.rows = n_,
                            .classes = kClasses,
                            .logits = logits_,
                            .label = label_,
                            .loss = loss_,
                            .dlogits = dlogits_,
                            .scale = 1.0f / static_cast<float>(n_)});
    runner_.run(Gemm{.m = hidden_, .n = kClasses, .k = n_, .ta = true, .a = h_, .b = dlogits_, .c = g.w2});
    runner_.run(BiasGrad{.rows = n_, .k = kClasses, .dy = dlogits_, .db = g.b2});
    runner_.run(Gemm{.m = n_, .n = hidden_, .k = kClasses, .tb = true, .a = dlogits_, .b = w.w2, .c = dh_});
    runner_.run(ReluGrad{.size = int64_t{n_} * hidden_, .y = h_, .dy = dh_, .dx = dh_});
    runner_.run(Gemm{.m = in_, .n = hidden_, .k = n_, .ta = true, .a = x_, .b = dh_, .c = g.w1});
    runner_.run(BiasGrad{.rows = n_, .k = hidden_, .dy = dh_, .db = g.b1});
    runner_.run(Adam{.size = size_, .w = w_, .m = m_, .v = v_, .g = g_, .lr = 0, .t = 1});
  }
  float probe() const {
    float value = 0;
    backend_.to_host(&value, parts(g_).b1, sizeof(value));
    return value;
  }

 private:
  static constexpr int kClasses = 4;
  struct Parts {
    float *w1, *b1, *w2, *b2;
  };
  Parts parts(float* arena) const {
    float *w2 = arena + int64_t{in_} * hidden_ + hidden_, *b2 = w2 + hidden_ * kClasses;
    return {arena, w2 - hidden_, w2, b2};
  }

  Runner& runner_;
  Memory memory_;
  const Backend& backend_;
  int n_, in_, hidden_;
  int64_t size_;
  float *x_, *w_, *g_, *m_, *v_, *h_, *dh_, *logits_, *dlogits_, *loss_;
  int32_t* label_;
};

}  // namespace

void measure_head(const Options& o, int batch, const Ceilings& ceilings, Report& report) {
  measure_job<Head>(o, "head_training", batch, ceilings, report);
}

}  // namespace graft::bench
