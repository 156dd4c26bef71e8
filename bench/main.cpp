// graft_bench: the variant tables and the trunk, measured. See --help.
#include <CLI/CLI.hpp>

#include "bench/report.h"

using namespace graft;
using namespace graft::bench;

namespace {

void measure(Options& options, const std::string& what) {
  options.backend = &find_backend(options.device);
  if (options.threads) options.backend->set_threads(options.threads);
  if (what.empty()) return measure_kernels(options);
  if (what != "training") measure_trunk(options, false);
  if (what != "forward") measure_trunk(options, true);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 0; i < argc; ++i) options.command += (i ? " " : "") + std::string(argv[i]);
  CLI::App app("Measures kernels on VGG16's sizes: milliseconds, GFLOP/s and GB/s of every variant.");
  app.add_option("--device", options.device, "auto, cpu, ...");
  app.add_option("--op", options.op, "only this op (conv2d, gemm, ...)");
  app.add_option("--variant", options.variant, "only variants of this name");
  app.add_option("--case", options.filter, "only cases whose name contains this (block3, fc1, ...)");
  app.add_option("--batch", options.batch, "images")->capture_default_str()->check(CLI::Range(1, 4096));
  app.add_option("--threads", options.threads, "default: all cores")->check(CLI::Range(1, 1024));
  app.add_option("--rounds", options.rounds, "repetitions; the median and the best are shown")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds, "least time of a repetition")->capture_default_str();
  app.add_flag("--json", options.json, "one JSON object a line");
  CLI::App* trunk = app.add_subcommand("trunk", "VGG16's 13 convolutions and 5 pools")->fallthrough();
  std::string what = "both";
  trunk->add_option("what", what, "forward, training or both")
      ->capture_default_str()
      ->check(CLI::IsMember({"forward", "training", "both"}));
  CLI11_PARSE(app, argc, argv);
  try {
    measure(options, trunk->parsed() ? what : "");
  } catch (const Error& e) {
    fmt::print(stderr, "graft_bench: {}\n", e.what());
    return static_cast<int>(e.fault());
  }
}
