#include "bench/report.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>

#include "bench_commit.h"

namespace graft::bench {
namespace {

std::string now() {
  char text[32];
  const std::time_t t = std::time(nullptr);
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&t));
  return text;
}

std::string percent(double share) { return share > 0 ? fmt::format("{:.1f}", 100 * share) : "-"; }

std::string rate(const Ceiling& c, double unit, const char* name) {
  return c.rate > 0 ? fmt::format("{:.4g} {} ({})", c.rate / unit, name, c.source) : "not known";
}

}  // namespace

Ceilings read_ceilings(const std::string& file, const Backend& backend) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || json.value("what", "") != "ceilings" || json.value("device", "") != backend.info.name)
      continue;
    const auto ceiling = [&json](const std::string& rate, const std::string& source) {
      return Ceiling{json.value(rate, 0.0) * 1e9, json.value(source, "")};
    };
    Ceilings c;
    c.copy = ceiling("copy_gbps", "copy_source");
    for (Precision p : {Precision::f32, Precision::tf32, Precision::bf16})
      c.of(p) = ceiling(std::string(name(p)) + "_gflops", std::string(name(p)) + "_source");
    return c;
  }
  fail(Fault::usage, "--ceilings {}: no line with the ceilings of {}; write it with graft_bench ceilings --json {}",
       file, backend.info.name, file);
}

Report::Report(const Options& options) : options_(options) {
  if (options.json.empty()) return;
  json_.reset(options.json == "-" ? stdout : std::fopen(options.json.c_str(), "a"));
  if (!json_)
    fail(Fault::usage, "cannot write {}: {}; name another file with --json", options.json, strerror(errno));
}

void Report::line(nlohmann::ordered_json fields) {
  if (!json_) return;
  fields["threads"] = options_.backend->info.threads;
  fields["device"] = options_.backend->info.name;
  fields["backend"] = options_.backend->name;
  fields["commit"] = kCommit;
  fields["command"] = options_.command;
  fields["time"] = now();
  fmt::print(json_.get(), "{}\n", fields.dump());
  std::fflush(json_.get());
}

void Report::ceilings(const Ceilings& c) {
  text("{}, commit {}\ncopy     {}\n", options_.backend->info.name, kCommit, rate(c.copy, 1e9, "GB/s"));
  nlohmann::ordered_json json{
      {"what", "ceilings"}, {"copy_gbps", c.copy.rate / 1e9}, {"copy_source", c.copy.source}};
  for (Precision p : {Precision::f32, Precision::tf32, Precision::bf16}) {
    if (c.of(p).rate == 0) continue;
    text("{:<8} {}\n", name(p), rate(c.of(p), 1e9, "GFLOP/s"));
    json[std::string(name(p)) + "_gflops"] = c.of(p).rate / 1e9;
    json[std::string(name(p)) + "_source"] = c.of(p).source;
  }
  line(json);
}

void Report::heading(int batch) {
  text("\nbatch {}; compute, copy and floor: percent of the ceilings above; vendor: the vendor's time over ours\n",
       batch);
  text("{:20}{:12}{:8}{:20}{:>10}{:>10}{:>10}{:>8}{:>9}{:>7}{:>7}{:>8}  checked against\n", "op", "variant",
       "arith", "case", "median ms", "best ms", "GFLOP/s", "GB/s", "compute", "copy", "floor", "vendor");
}

void Report::skipped(const std::string& op, const std::string& variant, const std::string& case_name, int batch,
                     const std::string& why) {
  text("{:20}{:20}{:20}left out: {}\n", op, variant, case_name, why);
  line({{"what", "left out"},
        {"op", op},
        {"variant", variant},
        {"case", case_name},
        {"batch", batch},
        {"why", why}});
}

void Report::results(const std::vector<Result>& results, const Ceilings& ceilings) {
  for (const Result& r : results) {
    double vendor = 0;  // the fastest of the same precision
    for (const Result& v : results)
      if (v.vendor && v.work.precision == r.work.precision && !v.seconds.empty() && v.problem.empty())
        vendor = vendor > 0 ? std::min(vendor, median(v.seconds)) : median(v.seconds);
    result(r, ceilings, vendor);
  }
}

void Report::result(const Result& r, const Ceilings& ceilings, double vendor) {
  nlohmann::ordered_json json{{"what", "kernel"},       {"op", r.op},
                              {"variant", r.variant},   {"precision", name(r.work.precision)},
                              {"case", r.case_name},    {"batch", r.batch},
                              {"checked", r.checked},   {"vendor", r.vendor},
                              {"launches", r.launches}, {"buffers", r.buffers},
                              {"flops", r.work.flops},  {"bytes", r.work.bytes}};
  if (!r.problem.empty() || r.seconds.empty()) {
    text("{:20}{:12}{:8}{:20}WRONG: {}\n", r.op, r.variant, name(r.work.precision), r.case_name, r.problem);
    json["problem"] = r.problem;
    return line(json);
  }
  const double time = median(r.seconds), best = *std::min_element(r.seconds.begin(), r.seconds.end());
  const Utilization w = utilization(r.work, time, ceilings);
  text("{:20}{:12}{:8}{:20}{:10.4f}{:10.4f}{:10.1f}{:8.1f}{:>9}{:>7}{:>7}{:>8}  {}\n", r.op, r.variant,
       name(r.work.precision), r.case_name, time * 1e3, best * 1e3, r.work.flops / time / 1e9,
       r.work.bytes / time / 1e9, percent(w.compute), percent(w.memory), percent(w.of_floor),
       vendor > 0 ? fmt::format("{:.2f}", vendor / time) : "-", r.checked);
  json["ms"] = time * 1e3, json["best_ms"] = best * 1e3;
  for (double s : r.seconds) json["all_ms"].push_back(s * 1e3);
  json["gflops"] = r.work.flops / time / 1e9, json["gbps"] = r.work.bytes / time / 1e9;
  if (w.compute > 0) json["share_of_product"] = w.compute;
  if (w.memory > 0) json["share_of_copy"] = w.memory;
  if (w.floor > 0) json["share_of_floor"] = w.of_floor, json["floor_ms"] = w.floor * 1e3;
  if (w.floor > 0) json["bound"] = w.by_memory ? "memory" : "compute";
  if (vendor > 0) json["vendor_ratio"] = vendor / time;
  line(json);
}

}  // namespace graft::bench
