// Tensors beyond 32 bits: shapes that are refused and, if GRAFT_TEST_LARGE is set, kernels on more than 2^31 elements.
// Needs little memory, because Linux maps unwritten pages to one shared page of zeros.
#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>

#include "engine/ops.h"

using namespace graft;

namespace {

constexpr int64_t kTwo31 = int64_t{1} << 31;

template <class F>
Fault fault_of(const F& f, const char* words) {
  try {
    f();
  } catch (const Error& e) {
    CHECK_MESSAGE(std::string(e.what()).find(words) != std::string::npos, std::string(e.what()));
    return e.fault();
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace

TEST_CASE("large tensors: shapes beyond 63 bits, and dimensions beyond an int, are refused") {
  CHECK(Shape{kTwo31, 4, 1024}.size() == kTwo31 * 4096);
  CHECK(fault_of([] { Shape{kTwo31, kTwo31, 4}; }, "2^63") == Fault::bug);
  CHECK(fault_of([] { Shape({1, kTwo31, 4}).with0(kTwo31); }, "2^63") == Fault::bug);
  CHECK(Shape{kTwo31 - 1}.extent(0) == kTwo31 - 1);
  CHECK(fault_of([] { Shape({2, kTwo31}).extent(1); }, "2x2147483648") == Fault::bug);
}

TEST_CASE("large tensors: a tensor that exceeds any memory is refused by every device") {
  for (const Backend* backend : backends()) {
    if (backend->absent_because) continue;
    Device device(*backend);
    CHECK(fault_of([&] { Tensor::empty(device, {1 << 20, 1 << 20}); }, "memory") == Fault::resources);
  }
}

namespace {

// n images of zeros, except the last one, which is noise.
Tensor last_image_noisy(Device& device, const Shape& shape) {
  const Tensor x = Tensor::empty(device, shape);  // fresh pages: zeros
  const int64_t n = shape[0], one = shape.size() / n;
  std::vector<float> noise(static_cast<size_t>(one));
  for (size_t i = 0; i < noise.size(); ++i) noise[i] = float(i * 2654435761u % 1000) / 500 - 1;
  x.slice0(n - 1, n).reshape({one}).copy_from_host(noise);
  return x;
}

}  // namespace

TEST_CASE("large tensors: CPU kernels on more than 2^31 elements") {
  if (!std::getenv("GRAFT_TEST_LARGE")) {
    std::cout << "skipped: kernels on more than 2^31 elements (GRAFT_TEST_LARGE is not set)\n";
    return;
  }
  for (const char* kernel : {"winograd", "direct", "im2col"}) {
    CAPTURE(kernel);
    Device device(cpu_backend(), {.conv2d = kernel});
    Tape tape(Tape::Recording::off);
    const Tensor x = last_image_noisy(device, {33, 1024, 1024, 64}), w = last_image_noisy(device, {3, 3, 64, 4});
    const Tensor b = Tensor::zeros(device, {4});
    Conv2dShape at{.n = 33, .h = 1024, .w = 1024, .c = 64, .k = 4, .r = 3, .s = 3};
    const Tensor y = conv2d(tape, {x}, {w}, {b}, at, true).value;
    at.n = 1;
    const Tensor one = conv2d(tape, {x.slice0(32, 33)}, {w}, {b}, at, true).value;
    CHECK(y.slice0(32, 33).to_host() == one.to_host());
    CHECK(y.slice0(30, 31).to_host() == std::vector<float>(1024 * 1024 * 4));
  }
  Device device(cpu_backend());
  Tape tape(Tape::Recording::off);
  const Tensor x = last_image_noisy(device, {33, 1024, 1024, 64});
  CHECK(maxpool(tape, {x}).value.slice0(32, 33).to_host() == maxpool(tape, {x.slice0(32, 33)}).value.to_host());
  CHECK(global_avgpool(tape, {x}).value.slice0(32, 33).to_host() ==
        global_avgpool(tape, {x.slice0(32, 33)}).value.to_host());
  const Tensor w = last_image_noisy(device, {32769, 65536}),
               ones = Tensor::from_host(device, {1, 32769}, std::vector<float>(32769, 1.0f));
  const Tensor sums = linear(tape, {ones}, {w}, {Tensor::zeros(device, {65536})}, false).value;
  CHECK(sums.to_host() == w.slice0(32768, 32769).to_host());
}
