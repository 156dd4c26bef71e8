// Where measurements go: a table for people, or one JSON object a line that says on what and how it was measured.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kernels/api/backend.h"

namespace graft::bench {

struct Options {
  std::string device = "auto", op, variant, filter, command;
  int batch = 8, threads = 0, rounds = 5;
  double seconds = 0.2;
  bool json = false;
  Backend* backend = nullptr;
};

// Of a list that is not empty.
double median(std::vector<double> values);

// Prints `fields` with device, threads, commit and command as one line.
void print_json(const Options& options, nlohmann::ordered_json fields);

void measure_kernels(const Options& options);
void measure_trunk(const Options& options, bool training);

}  // namespace graft::bench
