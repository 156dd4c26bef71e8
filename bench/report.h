// Output of measurements: a human-readable table on stdout, and one JSON object per line with the device, the
// commit and the command.
#pragma once
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/roofline.h"
#include "bench/timing.h"
#include "kernels/api/backend.h"

namespace graft::bench {

struct Options {
  std::string device = "auto", op, variant, filter, precision, json, command, ceilings_file;
  std::vector<int> batches = {8};
  std::vector<std::string> products;  // "bf16=798000", GFLOP/s
  int threads = 0, rounds = 5;
  double seconds = 0.2, within = 0;
  bool small = false, sparse = false, ceilings = true, chosen = false;
  const Backend* backend = nullptr;
};

// One variant on one case.
struct Result {
  std::string op, variant, case_name;
  int batch = 0;
  Work work;
  int launches = 0, buffers = 0;  // launches per repetition; sets of buffers that they cycle through
  std::vector<double> seconds;    // of a launch, per repetition
  std::string checked;            // which variant it was compared with
  std::string problem;            // "" or why the numbers are wrong
  bool vendor = false;            // another library's variant: the yardstick
};

// Reads the ceilings that an earlier run on the same device, with the same number of threads, wrote with --json. Throws
// if there are none.
Ceilings read_ceilings(const std::string& file, const Backend& backend);

class Report {
 public:
  explicit Report(const Options& options);

  void ceilings(const Ceilings& ceilings);
  void heading(int batch);
  void results(const std::vector<Result>& results, const Ceilings& ceilings);  // of one case
  void skipped(const std::string& op, const std::string& variant, const std::string& case_name, int batch,
               const std::string& why);
  // Adds the fields of every line of JSON: device, threads, commit, command, time.
  void line(nlohmann::ordered_json fields);
  template <class... T>
  void text(fmt::format_string<T...> format, T&&... args) {
    if (options_.json == "-") return;
    fmt::print(format, std::forward<T>(args)...);
    std::fflush(stdout);
  }

 private:
  void result(const Result& r, const Ceilings& ceilings, double vendor);
  struct Close {
    void operator()(std::FILE* f) const {
      if (f != stdout) std::fclose(f);
    }
  };
  const Options& options_;
  std::unique_ptr<std::FILE, Close> json_;
};

}  // namespace graft::bench
