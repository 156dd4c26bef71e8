#include "bench/report.h"

#include <algorithm>
#include <cstdio>

#include "bench_commit.h"

namespace graft::bench {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void print_json(const Options& options, nlohmann::ordered_json fields) {
  fields["threads"] = options.backend->info.threads;
  fields["device"] = options.backend->info.name;
  fields["commit"] = kCommit;
  fields["command"] = options.command;
  fmt::print("{}\n", fields.dump());
  std::fflush(stdout);
}

}  // namespace graft::bench
