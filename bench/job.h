// Jobs that run several ops on kernels alone: the trunk and the head. They are the lower bound for the engine's
// time, and are compared with PyTorch.
#pragma once
#include <cmath>

#include "bench/measure.h"
#include "bench/memory.h"
#include "bench/timing.h"
#include "kernels/api/policy.h"

namespace graft::bench {

// Runs ops with the variant that --variant names where it supports them, else with the one that the table chooses.
// While planning nothing runs: only the work and the scratch memory are added up.
class Runner {
 public:
  Runner(const Options& o, const Ceilings& ceilings)
      : backend_(*o.backend),
        policy_{.precision = o.precision.empty() ? Precision::f32 : parse_precision(o.precision)},
        variant_(o.variant),
        ceilings_(ceilings) {
    check_policy(backend_, policy_);
  }

  template <class Args>
  const Variant<Args>& pick(const Args& a) const {
    for (const Variant<Args>& v : table_of(backend_.tables, a).all())
      if (variant_ == v.name && v.supports(a, backend_.info)) return v;
    return select(backend_, policy_, a);
  }
  template <class Args>
  void run(const Args& a) {
    const Variant<Args>& v = pick(a);
    if (planning_) {
      floor_ += utilization({flops(a), bytes(a), v.precision}, 1, ceilings_).floor;
      workspace_bytes_ = std::max(workspace_bytes_, v.workspace(a));
      return;
    }
    Stream stream;
    v.run(a, workspace_, stream);
  }

  // Plans by running f() once; after that, run() launches kernels.
  template <class F>
  void plan(Memory& memory, const F& f) {
    planning_ = true;
    f();
    planning_ = false;
    workspace_ = memory.workspace(workspace_bytes_);
  }
  double floor() const { return floor_; }  // seconds; 0 if not known

 private:
  const Backend& backend_;
  KernelPolicy policy_;
  std::string variant_;
  const Ceilings& ceilings_;
  bool planning_ = false;
  double floor_ = 0;
  size_t workspace_bytes_ = 0;
  void* workspace_ = nullptr;
};

// Job(runner, backend, scale): run() queues it once; probe() returns a number that depends on its whole result.
template <class Job>
void measure_job(const Options& o, const char* what, int batch, const Ceilings& ceilings, Report& report) {
  Runner runner(o, ceilings);
  Job job(runner, *o.backend, {batch, o.small});
  const auto launch = [&](int) { job.run(); };
  seconds_of(*o.backend, 1, launch);  // not counted: page faults, cold caches
  const float before = job.probe();
  const int count = o.seconds > 0 ? launches_for(*o.backend, o.seconds, launch) : 1;
  std::vector<double> ms;
  for (int i = 0; i < o.rounds; ++i) ms.push_back(seconds_of(*o.backend, count, launch) / count * 1e3 / batch);
  if (!std::isfinite(before)) fail(Fault::bug, "{}: the numbers are not finite", what);
  if (job.probe() != before) fail(Fault::bug, "{} gives other bits after many runs", what);
  const double time = median(ms), best = *std::min_element(ms.begin(), ms.end());
  const double of_floor = runner.floor() * 1e3 / batch / time;
  report.text("{:15} batch {:4}: {:9.4f} ms/image (best {:.4f}), {:.1f} images/s{}\n", what, batch, time, best,
              1e3 / time, of_floor > 0 ? fmt::format(", {:.1f}% of the floor", 100 * of_floor) : "");
  nlohmann::ordered_json json{
      {"what", what},      {"batch", batch},       {"precision", o.precision},  {"variant", o.variant},
      {"launches", count}, {"ms_per_image", time}, {"best_ms_per_image", best}, {"images_per_second", 1e3 / time}};
  if (of_floor > 0) json["share_of_floor"] = of_floor;
  report.line(json);
}

}  // namespace graft::bench
