// The selection of a variant: order, names, precision, and no silent fallback.
#include <doctest/doctest.h>

#include <set>

#include "kernels/api/policy.h"

using namespace graft;

namespace {

bool even_only(const Relu& a, const DeviceInfo&) { return a.size % 2 == 0; }
bool never(const Relu&, const DeviceInfo&) { return false; }
void nothing(const Relu&, void*, Stream&) {}

OpTable<Relu> three_rows() {
  OpTable<Relu> table;
  table.add({"pairs", Precision::f32, even_only, no_workspace, nothing});
  table.add({"plain", Precision::f32, any_size, no_workspace, nothing});
  table.add({"late", Precision::f32, any_size, no_workspace, nothing});
  return table;
}

template <class F>
void check_error(Fault fault, std::initializer_list<const char*> words, const F& f) {
  try {
    f();
    FAIL("nothing was thrown");
  } catch (const Error& e) {
    CHECK(e.fault() == fault);
    for (const char* word : words)
      CHECK_MESSAGE(std::string(e.what()).find(word) != std::string::npos, std::string(e.what()));
  }
}

}  // namespace

TEST_CASE("table: the first variant that supports the sizes is selected") {
  const OpTable<Relu> table = three_rows();
  CHECK(table.select({2}, {}).name == std::string("pairs"));
  CHECK(table.select({3}, {}).name == std::string("plain"));
}

TEST_CASE("table: a variant selected by name is used, and never replaced silently") {
  const OpTable<Relu> table = three_rows();
  CHECK(table.select({2}, {}, "late").name == std::string("late"));
  CHECK(table.select({2}, {}, "pairs").name == std::string("pairs"));
  check_error(Fault::usage, {"relu=pairs", "does not support"}, [&] { table.select({3}, {}, "pairs"); });
}

TEST_CASE("table: an unknown name is a usage error that lists the known ones") {
  const OpTable<Relu> table = three_rows();
  CHECK_NOTHROW(table.require_variant("late"));
  check_error(Fault::usage, {"'fast'", "relu", "pairs, plain, late"}, [&] { table.require_variant("fast"); });
  check_error(Fault::usage, {"''"}, [&] { table.require_variant(""); });
}

TEST_CASE("table: a variant of a missing library is an error if selected by name, else skipped") {
  OpTable<Relu> table;
  table.add({"yardstick", Precision::f32, never, no_workspace, nothing, [] { return "libyard.so: cannot open"; }});
  table.add({"plain", Precision::f32, any_size, no_workspace, nothing});
  CHECK(table.select({2}, {}).name == std::string("plain"));
  check_error(Fault::usage, {"relu=yardstick", "libyard.so: cannot open"},
              [&] { table.select({2}, {}, "yardstick"); });
}

TEST_CASE("table: sizes that no variant supports are an Error (bug)") {
  OpTable<Relu> table;
  check_error(Fault::bug, {"relu", "some device"}, [&] { table.select({1}, {"some device"}); });
  table.add({"never", Precision::f32, never, no_workspace, nothing});
  check_error(Fault::bug, {"relu"}, [&] { table.select({1}, {}); });
}

TEST_CASE("table: the requested precision comes first, then the op's own if no variant matches") {
  OpTable<Relu> table;
  table.add({"plain", Precision::f32, any_size, no_workspace, nothing});
  table.add({"rounded", Precision::tf32, any_size, no_workspace, nothing});
  table.add({"halved pairs", Precision::bf16, even_only, no_workspace, nothing});
  CHECK(table.select({2}, {}).name == std::string("plain"));
  CHECK(table.select({2}, {}, "", Precision::tf32).name == std::string("rounded"));
  CHECK(table.select({2}, {}, "", Precision::bf16).name == std::string("halved pairs"));
  // Never tf32, which was not requested.
  CHECK(table.select({3}, {}, "", Precision::bf16).name == std::string("plain"));
  CHECK(table.select({2}, {}, "rounded", Precision::bf16).name == std::string("rounded"));
}

TEST_CASE("table: requested f32 is never computed in a lower precision") {
  OpTable<Relu> table;
  table.add({"pairs", Precision::f32, even_only, no_workspace, nothing});
  table.add({"rounded", Precision::tf32, any_size, no_workspace, nothing});
  check_error(Fault::bug, {"relu"}, [&] { table.select({3}, {}); });
}

TEST_CASE("table: an op on bf16 storage has bf16 variants for any requested precision") {
  Conv2dBf16 conv{
      .at = {.n = 1, .h = 4, .w = 4, .c = 4, .k = 8, .r = 3, .s = 3}, .x = nullptr, .w = nullptr, .y = nullptr};
  for (const Backend* backend : backends())
    if (!backend->absent_because)
      CHECK(backend->tables.conv2d_bf16.select(conv, backend->info).precision == Precision::bf16);
}

TEST_CASE("policy: a precision without kernels in the backend is refused") {
  const Backend &cpu = cpu_backend(), &emu = emu_backend();
  check_error(Fault::usage, {"cpu", "tf32"}, [&] { check_policy(cpu, {.precision = Precision::tf32}); });
  const KernelPolicy stored{.precision = Precision::bf16};  // as storage
  CHECK_NOTHROW(check_policy(cpu, stored));
  const Gemm product{.m = 64, .n = 64, .k = 64, .a = nullptr, .b = nullptr, .c = nullptr};
  CHECK(select(cpu, stored, product).precision == Precision::f32);
  for (Precision p : {Precision::tf32, Precision::bf16}) {
    const KernelPolicy policy{.precision = p};
    CHECK_NOTHROW(check_policy(emu, policy));
    CHECK(select(emu, policy, product).precision == p);
    CHECK(select(emu, policy, Relu{.size = 8}).precision == Precision::f32);
  }
  CHECK(parse_precision("tf32") == Precision::tf32);
  for (const char* bad : {"", "fp32", "f16", "bf16x3"})
    check_error(Fault::usage, {bad, "f32, tf32, bf16"}, [&] { parse_precision(bad); });
}

TEST_CASE("policy: a kernel is selected by the names of its op and variant, for one policy only") {
  const Gemm product{.m = 64, .n = 64, .k = 64, .a = nullptr, .b = nullptr, .c = nullptr};
  KernelPolicy policy;
  pick_kernel(policy, emu_backend(), "gemm", "naive");
  CHECK(policy.gemm == "naive");
  CHECK(select(emu_backend(), policy, product).name == std::string("naive"));
  CHECK(select(emu_backend(), {}, product).name == std::string("register"));
  check_error(Fault::usage, {"'fast'", "gemm", "register, tiled, naive"},
              [&] { pick_kernel(policy, emu_backend(), "gemm", "fast"); });
  check_error(Fault::usage, {"'convolve'", "gemm, conv2d"},
              [&] { pick_kernel(policy, emu_backend(), "convolve", "x"); });
  CHECK(policy.gemm == "naive");
  check_error(Fault::usage, {"'naive'", "blocked"}, [&] { check_policy(cpu_backend(), policy); });
}

TEST_CASE("policy: a kernel selected for conv2d does not apply to frozen layers in bf16, which is an error") {
  for (const Backend* backend : {&cpu_backend(), &emu_backend()}) {
    KernelPolicy policy{.conv2d = "direct"};
    CHECK_NOTHROW(check_policy(*backend, policy));
    policy.precision = Precision::bf16;
    const char* stored = backend->tables.conv2d_bf16.all().front().name;
    check_error(Fault::usage, {"conv2d=direct", "bf16", "frozen layers run conv2d_bf16"},
                [&] { check_policy(*backend, policy); });
    policy.conv2d_bf16 = stored;
    CHECK_NOTHROW(check_policy(*backend, policy));
  }
}

TEST_CASE("backend: by name, auto, and an error that lists those available") {
  CHECK(find_backend("cpu").name == std::string("cpu"));
  CHECK(find_backend("auto").absent_because == nullptr);
  check_error(Fault::usage, {"'tpu'", "auto", "cpu"}, [] { find_backend("tpu"); });
}

TEST_CASE("backend: every table has variants, with unique names") {
  for (const Backend* backend : backends()) {
    if (backend->absent_because) continue;
    for_each_op(backend->tables, [&](const auto& table) {
      using Args = typename std::decay_t<decltype(table)>::args;
      std::set<std::string> names;
      for (const auto& v : table.all())
        CHECK_MESSAGE(names.insert(v.name).second, fmt::format("{}/{} twice", Args::kName, v.name));
      REQUIRE_MESSAGE(!names.empty(), fmt::format("{} has no kernel for {}", backend->name, Args::kName));
      const auto own = std::is_same_v<Args, Conv2dBf16> ? Precision::bf16 : Precision::f32;
      CHECK_MESSAGE(table.all().front().precision == own, Args::kName);
    });
  }
}
