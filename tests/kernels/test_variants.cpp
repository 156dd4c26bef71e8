// Every variant of every op on every backend against the reference: right numbers, no write outside of the outputs,
// the same bits in a second run, for any number of threads and any schedule of the emulator. All of that for each
// SIMD target of the CPU, and targets must agree with each other as closely as with the reference.
#include <doctest/doctest.h>

#include <map>
#include <optional>

#include "kernels/reference/reference.h"
#include "kernels/testing/cases.h"
#include "kernels/testing/compare.h"
#include "tests/kernels/buffers.h"
#include "tests/kernels/emulator.h"
#include "tests/kernels/targets.h"

using namespace graft;
using namespace graft::test;

namespace {

struct Result {
  bool supported = true;  // may depend on the alignment of the memory
  std::string problem;
  std::vector<Output> outputs;
};

template <class Args, class Run>
Result run_case(const Backend& backend, const Case<Args>& c, uint64_t seed, const Run& run) {
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
Result run_variant(const Backend& backend, const Variant<Args>& v, const Case<Args>& c, uint64_t seed) {
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

// Runs f(what) with all settings that must not change a bit: several numbers of threads (for lower SIMD targets only
// one) and, in the emulator, the reverse order of the blocks and threads of a grid and a shuffled one, another for
// each case. (The order before was forward.)
template <class F>
void in_any_order(const Backend& backend, bool best_target, uint64_t seed, const F& f) {
  if (kFew) return;
  if (std::string_view(backend.name) == "emu") {
    for (const emu::Settings& settings :
         {emu::Settings{emu::Schedule::reverse}, emu::Settings{emu::Schedule::shuffled, seed}}) {
      const WithSettings order(settings);
      f(fmt::format("schedule {}", static_cast<int>(settings.schedule)));
    }
    return;
  }
  for (int threads : best_target ? std::vector{1, 2, 4} : std::vector{3}) {
    backend.set_threads(threads);
    f(fmt::format("{} threads", threads));
  }
}

// Returns why the variant does not support the case; null if it ran.
template <class Args>
const char* check_variant(const Backend& backend, const Variant<Args>& v, const Case<Args>& c, uint64_t seed,
                          const Result& want) {
  if (!runs_on(backend, c)) return "too large for the emulator";
  const RestoreMachine restore{backend};
  const auto where = [&](std::string_view what) {
    return fmt::format("{} {}/{} [{}] {}", backend.name, Args::kName, v.name, c.name, what);
  };
  std::optional<Result> best;  // that of the first target
  for (int64_t target : targets_of(backend)) {
    if (target) use_target(target);
    const std::string name = target_name(target);
    const Result got = run_variant(backend, v, c, seed);
    CHECK_MESSAGE((got.supported || !best), where(name), ": another target supports it");
    if (!got.supported) return "not supported";
    std::string problem = difference<Args>(got, want, v.precision);
    CHECK_MESSAGE(problem.empty(), where(name), ": ", problem);
    in_any_order(backend, !best, seed, [&](const std::string& order) {
      CHECK_MESSAGE(run_variant(backend, v, c, seed).outputs == got.outputs, where(name), ": other bits with ",
                    order);
    });
    if (best) {
      problem = difference<Args>(got, *best, v.precision);
      CHECK_MESSAGE(problem.empty(), where(name), " against the best target: ", problem);
    } else {
      best = got;
    }
  }
  return nullptr;
}

// Variants of other libraries, if installed: right numbers on aligned memory; nothing else is promised.
template <class Args>
const char* check_library(const Backend& backend, const Variant<Args>& v, const Case<Args>& c, uint64_t seed,
                          const Result& want) {
  if (*v.library()) return v.library();
  Buffers buffers(backend, seed, Numbers::as_filled, Offsets::none);
  Args a = c.args;
  bind(a, c.fill, buffers);
  if (!v.supports(a, backend.info)) return "not supported";
  Stream stream;
  std::string problem;
  try {
    v.run(a, buffers.workspace(v.workspace(a)), stream);
    Result got;
    got.problem = buffers.fetch();
    got.outputs = buffers.outputs();
    problem = difference<Args>(got, want, v.precision);
  } catch (const Error& e) {
    problem = e.what();  // an error of a library must not hide the variants after it
  }
  CHECK_MESSAGE(problem.empty(),
                fmt::format("{} {}/{} [{}]: {}", backend.name, Args::kName, v.name, c.name, problem));
  return nullptr;
}

// The results of a variant's cases; those that did not run are counted by reason.
struct Tally {
  bool ours = true;
  int ran = 0;
  std::map<std::string, int> skipped = {};

  std::string line(const std::string& row) const {
    std::string text = fmt::format("{}: {} ran", row, ran);
    for (const auto& [reason, count] : skipped) text += fmt::format(", {} skipped ({})", count, reason);
    return text + "\n";
  }
};

template <class Args>
void check_op(std::map<std::string, Tally>& tallies) {
  uint64_t seed = 0;
  for (const Case<Args>& c : edge_cases<Args>()) {
    const Result want = run_reference(c, ++seed);
    REQUIRE_MESSAGE(want.problem.empty(), fmt::format("reference {} [{}]: {}", Args::kName, c.name, want.problem));
    for (const Backend* backend : backends()) {
      if (backend->absent_because) continue;
      for (const Variant<Args>& v : table_of(backend->tables, c.args).all()) {
        Tally& tally = tallies[fmt::format("{} {}/{}", backend->name, Args::kName, v.name)];
        tally.ours = !v.library;
        const auto check = v.library ? check_library<Args> : check_variant<Args>;
        const char* why_not = check(*backend, v, c, seed, want);
        why_not ? ++tally.skipped[why_not] : ++tally.ran;
      }
    }
  }
}

}  // namespace

TEST_CASE("every variant of every op agrees with the reference") {
  std::map<std::string, Tally> tallies;
#define GRAFT_CHECK(Args, op) check_op<Args>(tallies);
  GRAFT_OPS(GRAFT_CHECK)
#undef GRAFT_CHECK
  int total = 0;
  std::string lines;
  for (const auto& [row, tally] : tallies) {
    CHECK_MESSAGE((tally.ran > 0 || !tally.ours), row, " supports none of the cases: it was never tested");
    total += tally.ran;
    if (!tally.skipped.empty()) lines += "  " + tally.line(row);
  }
  MESSAGE(tallies.size(), " variants, ", total, " runs of a variant on a case; not every case:\n", lines);
}

// The benchmarks' cases at small sizes, run once, as the edge cases cover threads and schedules.
template <class Args>
void check_vgg_cases() {
  uint64_t seed = 0;
  for (const Case<Args>& c : vgg_cases<Args>({2, true})) {
    const Result want = run_reference(c, ++seed);
    for (const Backend* backend : backends()) {
      if (backend->absent_because) continue;
      for (const Variant<Args>& v : table_of(backend->tables, c.args).all()) {
        if (v.library) continue;
        const Result got = run_variant(*backend, v, c, seed);
        const std::string problem = got.supported ? difference<Args>(got, want, v.precision) : "";
        CHECK_MESSAGE(problem.empty(),
                      fmt::format("{} {}/{} [{}]: {}", backend->name, Args::kName, v.name, c.name, problem));
      }
    }
  }
}

TEST_CASE("every variant agrees with the reference on the benchmarks' cases at their small size") {
#define GRAFT_CHECK(Args, op) check_vgg_cases<Args>();
  GRAFT_OPS(GRAFT_CHECK)
#undef GRAFT_CHECK
}

TEST_CASE("every backend has a variant for every case") {
  for (const Backend* backend : backends()) {
    if (backend->absent_because) continue;
#define GRAFT_CHECK(Args, op)              \
  for (const auto& c : edge_cases<Args>()) \
    CHECK_NOTHROW(table_of(backend->tables, c.args).select(c.args, backend->info));
    GRAFT_OPS(GRAFT_CHECK)
#undef GRAFT_CHECK
  }
}
