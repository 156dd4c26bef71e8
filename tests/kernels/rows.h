// Runs every variant of an op with two inputs and one output on given values: on every backend, and with every SIMD
// target of the CPU. For tests of special values; test_variants.cpp tests the rest.
#pragma once
#include <string>
#include <vector>

#include "tests/kernels/targets.h"

namespace graft::test {

// Floats in the memory of a backend.
class DeviceFloats {
 public:
  DeviceFloats(const Backend& backend, const std::vector<float>& values)
      : DeviceFloats(backend, values.size() * sizeof(float)) {
    backend_.from_host(p_, values.data(), values.size() * sizeof(float));
  }
  DeviceFloats(const Backend& backend, size_t bytes) : backend_(backend), p_(backend.alloc(bytes)) {}
  ~DeviceFloats() { backend_.release(p_); }
  DeviceFloats(const DeviceFloats&) = delete;
  DeviceFloats& operator=(const DeviceFloats&) = delete;
  float* get() const { return static_cast<float*>(p_); }

 private:
  const Backend& backend_;
  void* p_;
};

struct Ran {
  const char *backend, *op, *variant;
  int64_t target;  // 0 for a backend other than cpu
  Precision precision;
  bool ours;  // not another library's
  std::string name() const { return fmt::format("{} {}/{} {}", backend, op, variant, target_name(target)); }
};

// make(in1, in2, out) returns the arguments; f(Ran, values of out) is called for each variant that supports them.
template <class Make, class F>
void for_each_row(const std::vector<float>& in1, const std::vector<float>& in2, size_t out_size, const Make& make,
                  const F& f) {
  std::vector<float> got(out_size);
  for (const Backend* backend : backends()) {
    if (backend->absent_because) continue;
    const DeviceFloats a(*backend, in1), b(*backend, in2), out(*backend, out_size * sizeof(float));
    const auto args = make(a.get(), b.get(), out.get());
    const RestoreMachine restore{*backend};
    for (int64_t target : targets_of(*backend)) {
      if (target) use_target(target);
      for (const auto& v : table_of(backend->tables, args).all()) {
        if (!v.supports(args, backend->info)) continue;
        const DeviceFloats workspace(*backend, v.workspace(args));
        Stream stream;
        v.run(args, workspace.get(), stream);
        backend->sync();
        backend->to_host(got.data(), out.get(), out_size * sizeof(float));
        f(Ran{backend->name, args.kName, v.name, target, v.precision, !v.library}, got);
      }
    }
  }
}

}  // namespace graft::test
