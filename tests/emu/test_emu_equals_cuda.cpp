// The emulator against the GPU, variant by variant, on small whole numbers: every sum is exact in any order and
// precision, so each variant must give the same bits on both. Without a GPU the emulator is compared with the
// reference instead.
#include <doctest/doctest.h>

#include "kernels/reference/reference.h"
#include "kernels/testing/cases.h"
#include "kernels/testing/compare.h"
#include "tests/kernels/buffers.h"
#include "tests/kernels/reference_backend.h"

using namespace graft;
using namespace graft::test;

namespace {

// Ops with a square root, division or power, which are inexact for any inputs.
template <class Args>
constexpr bool kRounds = false;
template <>
inline constexpr bool kRounds<SoftmaxLoss> = true;
template <>
inline constexpr bool kRounds<Adam> = true;
template <>
inline constexpr bool kRounds<Sgd> = true;

const Backend* usable(std::string_view name) {
  for (const Backend* b : backends())
    if (name == b->name && !b->absent_because) return b;
  return nullptr;
}

std::string why_not(std::string_view name) {
  for (const Backend* b : backends())
    if (name == b->name) return b->absent_because;
  return fmt::format("this build has no backend '{}'", name);
}

template <class Args>
const Variant<Args>* row_of(const Backend& backend, const Args& a, std::string_view name) {
  for (const Variant<Args>& v : table_of(backend.tables, a).all())
    if (name == v.name) return &v;
  return nullptr;
}

// Returns nullopt if the variant does not support this memory.
template <class Args>
std::vector<Output> run(const Backend& backend, const Variant<Args>& v, const Case<Args>& c, uint64_t seed,
                        Numbers numbers) {
  Buffers buffers(backend, seed, numbers);
  Args a = c.args;
  bind(a, c.fill, buffers);
  if (!v.supports(a, backend.info)) return {};
  Stream stream;
  v.run(a, buffers.workspace(v.workspace(a)), stream);
  backend.sync();
  const std::string problem = buffers.fetch();
  CHECK_MESSAGE(problem.empty(),
                fmt::format("{} {}/{} [{}]: {}", backend.name, Args::kName, v.name, c.name, problem));
  return buffers.outputs();
}

// Returns "" or the first difference. Zeros are equal regardless of sign.
std::string difference(const std::vector<Output>& got, const std::vector<Output>& want, double bound) {
  for (size_t i = 0; i < want.size(); ++i) {
    if (want[i].is_whole() && got[i] != want[i]) return fmt::format("output {} (whole numbers) differs", i);
    if (want[i].is_whole()) continue;
    const Comparison c = compare(got[i].floats(), want[i].floats(), bound);
    if (!c.ok()) return fmt::format("output {}: {}", i, c.report());
  }
  return "";
}

// Compares every variant of `ours` with the one of the same name in `theirs`, or the reference's only one, on every
// step-th case that it supports. Returns the number of runs.
template <class Args>
int examine(const Backend& ours, const Backend& theirs, bool against_reference, uint64_t step) {
  int runs = 0;
  uint64_t seed = 0;
  for (const Case<Args>& c : edge_cases<Args>()) {
    if (seed++ % step || !runs_on(ours, c) || !runs_on(theirs, c)) continue;
    for (const Variant<Args>& v : table_of(ours.tables, c.args).all()) {
      const Variant<Args>* like = row_of(theirs, c.args, against_reference ? "reference" : v.name);
      if (!like || !v.supports(c.args, ours.info) || !like->supports(c.args, theirs.info)) continue;
      const double bound = kRounds<Args> ? tolerance(v.precision) : 0;
      const std::vector<Output> got = run(ours, v, c, seed, Numbers::whole);
      if (got.empty()) continue;
      const std::string problem = difference(got, run(theirs, *like, c, seed, Numbers::whole), bound);
      CHECK_MESSAGE(problem.empty(), fmt::format("{}/{} [{}], {} against {}: {}", Args::kName, v.name, c.name,
                                                 ours.name, theirs.name, problem));
      ++runs;
    }
  }
  return runs;
}

int examine_all(const Backend& ours, const Backend& theirs, bool against_reference, uint64_t step) {
  int runs = 0;
#define GRAFT_EXAMINE(Args, op) runs += examine<Args>(ours, theirs, against_reference, step);
  GRAFT_OPS(GRAFT_EXAMINE)
#undef GRAFT_EXAMINE
  return runs;
}

// Three cases of each variant: the first, the middle and the last one that it supports.
template <class Args>
void try_some(const Backend& backend) {
  const std::vector<Case<Args>> all = edge_cases<Args>();
  for (const Variant<Args>& v : table_of(backend.tables, Args{}).all()) {
    if (v.library) continue;  // supports() would load it: too much for compute-sanitizer, and not our code
    std::vector<size_t> supported;
    for (size_t i = 0; i < all.size(); ++i)
      if (v.supports(all[i].args, backend.info)) supported.push_back(i);
    if (supported.empty()) continue;
    for (size_t i : {supported.front(), supported[supported.size() / 2], supported.back()}) {
      const Backend& reference = reference_backend();
      const std::vector<Output> got = run(backend, v, all[i], i + 1, Numbers::as_filled);
      if (got.empty()) continue;
      const std::string problem = difference(
          got, run(reference, *row_of(reference, all[i].args, "reference"), all[i], i + 1, Numbers::as_filled),
          tolerance(v.precision));
      CHECK_MESSAGE(problem.empty(), fmt::format("{}/{} [{}]: {}", Args::kName, v.name, all[i].name, problem));
    }
  }
}

}  // namespace

TEST_CASE("whole numbers: every variant of emu equals the reference bitwise") {
  const int runs = examine_all(emu_backend(), reference_backend(), true, 3);  // test_variants.cpp runs all cases
  CHECK(runs > 200);
}

TEST_CASE("whole numbers: every variant of cuda equals emu bitwise") {
  const Backend* cuda = usable("cuda");
  if (!cuda) {
    MESSAGE("skipped: ", why_not("cuda"));
    return;
  }
  const int runs = examine_all(*cuda, emu_backend(), false, 1);
  CHECK(runs > 500);
  MESSAGE(runs, " runs on both");
}

// Few enough for compute-sanitizer, which slows kernels down a hundredfold.
TEST_CASE("cuda: some cases of every variant") {
  const Backend* cuda = usable("cuda");
  if (!cuda) {
    MESSAGE("skipped: ", why_not("cuda"));
    return;
  }
#define GRAFT_TRY(Args, op) try_some<Args>(*cuda);
  GRAFT_OPS(GRAFT_TRY)
#undef GRAFT_TRY
}
