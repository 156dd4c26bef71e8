// vgg-finetune kernels: lists the variant tables, and the variant that each layer of a model would use.
#include "models/lower.h"
#include "models/models.h"
#include "tools/commands/device_options.h"
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

void print_tables(const Device& device) {
  print_out("{:<22} variants, in order of preference\n", "op");
  for_each_op(device.backend().tables, [&](const auto& table) {
    using Args = typename std::remove_cvref_t<decltype(table)>::args;
    print_out("{:<22}", Args::kName);
    const std::string& pick = pick_of(device.policy(), Args{});
    for (const auto& v : table.all()) print_out(" {}{} ({})", v.name, pick == v.name ? "*" : "", name(v.precision));
    print_out("\n");
  });
}

// The selected variant and its GFLOP.
template <class Args>
std::string choice(const Device& device, const Args& a) {
  return fmt::format("{} {:.2f}", device.select(a).name, flops(a) / 1e9);
}
std::string choice(const Device&, std::monostate) { return "-"; }
std::string choice(const Device& device, const KernelArgs& kernel) {
  return std::visit([&](const auto& a) { return choice(device, a); }, kernel);
}

void print_layers(const Device& device, const Graph& graph, const std::string& model, int batch) {
  print_out("\n{} at batch {}: the variant of each layer, and its GFLOP\n", model, batch);
  const bool bf16 = device.policy().precision == Precision::bf16;
  print_out("{:<18} {:<14} {:<22} {:<22} {:<22}{}\n", "layer", "output", "forward", "input gradient",
            "weight gradient", bf16 ? " frozen" : "");
  for (const Node& node : graph.nodes()) {
    if (node.parameters.empty()) continue;
    const Lowered l = lower(node, batch);
    const bool frozen_too = bf16 && node.op == Op::conv2d;
    print_out("{:<18} {:<14} {:<22} {:<22} {:<22}{}\n", node.name, node.out.str(), choice(device, l.forward),
              choice(device, l.grad_input), choice(device, l.grad_weight),
              frozen_too ? " " + choice(device, lower_bf16(node, batch)) : "");
  }
}

}  // namespace

void add_kernels_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("kernels", "List the kernels, and those that a model would use");
  auto o = std::make_shared<KernelsOptions>();
  c.add_option("--model", o->model, trunk_names())->capture_default_str();
  c.add_option("--batch", o->batch, "batch size")->capture_default_str()->check(CLI::Range(1, 65536));
  add_precision_option(c, o->precision, "f32, tf32 or bf16: which kernels are preferred (default: f32)");
  add_compute_options(c, o->compute);
  c.callback([o, &exit_code] {
    const Backend& backend = open_backend(o->compute);
    const Device device(backend, kernel_policy(o->compute, backend, o->precision.value_or(Precision::f32)));
    print_out("{}\n", describe_device(o->compute, backend));
    print_info("{}\n", describe_precision(device));
    print_tables(device);
    print_layers(device, make_graph({.trunk = o->model}), o->model, o->batch);
    exit_code = 0;
  });
}

}  // namespace graft
