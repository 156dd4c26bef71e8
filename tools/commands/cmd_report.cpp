// vgg-finetune report: writes a run as one HTML file (train also writes it when it ends).

#include "engine/base/printable.h"
#include "tools/commands/device_options.h"
#include "tools/evaluation/predictor.h"
#include "tools/report/report.h"
#include "tools/run/run_digests.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/console.h"
#include "tools/terminal/terminal.h"
#include "tools/train/initial_weights.h"

namespace graft {

void add_report_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("report", "Write a run as one HTML file: data, curves, metrics, images");
  auto o = std::make_shared<ReportOptions>();
  c.add_option("RUN", o->run, "run folder")->required();
  c.add_option("--out", o->out, "the file to write or replace (default: RUN/report.html)");
  c.add_option("--data", o->data, "folder of the images, if it has moved since the run");
  c.add_flag("--private", o->hide_names, "no names of images and tables in it (default: as in the run)");
  add_compute_options(c, o->compute);
  c.callback([o, &exit_code] {
    if (!std::filesystem::is_directory(o->run))
      fail(Fault::data, "{}: no such run folder; check the path", printable(o->run));
    require_all_unchanged(o->run, side_console());
    const Predictor predictor(o->run, {o->compute, {}}, side_console());
    print_info("{}\n", describe_precision(predictor.device()));
    const ExplainImages explain = [&](const auto&... arguments) { predictor.explain_files(arguments...); };
    const std::filesystem::path report = write_report(o->run, *o, predictor.model(), explain, console());
    print_out("report: {} ({:.2f} MB)\n", printable(report), double(std::filesystem::file_size(report)) / 1e6);
    exit_code = 0;
  });
}

}  // namespace graft
