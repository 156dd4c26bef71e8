// vgg-finetune kernels: the variant tables, and which variant each layer of a model would get.

#include "models/model.h"
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

// GFLOP and variant of one op of a layer.
template <class Args>
std::string choice(const Backend& backend, const Args& a) {
  const auto& v = table_of(backend.tables, a).select(a, backend.info);
  return fmt::format("{} {:.2f}", v.name, flops(a) / 1e9);
}

void print_layers(const Backend& backend, const Model& model, int batch) {
  print_out("\n{} at batch {}: the variant of each layer, and its GFLOP\n", model.config().trunk, batch);
  const bool bf16 = backend.tables.conv2d.wanted() == Precision::bf16;
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
      print_out("{:<18} {:<14} {:<22} {:<22} {:<22}{}\n", l.name, l.out.str(), choice(backend, Conv2d{.at = at}),
                i ? choice(backend, Conv2dGradInput{.at = at}) : "-", choice(backend, Conv2dGradWeight{.at = at}),
                bf16 ? " " + choice(backend, frozen) : "");
    } else if (l.kind == LayerKind::dense) {
      const int inputs = int(in[0]);
      print_out("{:<18} {:<14} {:<22} {:<22} {:<22}\n", l.name, l.out.str(),
                choice(backend, Gemm{.m = batch, .n = l.units, .k = inputs}),
                choice(backend, Gemm{.m = batch, .n = inputs, .k = l.units, .tb = true}),
                choice(backend, Gemm{.m = inputs, .n = l.units, .k = batch, .ta = true}));
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
    Backend& backend = open_backend(o->compute);
    print_out("{}\n", describe_device(o->compute, backend));
    print_info("{}\n", use_precision(backend, o->precision.value_or(Precision::f32)));
    print_tables(backend);
    print_layers(backend, Model({.trunk = o->model}), o->batch);
    exit_code = 0;
  });
}

}  // namespace graft
