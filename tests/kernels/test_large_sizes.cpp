// Sizes beyond 32 bits are an error before any access, and never a truncated grid or index.
#include <doctest/doctest.h>

#include "kernels/api/backend.h"
#include "kernels/device/portable.h"

using namespace graft;

namespace {

template <class F>
void is_refused(const char* word, const F& f) {
  try {
    f();
    FAIL("nothing was thrown");
  } catch (const Error& e) {
    INFO(e.what());
    CHECK(e.fault() == Fault::resources);
    CHECK(std::string(e.what()).find(word) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("large sizes: a grid beyond the limits of a GPU is refused") {
  constexpr int64_t kMax = (int64_t{1} << 31) - 1;
  CHECK(emu::grid_of(kMax, 65535).x == kMax);
  CHECK(emu::grid_of(kMax, 65535).y == 65535);
  is_refused("2147483648x1", [] { emu::grid_of(kMax + 1); });
  is_refused("4294967297x1", [] { emu::grid_of((int64_t{1} << 32) + 1); });
  is_refused("1x65536", [] { emu::grid_of(1, 65536); });
}

TEST_CASE("large sizes: launchers refuse them before they access memory") {
  constexpr int64_t kHuge = int64_t{1} << 42;
  Stream stream;
  const Tables& tables = emu_backend().tables;
  const auto run = [&](const auto& a) {
    for (const auto& v : table_of(tables, a).all()) is_refused("smaller batch", [&] { v.run(a, nullptr, stream); });
  };
  run(Relu{.size = kHuge});
  run(Add{.size = kHuge});
  run(Dropout{.size = kHuge, .rate = 0.5f});
  run(Adam{.size = kHuge, .t = 1});
  run(PrepareImages{.pixels = kHuge});
  run(MaxPool{.n = 1 << 20, .h = 1 << 13, .w = 2, .c = 1});
  run(GlobalAvgPoolGrad{.n = 1 << 16, .h = 1 << 8, .w = 1 << 8, .c = 1});
}

TEST_CASE("large sizes: rows and pixels that a kernel cannot count are refused") {
  float f;
  is_refused("conv2d: 4294967296 rows or pixels", [&] {
    validate(Conv2d{
        .at = {.n = 1 << 16, .h = 256, .w = 256, .c = 1, .k = 1, .r = 3, .s = 3}, .x = &f, .w = &f, .y = &f});
  });
  is_refused("gemm", [&] { validate(Gemm{.m = 2147483647, .n = 1, .k = 1, .a = &f, .b = &f, .c = &f}); });
  is_refused("softmax_loss", [&] { validate(SoftmaxLoss{.rows = 2147483647, .classes = 2, .logits = &f}); });
  CHECK_NOTHROW(validate(Gemm{.m = 2147479551, .n = 1, .k = 1, .a = &f, .b = &f, .c = &f}));
}
