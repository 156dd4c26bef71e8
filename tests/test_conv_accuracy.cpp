// What rounding costs on the data that VGG's deep layers see: 512 channels after a ReLU, He weights. Cases of the
// other tests are small; sums this long, over channels or over pixels, and transforms that cancel, lose more.
#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "kernels/api/backend.h"
#include "kernels/reference/reference.h"
#include "tests/compare.h"

using namespace graft;
using namespace graft::test;

namespace {

std::vector<float> normal(int64_t size, float scale, uint32_t seed, bool relu) {
  std::mt19937 bits(seed);
  std::normal_distribution<float> draw(0, scale);
  std::vector<float> values(static_cast<size_t>(size));
  for (float& v : values) {
    v = draw(bits);
    if (relu) v = std::max(v, 0.0f);
  }
  return values;
}

// Memory of a backend, freed at the end of a scope.
class Device {
 public:
  Device(Backend& backend, const std::vector<float>& values) : Device(backend, values.size() * sizeof(float)) {
    backend_.from_host(p_, values.data(), values.size() * sizeof(float));
  }
  Device(Backend& backend, size_t bytes) : backend_(backend), p_(backend.alloc(bytes)) {}
  ~Device() { backend_.release(p_); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  float* floats() const { return static_cast<float*>(p_); }

 private:
  Backend& backend_;
  void* p_;
};

// Args has two inputs and an output; make(in1, in2, out) fills it.
template <class Make>
void check_variants(const std::vector<float>& in1, const std::vector<float>& in2, size_t size, const Make& make) {
  std::vector<float> want(size), got(size);
  const auto on_host = make(in1.data(), in2.data(), want.data());
  reference::run(on_host);
  for (Backend* backend : backends()) {
    if (backend->absent_because) continue;
    const Device a(*backend, in1), b(*backend, in2), out(*backend, size * sizeof(float));
    const auto args = make(a.floats(), b.floats(), out.floats());
    for (const auto& v : table_of(backend->tables, args).all()) {
      if (!v.supports(args, backend->info)) continue;
      const Device workspace(*backend, v.workspace(args));
      Stream stream;
      v.run(args, workspace.floats(), stream);
      backend->sync();
      backend->to_host(got.data(), out.floats(), size * sizeof(float));
      const Comparison c = compare(got, want, tolerance(v.precision));
      CHECK_MESSAGE(c.ok(), fmt::format("{} {}/{}: {}", backend->name, args.kName, v.name, c.report()));
      MESSAGE(fmt::format("{} {}/{}: {:.2g}", backend->name, args.kName, v.name, c.error));
    }
  }
}

}  // namespace

TEST_CASE("accuracy: convolutions of 512 channels after a ReLU, and their input gradients") {
  const Conv2dShape at{1, 11, 8, 512, 24, 3, 3};
  const float he = std::sqrt(2.0f / (9 * 512));
  const std::vector<float> x = normal(at.x_size(), 1, 1, true), w = normal(at.w_size(), he, 2, false);
  check_variants(x, w, static_cast<size_t>(at.y_size()), [&](const float* in, const float* filters, float* y) {
    return Conv2d{at, in, filters, nullptr, y};
  });
  const Conv2dShape back{1, 11, 8, 24, 512, 3, 3};
  const std::vector<float> dy = normal(back.y_size(), 1, 3, false), w2 = normal(back.w_size(), he, 4, false);
  check_variants(dy, w2, static_cast<size_t>(back.x_size()), [&](const float* in, const float* filters, float* dx) {
    return Conv2dGradInput{back, in, filters, dx};
  });
}

TEST_CASE("accuracy: gradients of filters, summed over the pixels of a large image") {
  const Conv2dShape at{1, 78, 81, 16, 16, 3, 3};
  const std::vector<float> dy = normal(at.y_size(), 1, 5, false), x = normal(at.x_size(), 1, 6, true);
  check_variants(dy, x, static_cast<size_t>(at.w_size()), [&](const float* gradient, const float* in, float* dw) {
    return Conv2dGradWeight{at, gradient, in, dw};
  });
}
