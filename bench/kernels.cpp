// Every variant of every op on VGG16's sizes. The variants of a case are timed in turn, in random order, so that a
// device that slows down affects all of them and the ratio to the vendor's variant stays fair.
#include <random>

#include "bench/measure.h"
#include "bench/variant_benchmark.h"

namespace graft::bench {
namespace {

using test::Case;

template <class Args>
bool wanted(const Options& o, const Variant<Args>& v) {
  if (!o.precision.empty() && o.precision != name(v.precision)) return false;
  return o.variant.empty() || o.variant == v.name || v.library;
}

// Returns the result of f(), or why it failed. A failing variant must not stop the others; running out of memory stops
// all.
template <class F>
std::string problem_of(const F& f) {
  try {
    return f();
  } catch (const Error& e) {
    if (e.fault() == Fault::resources) throw;
    return e.what();
  }
}

// The variants to measure: those of the options, except any that takes more than `within` times as long as the
// fastest of its precision. Decided by the faster of two launches, as the first may include loading or selection.
template <class Args>
std::vector<const Variant<Args>*> starters(const Options& o, VariantBenchmark<Args>& benchmark, const Case<Args>& c,
                                           int batch, Report& report) {
  std::vector<const Variant<Args>*> rows;
  for (const Variant<Args>* v : benchmark.rows())
    if (wanted(o, *v)) rows.push_back(v);
  if (o.chosen && !rows.empty()) rows.resize(1);
  if (o.within == 0) return rows;
  const auto once = [&](const Variant<Args>* v) {
    return seconds_of(*o.backend, 1, [&](int i) { benchmark.launch(*v, i); });
  };
  std::map<const Variant<Args>*, double> seconds;
  std::map<Precision, double> best;
  for (const Variant<Args>* v : rows) {
    const std::string problem = problem_of([&] {
      seconds[v] = std::min(once(v), once(v));
      return "";
    });
    if (!problem.empty()) continue;  // check() will report it
    best[v->precision] = std::min(best.try_emplace(v->precision, seconds[v]).first->second, seconds[v]);
  }
  std::erase_if(rows, [&](const Variant<Args>* v) {
    const double times = seconds.contains(v) ? seconds[v] / best[v->precision] : 0;
    if (times <= o.within || v->library) return false;
    report.skipped(Args::kName, v->name, c.name, batch,
                   fmt::format("{:.3g} ms, {:.0f} times the fastest", seconds[v] * 1e3, times));
    return true;
  });
  return rows;
}

// Times the variants with correct results, o.rounds times each.
template <class Args>
void time_rows(const Options& o, VariantBenchmark<Args>& benchmark, const std::vector<const Variant<Args>*>& rows,
               std::vector<Result>& results) {
  std::vector<size_t> order;
  for (size_t i = 0; i < rows.size(); ++i)
    if (results[i].problem.empty()) order.push_back(i);
  const auto launch = [&](size_t i) { return [&benchmark, v = rows[i]](int n) { benchmark.launch(*v, n); }; };
  const auto attempt = [&](size_t i, const auto& f) {
    if (results[i].problem.empty()) results[i].problem = problem_of([&] { return f(results[i]), ""; });
  };
  for (size_t i : order)
    attempt(i, [&](Result& r) { r.launches = launches_for(*o.backend, o.seconds, launch(i)); });
  std::mt19937 random(1);
  for (int round = 0; round < o.rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (size_t i : order)
      attempt(i,
              [&](Result& r) { r.seconds.push_back(seconds_of(*o.backend, r.launches, launch(i)) / r.launches); });
  }
}

template <class Args>
std::vector<Result> compete(const Options& o, int batch, const Case<Args>& c, const Case<Args>& small,
                            Report& report) {
  VariantBenchmark<Args> benchmark(*o.backend, c, small, o.sparse);
  const std::vector<const Variant<Args>*> rows = starters(o, benchmark, c, batch, report);
  std::vector<Result> results;
  for (const Variant<Args>* v : rows) {
    results.push_back({.op = Args::kName, .variant = v->name, .case_name = c.name, .batch = batch});
    Result& r = results.back();
    r.work = benchmark.work(*v), r.buffers = benchmark.buffers(), r.vendor = v->library != nullptr;
    r.problem = problem_of([&] { return benchmark.check(*v, r.checked); });
  }
  time_rows(o, benchmark, rows, results);
  for (size_t i = 0; i < rows.size(); ++i)
    if (results[i].problem.empty())
      results[i].problem = problem_of([&] { return benchmark.check_again(*rows[i]); });
  return results;
}

// Whether a name contains the filter "fc1", or equals it: "=fc1".
bool matches(const std::string& name, const std::string& filter) {
  return filter.starts_with('=') ? name == filter.substr(1) : name.find(filter) != name.npos;
}

struct Tally {
  int measured = 0, wrong = 0;
};

template <class Args>
void measure_op(const Options& o, int batch, const Ceilings& ceilings, Report& report, Tally& tally) {
  if (!o.op.empty() && o.op != Args::kName) return;
  const auto all = test::vgg_cases<Args>({batch, o.small}), small = test::vgg_cases<Args>({1, true});
  for (size_t i = 0; i < all.size(); ++i) {
    if (!matches(all[i].name, o.filter)) continue;
    try {
      const std::vector<Result> results = compete(o, batch, all[i], small[i], report);
      report.results(results, ceilings);
      for (const Result& r : results) ++(r.problem.empty() ? tally.measured : tally.wrong);
    } catch (const Error& e) {
      if (e.fault() != Fault::resources) throw;
      report.skipped(Args::kName, "", all[i].name, batch, e.what());
    }
  }
}

}  // namespace

void measure_kernels(const Options& options, const Ceilings& ceilings, Report& report) {
  Tally tally;
  for (int batch : options.batches) {
    report.heading(batch);
#define GRAFT_MEASURE(Args, op) measure_op<Args>(options, batch, ceilings, report, tally);
    GRAFT_OPS(GRAFT_MEASURE)
#undef GRAFT_MEASURE
  }
  if (tally.wrong) fail(Fault::bug, "{} variants gave wrong numbers; see above", tally.wrong);
  if (!tally.measured)
    fail(Fault::usage, "nothing was measured: no op, variant and case of these names, or no memory");
}

}  // namespace graft::bench
