#include <thread>

#include "bench/measure.h"
#include "bench/memory.h"
#include "bench/timing.h"

namespace graft::bench {
namespace {

constexpr int kRepetitions = 5;

// A CPU needs all its threads to saturate memory bandwidth; a device has one queue.
Ceiling copy_rate(const Backend& backend, int64_t bytes, double seconds) {
  Memory memory(backend);
  auto* from = reinterpret_cast<std::byte*>(memory.noise(bytes / 4));
  auto* to = reinterpret_cast<std::byte*>(memory.noise(bytes / 4));
  const int parts = std::string_view(backend.name) == "cuda" ? 1 : backend.info.threads;
  const int64_t part = bytes / parts;
  const auto launch = [&](int) {
    if (parts == 1) return backend.copy(to, from, static_cast<size_t>(bytes));
    std::vector<std::jthread> threads;
    for (int i = 0; i < parts; ++i)
      threads.emplace_back([&, i] { backend.copy(to + i * part, from + i * part, static_cast<size_t>(part)); });
  };
  const int count = launches_for(backend, seconds, launch);
  std::vector<double> times;
  for (int i = 0; i < kRepetitions; ++i) times.push_back(seconds_of(backend, count, launch) / count);
  return {2.0 * static_cast<double>(bytes) / median(times), fmt::format("measured: {} MB", bytes >> 20)};
}

// The variant whose product is the ceiling of its precision.
const Variant<Gemm>* yardstick(const OpTable<Gemm>& table, const Gemm& a, Precision p, const DeviceInfo& device) {
  const Variant<Gemm>* first = nullptr;
  for (const Variant<Gemm>& v : table.all()) {
    if (v.precision != p || !v.supports(a, device)) continue;
    if (v.library) return &v;
    if (!first) first = &v;
  }
  return first;
}

Ceiling product_rate(const Backend& backend, int side, Precision p, double seconds) {
  Gemm a{.m = side, .n = side, .k = side};
  const Variant<Gemm>* v = yardstick(backend.tables.gemm, a, p, backend.info);
  if (!v) return {};
  Memory memory(backend);
  const int64_t size = int64_t{side} * side;
  a.a = memory.noise(size), a.b = memory.noise(size), a.c = memory.output(size);
  void* workspace = memory.workspace(v->workspace(a));
  Stream stream;
  const auto launch = [&](int) { v->run(a, workspace, stream); };
  const int count = launches_for(backend, seconds, launch);
  std::vector<double> times;
  for (int i = 0; i < kRepetitions; ++i) times.push_back(seconds_of(backend, count, launch) / count);
  return {flops(a) / median(times), fmt::format("measured: {}, {} squared", v->name, side)};
}

}  // namespace

Ceilings measure_ceilings(const Options& o) {
  const Backend& backend = *o.backend;
  const bool cuda = std::string_view(backend.name) == "cuda";
  const int64_t bytes = o.small ? 1 << 20 : cuda ? int64_t{1} << 30 : 256 << 20;
  const int side = o.small ? 64 : cuda ? 8192 : 2048;
  Ceilings c;
  for (Precision p : {Precision::f32, Precision::tf32, Precision::bf16})
    c.of(p) = product_rate(backend, side, p, o.seconds);
  c.copy = copy_rate(backend, bytes, o.seconds);
  for (const std::string& given : o.products) take_given(c, given);
  fill_gaps(c, backend.info.name);
  return c;
}

}  // namespace graft::bench
