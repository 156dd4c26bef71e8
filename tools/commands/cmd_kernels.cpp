// vgg-finetune kernels: the variant tables, and which variant each layer of a model would get.
#include "models/lower.h"
#include "models/models.h"
#include "tools/commands/compute.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/terminal.h"

namespace graft {
namespace {

struct KernelsOptions {
  std::string model = "vgg16";
  std::optional<Precision> precision;
  int batch = 32;
  ComputeOptions compute;
};

void print_tables(const Backend& backend) {
  print_out("{:<22} variants, in order of preference\n", "op");
  for_each_op(backend.tables, [](const auto& table) {
    using Args = typename std::remove_cvref_t<decltype(table)>::args;
    print_out("{:<22}", Args::kName);
    for (const auto& v : table.all())
      print_out(" {}{} ({})", v.name, table.preferred() == v.name ? "*" : "", name(v.precision));
    print_out("\n");
  });
}

// The variant that would run and its GFLOP.
template <class Args>
std::string choice(const Backend& backend, const Args& a) {
  const auto& v = table_of(backend.tables, a).select(a, backend.info);
  return fmt::format("{} {:.2f}", v.name, flops(a) / 1e9);
}
std::string choice(const Backend&, std::monostate) { return "-"; }
std::string choice(const Backend& backend, const KernelArgs& kernel) {
  return std::visit([&](const auto& a) { return choice(backend, a); }, kernel);
}

void print_layers(const Backend& backend, const Graph& graph, const std::string& model, int batch) {
  print_out("\n{} at batch {}: the variant of each layer, and its GFLOP\n", model, batch);
  const bool bf16 = backend.tables.conv2d.wanted() == Precision::bf16;
  print_out("{:<18} {:<14} {:<22} {:<22} {:<22}{}\n", "layer", "output", "forward", "input gradient",
            "weight gradient", bf16 ? " frozen" : "");
  for (const Node& node : graph.nodes()) {
    if (node.parameters.empty()) continue;
    const Lowered l = lower(node, batch);
    const bool frozen_too = bf16 && node.op == Op::conv2d;
    print_out("{:<18} {:<14} {:<22} {:<22} {:<22}{}\n", node.name, node.out.str(), choice(backend, l.forward),
              choice(backend, l.grad_input), choice(backend, l.grad_weight),
              frozen_too ? " " + choice(backend, lower_bf16(node, batch)) : "");
  }
}

}  // namespace

void add_kernels_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("kernels", "List the kernels, and which ones a model would use");
  auto o = std::make_shared<KernelsOptions>();
  c.add_option("--model", o->model, trunk_names())->capture_default_str();
  c.add_option("--batch", o->batch, "images in a batch")->capture_default_str()->check(CLI::Range(1, 65536));
  add_precision_option(c, o->precision, "f32, tf32 or bf16: which kernels come first (default: f32)");
  add_compute_options(c, o->compute);
  c.callback([o, &exit_code] {
    Backend& backend = open_backend(o->compute);
    print_out("{}\n", describe_device(o->compute, backend));
    print_info("{}\n", use_precision(backend, o->precision.value_or(Precision::f32)));
    print_tables(backend);
    print_layers(backend, make_graph({.trunk = o->model}), o->model, o->batch);
    exit_code = 0;
  });
}

}  // namespace graft
