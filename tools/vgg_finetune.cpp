// vgg-finetune: transfer learning with VGG on a folder of images. Each command is a file cmd_<name>.cpp; errors
// arrive here.
#include <csignal>
#include <new>

#include "engine/base/parse_number.h"
#include "engine/base/printable.h"
#include "kernels/api/backend.h"
#include "tools/commands/options.h"
#include "tools/options/advice.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/failure.h"
#include "tools/terminal/terminal.h"
#include "tools/version.h"

namespace {

constexpr const char* kFooter = R"(
Examples:
  vgg-finetune check data                           look at every image first: broken, copied, mislabelled
  vgg-finetune train data                           train a new head on data/train/<class>/*, test on data/test
  vgg-finetune train data --unfreeze block5         fine-tune the last block of the trunk too
  vgg-finetune eval runs/1 data                     the test set again, with the trained model
  vgg-finetune predict runs/1 scan.png --json       classes and probabilities of single images
  vgg-finetune explain runs/1 scan.png              where in the image the model sees its class
  vgg-finetune report runs/1                        the run as one HTML file
  vgg-finetune probe data                           which block of the frozen trunk suits the images best
  vgg-finetune weights get vgg16                    fetch the ImageNet weights once

Exit codes: 0 done, 2 usage, 3 data, 4 weights, 5 resources, 6 numerics, 7 a bug of ours, 130/143 interrupted (state saved).
Research and teaching tool: not a medical device.)";

// CLI11's own check accepts "nan".
std::string check_seconds(const std::string& text) {
  if (graft::parse_number(text, 0.001, 1e9)) return {};
  return text + " is not a number of seconds from 0.001 to 1e9";
}

// Adds the options to all subcommands as well, since users write them last.
void add_terminal_options(graft::CLI::App& command) {
  for (graft::CLI::App* c : command.get_subcommands()) {
    c->add_flag("--quiet", graft::terminal().quiet, "results, warnings and errors only")->group("Output");
    c->add_option("--progress", graft::terminal().progress_seconds,
                  "seconds between lines on long work, where standard error is no terminal")
        ->capture_default_str()
        ->check(graft::CLI::Validator(check_seconds, "SECONDS"))
        ->group("Output");
    add_terminal_options(*c);
  }
}

// Usage errors are printed by the parser.
int run(int argc, char** argv) {
  using namespace graft;
  graft::CLI::App app(
      "Transfer learning with VGG: load a trunk trained on ImageNet, graft a new head onto it, fine-tune.",
      "vgg-finetune");
  app.footer(kFooter);
  app.require_subcommand(1);
  const std::string gpus = cuda_build();
  app.set_version_flag("--version", fmt::format("{} ({})", kVersion, gpus.empty() ? "without CUDA" : gpus));
  int exit_code = 0;
  add_train_command(app, exit_code);
  add_eval_command(app, exit_code);
  add_predict_command(app, exit_code);
  add_explain_command(app, exit_code);
  add_report_command(app, exit_code);
  add_probe_command(app, exit_code);
  add_trace_command(app, exit_code);
  add_weights_command(app, exit_code);
  add_check_command(app, exit_code);
  add_split_command(app, exit_code);
  add_augment_command(app, exit_code);
  add_kernels_command(app, exit_code);
  add_terminal_options(app);
  if (const auto ended = app.parse(argc, argv)) return *ended ? static_cast<int>(Fault::usage) : 0;
  return exit_code;
}

// Does not allocate.
int end(graft::Fault fault, const char* message) {
  for (const char* part : {"vgg-finetune: ", message, "\n"}) graft::write_text(stderr, part);
  return static_cast<int>(fault);
}

// Messages quote files and the command line: escapes everything that could control a terminal, except newlines.
std::string shown(std::string_view message) {
  std::string text;
  while (true) {
    const size_t end = message.find('\n');
    text += graft::printable(std::string(message.substr(0, end)));
    if (end == message.npos) return text;
    text += '\n', message.remove_prefix(end + 1);
  }
}

// Runs before the constructors of global objects; some in the options library allocate.
__attribute__((constructor(101))) void begin() {
  graft::tell_of_memory_at_end();
  graft::start_libraries();
}

int run_and_tell(int argc, char** argv) {
  using namespace graft;
  if (!open_standard_streams())
    return end(Fault::resources, "standard streams are closed, and there is no /dev/null");
  std::signal(SIGXFSZ, SIG_IGN);  // a write beyond the file size limit fails and is reported
  try {
    const int exit_code = run(argc, argv);
    if (exit_code == 0) require_output();
    if (const std::string trouble = output_trouble(); !trouble.empty()) end(Fault::resources, trouble.c_str());
    return exit_code;
  } catch (const std::bad_alloc&) {
    return end(Fault::resources, kOutOfMemory);
  } catch (const std::exception& e) {
    try {
      const Error failure = failure_of(e);
      return end(failure.fault(), shown(with_advice(failure)).c_str());
    } catch (const std::bad_alloc&) {
      return end(Fault::resources, kOutOfMemory);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int exit_code = run_and_tell(argc, argv);
  graft::ends_by_itself();
  return exit_code;
}
