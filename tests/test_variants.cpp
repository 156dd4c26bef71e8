// Every variant of every op on every backend against the reference: right numbers, nothing written outside, the
// same bits when run again, for any number of threads and any schedule of the emulator, and all of it again for
// each SIMD target of the CPU.
#include <doctest/doctest.h>
#include <hwy/targets.h>

#include <map>

#include "kernels/reference/reference.h"
#include "tests/cases.h"
#include "tests/compare.h"
#include "tests/emulator.h"

using namespace graft;
using namespace graft::test;

namespace {

struct Result {
  bool supported = true;  // whether a variant takes this memory may depend on its alignment
  std::string problem;
  std::vector<Output> outputs;
};

template <class Args, class Run>
Result run_case(Backend& backend, const Case<Args>& c, uint64_t seed, const Run& run) {
  Buffers buffers(backend, seed);
  Args a = c.args;
  bind(a, c.fill, buffers);
  validate(a);
  Result result;
  result.supported = run(a, buffers);
  if (!result.supported) return result;
  backend.sync();
  result.problem = buffers.fetch();
  result.outputs = buffers.outputs();
  return result;
}

template <class Args>
Result run_reference(const Case<Args>& c, uint64_t seed) {
  return run_case(cpu_backend(), c, seed, [](const Args& a, Buffers&) {
    reference::run(a);
    return true;
  });
}

template <class Args>
Result run_variant(Backend& backend, const Variant<Args>& v, const Case<Args>& c, uint64_t seed) {
  return run_case(backend, c, seed, [&](const Args& a, Buffers& buffers) {
    if (!v.supports(a, backend.info)) return false;
    Stream stream;
    v.run(a, buffers.workspace(v.workspace(a)), stream);
    return true;
  });
}

template <class Args>
std::string difference(const Result& got, const Result& want, Precision precision) {
  if (!got.problem.empty()) return got.problem;
  const double bound = kExact<Args> && precision == Precision::f32 ? 0 : tolerance(precision);
  for (size_t i = 0; i < want.outputs.size(); ++i) {
    const Output &g = got.outputs[i], &w = want.outputs[i];
    if (w.is_whole() && g != w) return fmt::format("output {} (whole numbers) differs", i);
    if (w.is_whole()) continue;
    const Comparison c = compare(g.floats(), w.floats(), bound);
    if (!c.ok()) return fmt::format("output {}: {}", i, c.report());
  }
  return "";
}

// The SIMD targets that a backend has; "" for a backend without any choice.
std::vector<int64_t> targets_of(const Backend& backend) {
  if (std::string_view(backend.name) != "cpu") return {0};
  std::vector<int64_t> all;
  for (int64_t target : {HWY_AVX3, HWY_AVX2, HWY_SCALAR})
    if (hwy::SupportedTargets() & target || target == HWY_SCALAR) all.push_back(target);
  return all;
}

void use_target(int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

struct RestoreMachine {
  Backend& backend;
  int threads = backend.info.threads;
  ~RestoreMachine() {
    use_target(0);
    backend.set_threads(threads);
  }
};

// Runs f(what) under everything that must not change a bit: any number of threads and, in the emulator, any order
// of the blocks and threads of a grid.
template <class F>
void in_any_order(Backend& backend, const F& f) {
  if (std::string_view(backend.name) == "emu") {
    for (const emu::Settings& settings : kSchedules) {
      const WithSettings order(settings);
      f(fmt::format("schedule {}", static_cast<int>(settings.schedule)));
    }
    return;
  }
  for (int threads : {1, 2, 4}) {
    backend.set_threads(threads);
    f(fmt::format("{} threads", threads));
  }
}

// False if the variant does not take the case.
template <class Args>
bool check_variant(Backend& backend, const Variant<Args>& v, const Case<Args>& c, uint64_t seed,
                   const Result& want) {
  const RestoreMachine restore{backend};
  const auto where = [&](std::string_view what) {
    return fmt::format("{} {}/{} [{}] {}", backend.name, Args::kName, v.name, c.name, what);
  };
  for (int64_t target : targets_of(backend)) {
    if (target) use_target(target);
    const Result got = run_variant(backend, v, c, seed);
    if (!got.supported) return false;
    const std::string problem = difference<Args>(got, want, v.precision);
    CHECK_MESSAGE(problem.empty(), where(target ? hwy::TargetName(target) : ""), ": ", problem);
    if (target != targets_of(backend).front()) continue;
    in_any_order(backend, [&](const std::string& order) {
      CHECK_MESSAGE(run_variant(backend, v, c, seed).outputs == got.outputs, where("other bits with " + order));
    });
  }
  return true;
}

// Rows of other libraries: where they are installed, the right numbers on aligned memory; no more is promised.
template <class Args>
void check_library(Backend& backend, const Variant<Args>& v, const Case<Args>& c, uint64_t seed,
                   const Result& want) {
  if (*v.library()) return;
  Buffers buffers(backend, seed, Numbers::as_filled, Offsets::none);
  Args a = c.args;
  bind(a, c.fill, buffers);
  if (!v.supports(a, backend.info)) return;
  Stream stream;
  std::string problem;
  try {
    v.run(a, buffers.workspace(v.workspace(a)), stream);
    Result got;
    got.problem = buffers.fetch();
    got.outputs = buffers.outputs();
    problem = difference<Args>(got, want, v.precision);
  } catch (const Error& e) {
    problem = e.what();  // what another's library refuses must not hide the rows behind it
  }
  CHECK_MESSAGE(problem.empty(),
                fmt::format("{} {}/{} [{}]: {}", backend.name, Args::kName, v.name, c.name, problem));
}

template <class Args>
void check_op(std::map<std::string, int>& ran) {
  uint64_t seed = 0;
  for (const Case<Args>& c : cases<Args>()) {
    const Result want = run_reference(c, ++seed);
    REQUIRE_MESSAGE(want.problem.empty(), fmt::format("reference {} [{}]: {}", Args::kName, c.name, want.problem));
    for (Backend* backend : backends()) {
      if (backend->absent_because) continue;
      for (const Variant<Args>& v : table_of(backend->tables, c.args).all()) {
        if (v.library) {
          check_library(*backend, v, c, seed, want);
          continue;
        }
        int& count = ran[fmt::format("{} {}/{}", backend->name, Args::kName, v.name)];
        if (check_variant(*backend, v, c, seed, want)) ++count;
      }
    }
  }
}

}  // namespace

TEST_CASE("every variant of every op agrees with the reference") {
  std::map<std::string, int> ran;
#define GRAFT_CHECK(Args, op) check_op<Args>(ran);
  GRAFT_OPS(GRAFT_CHECK)
#undef GRAFT_CHECK
  int total = 0;
  for (const auto& [variant, count] : ran) {
    CHECK_MESSAGE(count > 0, variant, " supports none of the cases: it was never tested");
    total += count;
  }
  MESSAGE(ran.size(), " variants, ", total, " runs of a variant on a case");
}

TEST_CASE("every backend has a variant that takes every case") {
  for (Backend* backend : backends()) {
    if (backend->absent_because) continue;
#define GRAFT_CHECK(Args, op)         \
  for (const auto& c : cases<Args>()) \
    CHECK_NOTHROW(table_of(backend->tables, c.args).select(c.args, backend->info));
    GRAFT_OPS(GRAFT_CHECK)
#undef GRAFT_CHECK
  }
}
