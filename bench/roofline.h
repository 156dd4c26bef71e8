// The roofline of a machine, and how a measured time compares with it. No kernel runs faster than its floor: the
// time of its arithmetic at the rate of the best matrix product of its precision, or of its minimum traffic at the
// rate of a large copy, whichever is longer. (Winograd does fewer multiplications than are counted and may be
// faster.)
#pragma once
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "kernels/api/table.h"

namespace graft::bench {

struct Ceiling {
  double rate = 0;     // 0: not known
  std::string source;  // "measured: ...", "data sheet: ..."
};

struct Ceilings {
  Ceiling copy;        // bytes/s, read plus written
  Ceiling product[3];  // flop/s, by Precision
  Ceiling& of(Precision p) { return product[static_cast<int>(p)]; }
  const Ceiling& of(Precision p) const { return product[static_cast<int>(p)]; }
};

struct Work {
  double flops = 0, bytes = 0;
  Precision precision = Precision::f32;
};

// Shares of 1, above 0; 0 where the ceiling is not known.
struct Utilization {
  double compute = 0, memory = 0;  // share of the product's and of the copy's rate
  double floor = 0;                // seconds; 0 unless both are known
  double of_floor = 0;
  bool by_memory = false;  // the floor is set by memory traffic
};

inline Utilization utilization(const Work& work, double seconds, const Ceilings& ceilings) {
  const double rate = ceilings.of(work.precision).rate, copy = ceilings.copy.rate;
  const double compute = rate > 0 ? work.flops / rate : 0, memory = copy > 0 ? work.bytes / copy : 0;
  Utilization w{compute / seconds, memory / seconds};
  if (rate > 0 && copy > 0) {
    w.floor = std::max(compute, memory);
    w.of_floor = w.floor / seconds;
    w.by_memory = memory > compute;
  }
  return w;
}

// Dense rates without sparsity and with f32 sums, from data sheets: used only where nothing could be measured.
struct KnownPeak {
  std::string_view name;  // part of the device's name
  double tflops[3];       // f32, tf32, bf16
  double gbps;
};
inline constexpr KnownPeak kKnownPeaks[] = {
    {"H100 80GB HBM3", {66.9, 494.7, 989.4}, 3350},
    {"NVIDIA H200", {66.9, 494.7, 989.4}, 4800},
    {"A100-SXM4-40GB", {19.5, 156, 312}, 1555},
    {"A100-SXM4-80GB", {19.5, 156, 312}, 2039},
    {"RTX 3090", {35.6, 35.6, 71}, 936},
    {"RTX 4090", {82.6, 82.6, 165.2}, 1008},
    {"RTX 5090", {104.8, 104.8, 209.5}, 1792},
};

inline void fill_gaps(Ceilings& ceilings, std::string_view device) {
  for (const KnownPeak& peak : kKnownPeaks) {
    if (device.find(peak.name) == device.npos) continue;
    const std::string source = "data sheet: " + std::string(peak.name);
    if (ceilings.copy.rate == 0) ceilings.copy = {peak.gbps * 1e9, source};
    for (int p = 0; p < 3; ++p)
      if (ceilings.product[p].rate == 0) ceilings.product[p] = {peak.tflops[p] * 1e12, source};
  }
}

// Adds the rate of a product that another program measured on this device, "bf16=798000" in GFLOP/s, used if it is
// faster. Our gemm takes f32 operands, so no variant of it shows what a product of bf16 operands can reach.
inline void take_given(Ceilings& ceilings, const std::string& given) {
  for (Precision p : {Precision::f32, Precision::tf32, Precision::bf16}) {
    const std::string prefix = std::string(name(p)) + "=";
    if (!given.starts_with(prefix)) continue;
    char* end = nullptr;
    const double rate = std::strtod(given.c_str() + prefix.size(), &end) * 1e9;
    if (*end || !(rate > 0)) break;
    if (rate > ceilings.of(p).rate) ceilings.of(p) = {rate, "given"};
    return;
  }
  fail(Fault::usage, "--product {}: wants a precision and GFLOP/s, as in bf16=798000", given);
}

}  // namespace graft::bench
