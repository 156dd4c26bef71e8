// Every variant of every op on VGG16's sizes. Before the clock starts a variant must agree with another variant, if
// there is one that supports the case, and be finite; afterwards its outputs must be the same bits as before.
#include <benchmark/benchmark.h>

#include <cmath>

#include "bench/cases.h"
#include "bench/report.h"

namespace graft::bench {
namespace {

// What a benchmark is, for the report: its name is "op|variant|case".
std::vector<std::string> split(const std::string& name) {
  std::vector<std::string> parts(1);
  for (char c : name.substr(0, name.find("/")))
    if (c == '|') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  return parts;
}

class Reporter : public benchmark::BenchmarkReporter {
 public:
  explicit Reporter(const Options& options) : options_(options) {}

  bool ReportContext(const Context&) override {
    if (options_.json) return true;
    fmt::print("{}, batch {}\n", options_.backend->info.name, options_.batch);
    fmt::print("{:20}{:10}{:18}{:>11}{:>11}{:>10}{:>9}\n", "op", "variant", "case", "median ms", "best ms",
               "GFLOP/s", "GB/s");
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<double> ms;
    for (const Run& run : runs) {
      if (run.error_occurred)
        failed_ = true, fmt::print(stderr, "{}: {}\n", run.benchmark_name(), run.error_message);
      if (run.error_occurred || run.run_type != Run::RT_Iteration) continue;
      ms.push_back(run.real_accumulated_time / static_cast<double>(run.iterations) * 1e3);
    }
    if (!ms.empty()) print(runs.front(), median(ms), *std::min_element(ms.begin(), ms.end()));
  }

  bool failed() const { return failed_; }

 private:
  void print(const Run& run, double ms, double best) {
    const auto parts = split(run.benchmark_name());
    const double gflops = run.counters.at("flops") / ms * 1e-6, gbps = run.counters.at("bytes") / ms * 1e-6;
    if (options_.json) {
      print_json(options_, {{"what", "kernel"},
                            {"op", parts[0]},
                            {"variant", parts[1]},
                            {"case", parts[2]},
                            {"batch", options_.batch},
                            {"ms", ms},
                            {"best_ms", best},
                            {"gflops", gflops},
                            {"gbps", gbps}});
    } else {
      fmt::print("{:20}{:10}{:18}{:11.3f}{:11.3f}{:10.1f}{:9.1f}\n", parts[0], parts[1], parts[2], ms, best, gflops,
                 gbps);
    }
    std::fflush(stdout);
  }

  const Options& options_;
  bool failed_ = false;
};

double relative_l2(const std::vector<float>& got, const std::vector<float>& want) {
  double error = 0, norm = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    error += (double{got[i]} - want[i]) * (double{got[i]} - want[i]);
    norm += double{want[i]} * want[i];
  }
  return norm > 0 ? std::sqrt(error / norm) : std::sqrt(error);
}

template <class Args>
std::vector<float> run_once(Backend& backend, const Variant<Args>& v, const Args& a, Memory& memory) {
  Stream stream;
  v.run(a, memory.workspace(v.workspace(a)), stream);
  backend.sync();
  return memory.outputs();
}

// "" or what is wrong with the outputs.
template <class Args>
std::string judge(Backend& backend, const Variant<Args>& v, const Args& a, Memory& memory,
                  const std::vector<float>& got) {
  for (float value : got)
    if (!std::isfinite(value)) return "an output is not finite";
  for (const Variant<Args>& other : table_of(backend.tables, a).all()) {
    if (std::string_view(other.name) == v.name || !other.supports(a, backend.info)) continue;
    const double error = relative_l2(got, run_once(backend, other, a, memory));
    const double bound = tolerance(v.precision) + tolerance(other.precision);
    if (!(error <= bound))
      return fmt::format("differs from {} by {:.2g}, more than {:.2g}", other.name, error, bound);
    break;
  }
  return "";
}

template <class Args>
void measure(benchmark::State& state, Backend& backend, const Variant<Args>& v, Args a) {
  Memory memory(backend);
  bind(a, memory);
  validate(a);
  void* workspace = memory.workspace(v.workspace(a));
  std::vector<float> before;
  if (!kInPlace<Args>) {
    before = run_once(backend, v, a, memory);
    if (const std::string problem = judge(backend, v, a, memory, before); !problem.empty())
      return state.SkipWithError(problem.c_str());
  }
  for (auto _ : state) {
    Stream stream;
    v.run(a, workspace, stream);
    backend.sync();
  }
  if (!kInPlace<Args> && memory.outputs() != before) state.SkipWithError("other bits after many runs");
  state.counters["flops"] = flops(a);
  state.counters["bytes"] = bytes(a);
}

template <class Args>
int add_benchmarks(const Options& o) {
  int added = 0;
  if (!o.op.empty() && o.op != Args::kName) return 0;
  for (const Case<Args>& c : cases<Args>(o.batch))
    for (const Variant<Args>& v : table_of(o.backend->tables, c.args).all()) {
      if (!o.variant.empty() && o.variant != v.name) continue;
      if (c.name.find(o.filter) == std::string::npos || !v.supports(c.args, o.backend->info)) continue;
      benchmark::RegisterBenchmark(fmt::format("{}|{}|{}", Args::kName, v.name, c.name).c_str(),
                                   [&o, &v, a = c.args](benchmark::State& s) { measure(s, *o.backend, v, a); })
          ->UseRealTime()
          ->MinTime(o.seconds)
          ->Repetitions(o.rounds);
      ++added;
    }
  return added;
}

}  // namespace

void measure_kernels(const Options& options) {
  int added = 0;
#define GRAFT_ADD(Args, op) added += add_benchmarks<Args>(options);
  GRAFT_OPS(GRAFT_ADD)
#undef GRAFT_ADD
  if (!added) fail(Fault::usage, "nothing to measure: no op, variant and case of these names");
  Reporter reporter(options);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  if (reporter.failed()) fail(Fault::bug, "a kernel gave wrong numbers; see above");
}

}  // namespace graft::bench
