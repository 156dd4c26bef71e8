// vgg-finetune kernels: the variant tables, and which variant each layer of a model would get.

#include "models/vgg.h"
#include "tools/commands/compute.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/terminal.h"

namespace graft {
namespace {

struct KernelsOptions {
  std::string model = "vgg16";
  std::string precision = "f32";
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

// GFLOP and variant of one op of a layer.
template <class Args>
std::string choice(const Device& device, const Args& a) {
  return fmt::format("{} {:.2f}", device.select(a).name, flops(a) / 1e9);
}

void print_layers(const Device& device, const Vgg& model, int batch) {
  print_out("\n{} at batch {}: the variant of each layer, and its GFLOP\n", model.config().trunk, batch);
  const bool bf16 = device.policy().precision == Precision::bf16;
  print_out("{:<18} {:<14} {:<22} {:<22} {:<22}{}\n", "layer", "output", "forward", "input gradient",
            "weight gradient", bf16 ? " frozen" : "");
  for (int i = 0; i < model.depth(); ++i) {
    const Layer& l = model.layers()[i];
    const Shape in = model.input_shape(i);
    if (l.kind == LayerKind::conv) {
      const Conv2dShape at{
          .n = batch, .h = int(in[0]), .w = int(in[1]), .c = int(in[2]), .k = l.units, .r = 3, .s = 3};
      Conv2dBf16 frozen{.at = at};
      if (i == 0) frozen.at.c = 4;  // a channel of zeros
      print_out("{:<18} {:<14} {:<22} {:<22} {:<22}{}\n", l.name, l.out.str(), choice(device, Conv2d{.at = at}),
                i ? choice(device, Conv2dGradInput{.at = at}) : "-", choice(device, Conv2dGradWeight{.at = at}),
                bf16 ? " " + choice(device, frozen) : "");
    } else if (l.kind == LayerKind::dense) {
      const int inputs = int(in[0]);
      print_out("{:<18} {:<14} {:<22} {:<22} {:<22}\n", l.name, l.out.str(),
                choice(device, Gemm{.m = batch, .n = l.units, .k = inputs}),
                choice(device, Gemm{.m = batch, .n = inputs, .k = l.units, .tb = true}),
                choice(device, Gemm{.m = inputs, .n = l.units, .k = batch, .ta = true}));
    }
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
    const Backend& backend = open_backend(o->compute);
    const Device device(backend, kernel_policy(o->compute, backend, parse_precision(o->precision)));
    print_out("{}\n", describe_device(o->compute, backend));
    print_precision(device);
    print_tables(device);
    print_layers(device, Vgg({.trunk = o->model}), o->batch);
    exit_code = 0;
  });
}

}  // namespace graft
