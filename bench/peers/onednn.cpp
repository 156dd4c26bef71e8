// oneDNN as the yardstick of the CPU kernels: VGG16's convolutions, in the layouts that it likes best (no
// reordering is timed), and matrix products. Reads jobs from standard input, one a line, and answers each with a
// line of JSON:
//   MODE LAYER BATCH ALGORITHM    MODE forward (with bias and ReLU), grad_input or grad_weight (with the gradient
//   of the
//                                 bias); ALGORITHM winograd or direct
//   gemm M N K TA TB              TA, TB: 1 where an operand is transposed
// Started by compare_onednn.py.
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "bench/vgg_shapes.h"

namespace {

using nlohmann::json;
using Dims = dnnl::memory::dims;
using Tag = dnnl::memory::format_tag;

struct Job {
  std::string mode, layer;
  int batch;
  dnnl::algorithm algorithm;
};

dnnl::memory::desc any(const Dims& dims) { return {dims, dnnl::memory::data_type::f32, Tag::any}; }

// Memory of a primitive, filled with noise: zeros would be no fair load.
dnnl::memory filled(const dnnl::memory::desc& desc, const dnnl::engine& engine) {
  dnnl::memory memory(desc, engine);
  auto* values = static_cast<float*>(memory.get_data_handle());
  uint32_t state = 1;
  for (size_t i = 0; i < desc.get_size() / sizeof(float); ++i) {
    state = state * 1664525u + 1013904223u;
    values[i] = static_cast<float>(state >> 8) * 0x1p-24f;
  }
  return memory;
}

// The median of several calls, after one that is not counted.
template <class F>
double milliseconds(const F& run) {
  const auto now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  run();
  std::vector<double> times;
  for (const double start = now(); times.size() < 3 || now() - start < 0.1;) {
    const double before = now();
    run();
    times.push_back(1e3 * (now() - before));
  }
  std::nth_element(times.begin(), times.begin() + long(times.size() / 2), times.end());
  return times[times.size() / 2];
}

double milliseconds(const dnnl::primitive& primitive, const std::unordered_map<int, dnnl::memory>& arguments,
                    dnnl::stream& stream) {
  return milliseconds([&] { primitive.execute(stream, arguments), stream.wait(); });
}

json time_gemm(std::istream& sizes) {
  int64_t m, n, k;
  bool ta, tb;
  sizes >> m >> n >> k >> ta >> tb;
  const std::vector<float> a(size_t(m * k), 0.5f), b(size_t(k * n), 0.25f);
  std::vector<float> c(size_t(m * n));
  return {{"ms", milliseconds([&] {
             dnnl::sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1, a.data(), ta ? m : k, b.data(), tb ? k : n, 0,
                         c.data(), n);
           })}};
}

double time_job(const Job& job, const graft::bench::ConvLayer& l, const dnnl::engine& engine,
                dnnl::stream& stream) {
  const Dims x{job.batch, l.c, l.size, l.size}, w{l.k, l.c, 3, 3}, b{l.k}, y{job.batch, l.k, l.size, l.size};
  const Dims stride{1, 1}, pad{1, 1};
  const bool forward = job.mode == "forward";
  dnnl::post_ops relu;
  if (forward) relu.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(relu);
  const dnnl::convolution_forward::primitive_desc hint(
      {forward ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training, job.algorithm, any(x),
       any(w), any(b), any(y), stride, pad, pad},
      attributes, engine);
  const auto memory = [&](const dnnl::memory::desc& desc) { return filled(desc, engine); };
  if (forward)
    return milliseconds(dnnl::convolution_forward(hint),
                        {{DNNL_ARG_SRC, memory(hint.src_desc())},
                         {DNNL_ARG_WEIGHTS, memory(hint.weights_desc())},
                         {DNNL_ARG_BIAS, memory(hint.bias_desc())},
                         {DNNL_ARG_DST, memory(hint.dst_desc())}},
                        stream);
  if (job.mode == "grad_input") {
    const dnnl::convolution_backward_data::primitive_desc desc(
        {job.algorithm, any(x), any(w), any(y), stride, pad, pad}, engine, hint);
    return milliseconds(dnnl::convolution_backward_data(desc),
                        {{DNNL_ARG_DIFF_DST, memory(desc.diff_dst_desc())},
                         {DNNL_ARG_WEIGHTS, memory(desc.weights_desc())},
                         {DNNL_ARG_DIFF_SRC, memory(desc.diff_src_desc())}},
                        stream);
  }
  const dnnl::convolution_backward_weights::primitive_desc desc(
      {job.algorithm, any(x), any(w), any(b), any(y), stride, pad, pad}, engine, hint);
  return milliseconds(dnnl::convolution_backward_weights(desc),
                      {{DNNL_ARG_SRC, memory(desc.src_desc())},
                       {DNNL_ARG_DIFF_DST, memory(desc.diff_dst_desc())},
                       {DNNL_ARG_DIFF_WEIGHTS, memory(desc.diff_weights_desc())},
                       {DNNL_ARG_DIFF_BIAS, memory(desc.diff_bias_desc())}},
                      stream);
}

json answer(Job job, const dnnl::engine& engine, dnnl::stream& stream) {
  for (const auto& layer : graft::bench::kConvLayers)
    if (layer.name == job.layer) try {
        return {{"ms", time_job(job, layer, engine, stream)}};
      } catch (const dnnl::error& e) {
        return {{"unsupported", e.what()}};  // three channels, in Winograd's form
      }
  return {{"error", "no layer " + job.layer}};
}

}  // namespace

int main() {
  const dnnl_version_t* version = dnnl_version();
  std::cout << json{{"peer", "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) +
                                 "." + std::to_string(version->patch)},
                    {"threads", omp_get_max_threads()}}
            << std::endl;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  Job job;
  for (std::string algorithm; std::cin >> job.mode;) {
    if (job.mode == "gemm") {
      std::cout << time_gemm(std::cin) << std::endl;
      continue;
    }
    std::cin >> job.layer >> job.batch >> algorithm;
    job.algorithm =
        algorithm == "winograd" ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
    std::cout << answer(job, engine, stream) << std::endl;
  }
}
