// graft_bench: the variant tables and the trunk, measured. See --help and README.md.
#include <CLI/CLI.hpp>

#include "bench/measure.h"

using namespace graft;
using namespace graft::bench;

namespace {

void add_options(CLI::App& app, Options& o) {
  app.add_option("--device", o.device, "auto, cpu, emu, cuda")->capture_default_str();
  app.add_option("--op", o.op, "only this op (conv2d, gemm, ...)");
  app.add_option("--variant", o.variant, "only this row, and the vendor's; for the trunk: where it can run");
  app.add_flag("--chosen", o.chosen, "of the rows that these options leave, only the first: the one that runs");
  app.add_option("--precision", o.precision, "only rows of this arithmetic; for the trunk: where there is one")
      ->check(CLI::IsMember({"f32", "tf32", "bf16"}));
  app.add_option("--case", o.filter, "only cases whose name contains this (block3, fc1), or is it (=fc1)");
  app.add_option("--batch", o.batches, "images; several: 1,8,32")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  app.add_flag("--small", o.small, "images of 32x32 and few channels, for a look and for emu");
  app.add_flag("--sparse", o.sparse, "half of the activations zero, as after a ReLU");
  app.add_option("--threads", o.threads, "default: all cores")->check(CLI::Range(1, 1024));
  app.add_option("--rounds", o.rounds, "repetitions; the median and the best are shown")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--seconds", o.seconds, "least time of a repetition")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 60.0));
  app.add_option("--within", o.within,
                 "leave out rows that take more than this many times the fastest of their arithmetic (0: none)")
      ->check(CLI::Range(0.0, 1e9));
  app.add_flag("!--no-ceilings", o.ceilings, "do not measure the copy and the products that shares refer to");
  app.add_option("--ceilings", o.ceilings_file, "take them from this file, which `ceilings --json FILE` wrote");
  app.add_option("--product", o.products,
                 "another program's product in GFLOP/s, taken where it is the faster: bf16=798000");
  app.add_option("--json", o.json, "append JSON lines to this file; - prints them instead of the table");
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.command = "graft_bench";  // without its folder, which differs between machines
  for (int i = 1; i < argc; ++i) options.command += " " + std::string(argv[i]);
  CLI::App app(
      "Measures kernels on VGG16's sizes: time, rates, shares of what the device can do, ratio to the vendor.");
  add_options(app, options);
  CLI::App* ceilings_only = app.add_subcommand("ceilings", "Only the copy and the products")->fallthrough();
  CLI::App* trunk = app.add_subcommand("trunk", "VGG16's 13 convolutions and 5 pools")->fallthrough();
  std::string what = "both";
  trunk->add_option("what", what, "forward, training or both")
      ->capture_default_str()
      ->check(CLI::IsMember({"forward", "training", "both"}));
  CLI::App* head =
      app.add_subcommand("head", "A training step of the default head on kept features")->fallthrough();
  CLI11_PARSE(app, argc, argv);
  try {
    options.backend = &find_backend(options.device);
    if (options.threads) options.backend->set_threads(options.threads);
    Report report(options);
    Ceilings ceilings;
    if (!options.ceilings_file.empty()) {
      ceilings = read_ceilings(options.ceilings_file, *options.backend);
    } else if (options.ceilings) {
      report.ceilings(ceilings = measure_ceilings(options));
    }
    if (ceilings_only->parsed()) return 0;
    if (head->parsed()) {
      for (int batch : options.batches) measure_head(options, batch, ceilings, report);
      return 0;
    }
    if (!trunk->parsed()) return measure_kernels(options, ceilings, report), 0;
    for (int batch : options.batches) {
      if (what != "training") measure_trunk(options, false, batch, ceilings, report);
      if (what != "forward") measure_trunk(options, true, batch, ceilings, report);
    }
  } catch (const Error& e) {
    std::fputs(fmt::format("graft_bench: {}\n", e.what()).c_str(), stderr);
    return static_cast<int>(e.fault());
  }
}
