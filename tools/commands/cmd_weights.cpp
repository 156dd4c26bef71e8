// vgg-finetune weights: downloads official weights, lists the tensors of a file, converts PyTorch weights.

#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/commands/options.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/console.h"
#include "tools/terminal/terminal.h"
#include "tools/train/initial_weights.h"
#include "weights/convert/convert.h"
#include "weights/inspect.h"

namespace graft {
namespace {

void get(const std::string& model, bool top, const std::string& mirror) {
  const OfficialFile* file = find_official(model, top);
  if (!file) {
    std::string known;
    for (const OfficialFile& f : official_files())
      if (!f.top) known += fmt::format(" {}", f.model);
    fail(Fault::usage, "there are no official Keras weights for '{}', only for:{}", model, known);
  }
  const std::filesystem::path path = download_weights(*file, console(), mirror);
  print_out("{}: {} bytes, md5 {} checked\n", printable(path), file->bytes, file->md5);
}

void inspect(const std::filesystem::path& path) {
  const LayoutInfo info = inspect_weights(path);
  print_out("{}: {}, {} bytes\n{:<44} {:<16} {:<5} {:>11} {:>11} {:>11}\n", printable(path), info.layout,
            info.bytes, "tensor", "shape", "type", "min", "max", "mean");
  int64_t total = 0;
  for (const TensorInfo& t : info.tensors) {
    total += t.size;
    print_out("{:<44} {:<16} {:<5}", t.name, t.shape, t.dtype);
    if (t.readable)
      print_out(" {:>11.4g} {:>11.4g} {:>11.4g}{}", t.min, t.max, t.mean, t.finite ? "" : "  NOT FINITE");
    print_out("\n");
  }
  print_out("{} tensors, {} values\n", info.tensors.size(), total);
}

void convert(const std::filesystem::path& from, const std::filesystem::path& to, bool top) {
  std::error_code ignored;  // if this fails, so does the write, with a reason
  if (std::filesystem::exists(std::filesystem::symlink_status(to, ignored)))
    fail(Fault::usage, "{} already exists; choose another name", printable(to));
  const Converted c = convert_safetensors(from, to, top);
  print_out("{}: {}{}, preprocessing {}\n", printable(to), c.model, c.top ? " with top" : ", no top",
            describe(c.preprocess));
  for (const std::string& note : c.notes) print_note("{}", note);
}

}  // namespace

void add_weights_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("weights", "Get, inspect and convert pretrained weights");
  c.require_subcommand(1);
  struct Options {
    std::string model, mirror;
    std::filesystem::path file, to;
    bool top = false;
  };
  auto o = std::make_shared<Options>();

  CLI::App& g =
      *c.add_subcommand("get", "Download official ImageNet weights into the cache (resumes, checks size and md5)");
  g.add_option("MODEL", o->model, "vgg16 or vgg19")->required();
  g.add_flag("--top", o->top, "with fc1, fc2 and the 1000 classes");
  g.add_option("--mirror", o->mirror, "URL of a folder that holds the official file");
  g.callback([o, &exit_code] { get(o->model, o->top, o->mirror), exit_code = 0; });

  CLI::App& i = *c.add_subcommand("inspect", "List the tensors of a weights file");
  i.add_option("FILE", o->file, ".h5 in any Keras layout, or .safetensors")->required();
  i.callback([o, &exit_code] { inspect(o->file), exit_code = 0; });

  CLI::App& v = *c.add_subcommand(
      "convert", "Convert safetensors of a VGG (torchvision, timm, your own PyTorch model) to a Keras .h5");
  v.footer(
      "A prefix of the names (module., model., any other) is removed and reported. Without --top the head in the\n"
      "file is ignored.");
  v.add_option("FROM", o->file, ".safetensors of VGG11, 13, 16 or 19")->required();
  v.add_option("TO", o->to, ".h5 to write")->required();
  v.add_flag("--top", o->top, "also convert the dense layers: classifier.0, .3 and .6 of torchvision, or timm's");
  v.callback([o, &exit_code] { convert(o->file, o->to, o->top), exit_code = 0; });
}

}  // namespace graft
