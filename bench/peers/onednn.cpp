// oneDNN as the yardstick of the CPU kernels: VGG16's convolutions, in the layouts that it prefers (no reordering
// is timed), and matrix products. Reads jobs from standard input, one per line, and answers each with a line of
// JSON:
//   MODE LAYER BATCH ALGORITHM    MODE forward (with bias and ReLU), grad_input or grad_weight (with the gradient
//                                 of the bias); ALGORITHM winograd or direct
//   gemm M N K TA TB              TA, TB: 1 where an operand is transposed
// Started by compare_onednn.py.
#include <omp.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <sstream>

#include "bench/peers/peer.h"
#include "kernels/testing/vgg_shapes.h"

namespace {

using graft::bench::Buffer;
using graft::test::ConvLayer;
using nlohmann::json;
using Dims = dnnl::memory::dims;
using Tag = dnnl::memory::format_tag;

struct Job {
  std::string mode;
  int batch;
  dnnl::algorithm algorithm;
};

dnnl::memory::desc any(const Dims& dims) { return {dims, dnnl::memory::data_type::f32, Tag::any}; }

double time_gemm(std::istream& sizes) {
  return graft::bench::time_gemm(
      sizes, [](int64_t m, int64_t n, int64_t k, bool ta, bool tb, const float* a, const float* b, float* c) {
        const auto status =
            dnnl::sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1, a, ta ? m : k, b, tb ? k : n, 0, c, n);
        if (status != dnnl::status::success) throw std::runtime_error("sgemm failed");
      });
}

// The operands of a primitive: arguments by role, in the layouts that it chose.
using Operands = std::vector<std::pair<int, dnnl::memory::desc>>;

// All sets share a scratchpad, as Graft's do.
double time_primitive(const dnnl::primitive& primitive, const Operands& operands,
                      const dnnl::memory::desc& scratchpad, const dnnl::engine& engine) {
  std::vector<Buffer> buffers;
  const auto memory = [&](const dnnl::memory::desc& desc) {
    buffers.emplace_back(desc.get_size());
    return dnnl::memory(desc, engine, buffers.back().data());
  };
  const dnnl::memory scratch = memory(scratchpad);
  size_t bytes = 0;
  for (const auto& [role, desc] : operands) bytes += desc.get_size();
  std::vector<std::unordered_map<int, dnnl::memory>> sets(graft::bench::sets_for(bytes));
  for (auto& set : sets) {
    for (const auto& [role, desc] : operands) set.emplace(role, memory(desc));
    set.emplace(DNNL_ARG_SCRATCHPAD, scratch);
  }
  dnnl::stream stream(engine);
  return graft::bench::milliseconds(sets.size(),
                                    [&](size_t i) { primitive.execute(stream, sets[i]), stream.wait(); });
}

double time_job(const Job& job, const ConvLayer& l, const dnnl::engine& engine) {
  const Dims x{job.batch, l.c, l.size, l.size}, w{l.k, l.c, 3, 3}, b{l.k}, y{job.batch, l.k, l.size, l.size};
  const Dims stride{1, 1}, pad{1, 1};
  const bool forward = job.mode == "forward";
  dnnl::primitive_attr own_scratchpad, with_relu;
  own_scratchpad.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  with_relu.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops relu;
  relu.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
  with_relu.set_post_ops(relu);
  const dnnl::convolution_forward::primitive_desc hint(
      {forward ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training, job.algorithm, any(x),
       any(w), any(b), any(y), stride, pad, pad},
      forward ? with_relu : own_scratchpad, engine);
  if (forward)
    return time_primitive(dnnl::convolution_forward(hint),
                          {{DNNL_ARG_SRC, hint.src_desc()},
                           {DNNL_ARG_WEIGHTS, hint.weights_desc()},
                           {DNNL_ARG_BIAS, hint.bias_desc()},
                           {DNNL_ARG_DST, hint.dst_desc()}},
                          hint.scratchpad_desc(), engine);
  if (job.mode == "grad_input") {
    const dnnl::convolution_backward_data::primitive_desc desc(
        {job.algorithm, any(x), any(w), any(y), stride, pad, pad}, own_scratchpad, engine, hint);
    return time_primitive(dnnl::convolution_backward_data(desc),
                          {{DNNL_ARG_DIFF_DST, desc.diff_dst_desc()},
                           {DNNL_ARG_WEIGHTS, desc.weights_desc()},
                           {DNNL_ARG_DIFF_SRC, desc.diff_src_desc()}},
                          desc.scratchpad_desc(), engine);
  }
  const dnnl::convolution_backward_weights::primitive_desc desc(
      {job.algorithm, any(x), any(w), any(b), any(y), stride, pad, pad}, own_scratchpad, engine, hint);
  return time_primitive(dnnl::convolution_backward_weights(desc),
                        {{DNNL_ARG_SRC, desc.src_desc()},
                         {DNNL_ARG_DIFF_DST, desc.diff_dst_desc()},
                         {DNNL_ARG_DIFF_WEIGHTS, desc.diff_weights_desc()},
                         {DNNL_ARG_DIFF_BIAS, desc.diff_bias_desc()}},
                        desc.scratchpad_desc(), engine);
}

json answer(const std::string& line, const dnnl::engine& engine) {
  std::istringstream words(line);
  Job job;
  std::string layer, algorithm;
  words >> job.mode;
  if (job.mode == "gemm") return {{"ms", time_gemm(words)}};
  words >> layer >> job.batch >> algorithm;
  job.algorithm =
      algorithm == "winograd" ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
  for (const ConvLayer& l : graft::test::kConvLayers)
    if (layer == l.name) return {{"ms", time_job(job, l, engine)}};
  return {{"error", "no layer " + layer}};
}

}  // namespace

int main() {
  const dnnl_version_t* version = dnnl_version();
  std::cout << json{{"peer", "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) +
                                 "." + std::to_string(version->patch)},
                    {"threads", omp_get_max_threads()}}
            << std::endl;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  for (std::string line; std::getline(std::cin, line);) try {
      std::cout << answer(line, engine) << std::endl;
    } catch (const dnnl::error& e) {
      std::cout << json{{e.status == dnnl_unimplemented ? "unsupported" : "error", e.what()}} << std::endl;
    } catch (const std::exception& e) {
      std::cout << json{{"error", e.what()}} << std::endl;
    }
}
