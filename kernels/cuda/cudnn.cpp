// Convolutions and max pooling by cuDNN, NHWC, through its classic interface. It needs filters as [k,r,s,c]: ours
// are transposed into the workspace first (for a gradient, afterwards), included in its time; so is a bias
// gradient, which is our kernel, as frameworks add their own. Only deterministic algorithms; pointers at multiples
// of 16, for its vector accesses.
#include "kernels/cuda/vendor.h"

#if __has_include(<cudnn.h>)
#include <cudnn.h>

#include <algorithm>
#include <array>
#include <map>

#include "kernels/cuda/library.h"
#include "kernels/device/rearrange.h"
#include "kernels/device/table.h"

namespace graft::cuda {
namespace {

// clang-format off
#define GRAFT_CUDNN(X) \
  X(Create) X(SetStream) X(GetErrorString) \
  X(CreateTensorDescriptor) X(SetTensor4dDescriptor) X(CreateFilterDescriptor) X(SetFilter4dDescriptor) \
  X(CreateConvolutionDescriptor) X(SetConvolution2dDescriptor) X(SetConvolutionMathType) \
  X(CreateActivationDescriptor) X(SetActivationDescriptor) X(CreatePoolingDescriptor) X(SetPooling2dDescriptor) \
  X(GetConvolutionForwardAlgorithm_v7) X(GetConvolutionBackwardDataAlgorithm_v7) \
  X(GetConvolutionBackwardFilterAlgorithm_v7) X(ConvolutionForward) X(ConvolutionBiasActivationForward) \
  X(ConvolutionBackwardData) X(ConvolutionBackwardFilter) X(PoolingForward)
// clang-format on

struct Cudnn {
  Library library{"libcudnn.so.9"};
#define GRAFT_DECLARE(name) decltype(&cudnn##name) name = nullptr;
  GRAFT_CUDNN(GRAFT_DECLARE)
#undef GRAFT_DECLARE
  cudnnHandle_t handle = nullptr;

  Cudnn() {
#define GRAFT_FIND(name) library.find(name, "cudnn" #name);
    GRAFT_CUDNN(GRAFT_FIND)
#undef GRAFT_FIND
    if (*library.problem()) return;
    if (const cudnnStatus_t status = Create(&handle); status != CUDNN_STATUS_SUCCESS)
      library.give_up(fmt::format("cudnnCreate: {}", GetErrorString(status)));
  }
  void check(cudnnStatus_t status, const char* what) const {
    if (status != CUDNN_STATUS_SUCCESS) fail(Fault::bug, "cuDNN: {}: {}", what, GetErrorString(status));
  }
  void use(const Stream& stream) const {
    check(SetStream(handle, static_cast<cudaStream_t>(stream.handle)), "cudnnSetStream");
  }
};

Cudnn& cudnn() {
  static Cudnn& one = *new Cudnn;  // at exit the driver may be gone before our destructors run
  return one;
}
const char* problem() { return cudnn().library.problem(); }

constexpr float kOne = 1, kZero = 0;
constexpr auto kLayout = CUDNN_TENSOR_NHWC;
constexpr auto kFloat = CUDNN_DATA_FLOAT;

template <class... Pointer>
bool aligned(const Pointer*... p) {
  return ((reinterpret_cast<uintptr_t>(p) % 16 == 0) && ...);
}

// ---- plans -----------------------------------------------------------------------------------------------------
enum class Pass { forward, grad_input, grad_weight };

// cuDNN's choice for one pass over one shape. Asking takes long, so answers are kept.
struct Plan {
  cudnnTensorDescriptor_t x = nullptr, y = nullptr, bias = nullptr;
  cudnnFilterDescriptor_t w = nullptr;
  cudnnConvolutionDescriptor_t conv = nullptr;
  cudnnActivationDescriptor_t relu = nullptr;
  int algorithm = -1;  // for the pass; -1: cuDNN has none
  size_t bytes = 0;    // of its workspace
};

// The first algorithm in cuDNN's order of expected speed. For TF32
// it also returns the math type; full f32 (FMA) stays as it was set.
template <class Perf, class Ask>
void choose(Plan& plan, cudnnMathType_t math, const Ask& ask) {
  constexpr size_t kMaxBytes = size_t{1} << 30;
  Perf found[8];
  int count = 0;
  if (ask(8, &count, found) != CUDNN_STATUS_SUCCESS) return;
  for (const Perf* f = found; f != found + count; ++f) {
    if (f->status != CUDNN_STATUS_SUCCESS || f->determinism != CUDNN_DETERMINISTIC || f->memory > kMaxBytes)
      continue;
    if (math != CUDNN_FMA_MATH && cudnn().SetConvolutionMathType(plan.conv, f->mathType) != CUDNN_STATUS_SUCCESS)
      continue;
    plan.algorithm = f->algo;
    plan.bytes = f->memory;
    return;
  }
}

Plan make_plan(const Conv2dShape& at, Pass pass, cudnnMathType_t math) {
  const Cudnn& lib = cudnn();
  Plan p;
  const cudnnStatus_t steps[] = {
      lib.CreateTensorDescriptor(&p.x),
      lib.CreateTensorDescriptor(&p.y),
      lib.CreateTensorDescriptor(&p.bias),
      lib.CreateFilterDescriptor(&p.w),
      lib.CreateConvolutionDescriptor(&p.conv),
      lib.CreateActivationDescriptor(&p.relu),
      lib.SetTensor4dDescriptor(p.x, kLayout, kFloat, at.n, at.c, at.h, at.w),
      lib.SetTensor4dDescriptor(p.y, kLayout, kFloat, at.n, at.k, at.p(), at.q()),
      lib.SetTensor4dDescriptor(p.bias, kLayout, kFloat, 1, at.k, 1, 1),
      lib.SetFilter4dDescriptor(p.w, kFloat, kLayout, at.k, at.c, at.r, at.s),
      lib.SetConvolution2dDescriptor(p.conv, at.pad, at.pad, at.stride, at.stride, 1, 1, CUDNN_CROSS_CORRELATION,
                                     kFloat),
      lib.SetConvolutionMathType(p.conv, math),
      lib.SetActivationDescriptor(p.relu, CUDNN_ACTIVATION_RELU, CUDNN_NOT_PROPAGATE_NAN, 0)};
  if (!std::ranges::all_of(steps, [](cudnnStatus_t s) { return s == CUDNN_STATUS_SUCCESS; })) return p;
  if (pass == Pass::forward)
    choose<cudnnConvolutionFwdAlgoPerf_t>(p, math, [&](int most, int* count, auto* found) {
      return lib.GetConvolutionForwardAlgorithm_v7(lib.handle, p.x, p.w, p.conv, p.y, most, count, found);
    });
  if (pass == Pass::grad_input)
    choose<cudnnConvolutionBwdDataAlgoPerf_t>(p, math, [&](int most, int* count, auto* found) {
      return lib.GetConvolutionBackwardDataAlgorithm_v7(lib.handle, p.w, p.y, p.conv, p.x, most, count, found);
    });
  if (pass == Pass::grad_weight)
    choose<cudnnConvolutionBwdFilterAlgoPerf_t>(p, math, [&](int most, int* count, auto* found) {
      return lib.GetConvolutionBackwardFilterAlgorithm_v7(lib.handle, p.x, p.y, p.conv, p.w, most, count, found);
    });
  return p;
}

const Plan& plan_of(const Conv2dShape& at, Pass pass, cudnnMathType_t math) {
  static std::map<std::array<int, 11>, Plan>& plans = *new std::map<std::array<int, 11>, Plan>;
  const std::array<int, 11> key = {at.n, at.h,   at.w,      at.c,      at.k,     at.r,
                                   at.s, at.pad, at.stride, int(pass), int(math)};
  const auto known = plans.find(key);
  return known != plans.end() ? known->second : plans.emplace(key, make_plan(at, pass, math)).first->second;
}

bool has_plan(const Conv2dShape& at, Pass pass, cudnnMathType_t math) {
  return *problem() == '\0' && plan_of(at, pass, math).algorithm >= 0;
}

// ---- workspace: the filters as [k,r,s,c], and the algorithm's own
// ------------------------------------------------
size_t filter_bytes(const Conv2dShape& at) { return (size_t(at.w_size()) * sizeof(float) + 255) / 256 * 256; }
float* filters_of(void* workspace) { return static_cast<float*>(workspace); }
void* rest_of(void* workspace, const Conv2dShape& at) { return static_cast<char*>(workspace) + filter_bytes(at); }
int taps(const Conv2dShape& at) { return at.r * at.s * at.c; }

template <class Args, Pass kPass, cudnnMathType_t kMath>
size_t workspace(const Args& a) {
  return filter_bytes(a.at) + plan_of(a.at, kPass, kMath).bytes;
}

// ---- conv2d ----------------------------------------------------------------------------------------------------
template <cudnnMathType_t kMath>
bool supports_forward(const Conv2d& a, const DeviceInfo&) {
  return !a.pool && aligned(a.x, a.w, a.bias, a.y) && has_plan(a.at, Pass::forward, kMath);
}

template <cudnnMathType_t kMath>
void forward(const Conv2d& a, void* space, Stream& stream) {
  const Cudnn& lib = cudnn();
  const Plan& p = plan_of(a.at, Pass::forward, kMath);
  const auto algorithm = static_cast<cudnnConvolutionFwdAlgo_t>(p.algorithm);
  float* w = filters_of(space);
  lib.use(stream);
  transpose({taps(a.at), a.at.k, a.w, w}, stream);
  if (a.bias && a.relu) {
    lib.check(lib.ConvolutionBiasActivationForward(lib.handle, &kOne, p.x, a.x, p.w, w, p.conv, algorithm,
                                                   rest_of(space, a.at), p.bytes, &kZero, p.y, a.y, p.bias, a.bias,
                                                   p.relu, p.y, a.y),
              "cudnnConvolutionBiasActivationForward");
    return;
  }
  lib.check(lib.ConvolutionForward(lib.handle, &kOne, p.x, a.x, p.w, w, p.conv, algorithm, rest_of(space, a.at),
                                   p.bytes, &kZero, p.y, a.y),
            "cudnnConvolutionForward");
  if (a.bias || a.relu) add_bias({int64_t{a.at.n} * a.at.p() * a.at.q(), a.at.k, a.bias, a.y, a.relu}, stream);
}

// ---- gradients -------------------------------------------------------------------------------------------------
template <cudnnMathType_t kMath>
bool supports_grad_input(const Conv2dGradInput& a, const DeviceInfo&) {
  return aligned(a.dy, a.w, a.dx) && has_plan(a.at, Pass::grad_input, kMath);
}

template <cudnnMathType_t kMath>
void grad_input(const Conv2dGradInput& a, void* space, Stream& stream) {
  const Cudnn& lib = cudnn();
  const Plan& p = plan_of(a.at, Pass::grad_input, kMath);
  float* w = filters_of(space);
  lib.use(stream);
  transpose({taps(a.at), a.at.k, a.w, w}, stream);
  lib.check(lib.ConvolutionBackwardData(lib.handle, &kOne, p.w, w, p.y, a.dy, p.conv,
                                        static_cast<cudnnConvolutionBwdDataAlgo_t>(p.algorithm),
                                        rest_of(space, a.at), p.bytes, &kZero, p.x, a.dx),
            "cudnnConvolutionBackwardData");
}

template <cudnnMathType_t kMath>
bool supports_grad_weight(const Conv2dGradWeight& a, const DeviceInfo&) {
  return aligned(a.dy, a.x, a.dw) && has_plan(a.at, Pass::grad_weight, kMath);
}

BiasGrad bias_of(const Conv2dGradWeight& a) {
  return {a.at.n * a.at.p() * a.at.q(), a.at.k, a.dy, a.db, a.accumulate};
}
const Variant<BiasGrad>& bias_row() {
  static const OpTable<BiasGrad> table = tables().bias_grad;
  return table.all().front();
}

template <cudnnMathType_t kMath>
size_t grad_weight_workspace(const Conv2dGradWeight& a) {
  const size_t bias = a.db ? bias_row().workspace(bias_of(a)) : 0;  // they run in sequence and share the rest
  return filter_bytes(a.at) + std::max(bias, plan_of(a.at, Pass::grad_weight, kMath).bytes);
}

template <cudnnMathType_t kMath>
void grad_weight(const Conv2dGradWeight& a, void* space, Stream& stream) {
  const Cudnn& lib = cudnn();
  const Plan& p = plan_of(a.at, Pass::grad_weight, kMath);
  float* dw = filters_of(space);
  lib.use(stream);
  lib.check(lib.ConvolutionBackwardFilter(lib.handle, &kOne, p.x, a.x, p.y, a.dy, p.conv,
                                          static_cast<cudnnConvolutionBwdFilterAlgo_t>(p.algorithm),
                                          rest_of(space, a.at), p.bytes, &kZero, p.w, dw),
            "cudnnConvolutionBackwardFilter");
  transpose({a.at.k, taps(a.at), dw, a.dw, a.accumulate}, stream);
  if (a.db) bias_row().run(bias_of(a), rest_of(space, a.at), stream);
}

// ---- maxpool ---------------------------------------------------------------------------------------------------
bool supports_maxpool(const MaxPool& a, const DeviceInfo&) {  // it returns no argmax
  return !a.argmax && aligned(a.x, a.y) && *problem() == '\0';
}

void maxpool(const MaxPool& a, void*, Stream& stream) {
  const Cudnn& lib = cudnn();
  static cudnnTensorDescriptor_t x = nullptr, y = nullptr;
  static cudnnPoolingDescriptor_t pool = nullptr;
  if (!pool) {
    lib.check(lib.CreateTensorDescriptor(&x), "cudnnCreateTensorDescriptor");
    lib.check(lib.CreateTensorDescriptor(&y), "cudnnCreateTensorDescriptor");
    lib.check(lib.CreatePoolingDescriptor(&pool), "cudnnCreatePoolingDescriptor");
    lib.check(lib.SetPooling2dDescriptor(pool, CUDNN_POOLING_MAX, CUDNN_PROPAGATE_NAN, 2, 2, 0, 0, 2, 2),
              "cudnnSetPooling2dDescriptor");
  }
  lib.use(stream);
  lib.check(lib.SetTensor4dDescriptor(x, kLayout, kFloat, a.n, a.c, a.h, a.w), "cudnnSetTensor4dDescriptor");
  lib.check(lib.SetTensor4dDescriptor(y, kLayout, kFloat, a.n, a.c, a.h / 2, a.w / 2),
            "cudnnSetTensor4dDescriptor");
  lib.check(lib.PoolingForward(lib.handle, pool, &kOne, x, a.x, &kZero, y, a.y), "cudnnPoolingForward");
}

template <cudnnMathType_t kMath>
void add_convolutions(Tables& t, const char* name, Precision precision) {
  t.conv2d.add(
      {name, precision, supports_forward<kMath>, workspace<Conv2d, Pass::forward, kMath>, forward<kMath>, problem});
  t.conv2d_grad_input.add({name, precision, supports_grad_input<kMath>,
                           workspace<Conv2dGradInput, Pass::grad_input, kMath>, grad_input<kMath>, problem});
  t.conv2d_grad_weight.add(
      {name, precision, supports_grad_weight<kMath>, grad_weight_workspace<kMath>, grad_weight<kMath>, problem});
}

}  // namespace

void add_cudnn(Tables& t) {
  add_convolutions<CUDNN_FMA_MATH>(t, "cudnn", Precision::f32);
  add_convolutions<CUDNN_DEFAULT_MATH>(t, "cudnn_tf32", Precision::tf32);
  t.maxpool.add({"cudnn", Precision::f32, supports_maxpool, no_workspace, maxpool, problem});
}

}  // namespace graft::cuda
#else
namespace graft::cuda {
void add_cudnn(Tables&) {}
}  // namespace graft::cuda
#endif
