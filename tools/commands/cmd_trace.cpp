// vgg-finetune trace: statistics of each layer of a trained model, and its drift from the starting weights.

#include "engine/base/atomic_file.h"
#include "engine/base/printable.h"
#include "tools/commands/data_options.h"
#include "tools/commands/device_options.h"
#include "tools/evaluation/trained_model.h"
#include "tools/options/advice.h"
#include "tools/options/option.h"
#include "tools/run/output_folder.h"
#include "tools/run/run_summary.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/console.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"
#include "tools/train/initial_weights.h"
#include "tools/train/skip_unreadable.h"
#include "tools/train/trace_log.h"

namespace graft {
namespace {

// As the summary says; a run without one, or of an earlier version, is taken to have ended as planned.
int epoch_of_model(const std::filesystem::path& run, const RunConfig& config) {
  const int held = std::filesystem::exists(run / "summary.json") ? read_summary(run).model_epoch : 0;
  return held > 0 ? held : config.options.schedule.epochs;
}

int run_trace(const TraceOptions& o) {
  const Backend& backend = open_backend(o.compute);
  Device device(backend, kernel_policy(o.compute, backend));
  print_info("{}\n", describe_device(o.compute, backend));
  RunConfig config = read_run_config(model_folder(o.run));
  const int epoch = epoch_of_model(model_folder(o.run), config);
  if (!o.weights.empty()) apply(find_option("--weights"), config.options, o.weights);
  if (!o.head_weights.empty()) apply(find_option("--head-weights"), config.options, o.head_weights);
  const LayerWeights start = starting_weights(config, device, console());
  TrainedModel trained;
  blame_config({model_folder(o.run) / "config.json"}, {"--unfreeze"}, [&] {
    trained = load_trained(open_trained(o.run, side_console()), device, config.options.model.unfreeze);
  });
  Model& model = *trained.model;

  const std::filesystem::path data = std::filesystem::absolute(o.data).lexically_normal();
  std::vector<Note> notes, warnings;
  std::vector<Sample> samples = scan_split(find_split(data, o.split).value_or(data), data, trained.record.classes,
                                           rules_or_those_of_run(o.rules, o.run, data), notes, warnings);
  for (const Note& note : notes) print_note("{}", with_advice(note));
  for (const Note& warning : warnings) print_out("warning: {}\n", with_advice(warning));
  if (!skip_unreadable(samples, data, OnBadImage::skip, o.compute.threads, console())) return 128 + interrupted();
  const TracedImages images = read_traced_images(device, samples, trained.record.preprocess, o.images);
  std::optional<ProgressLine> progress(std::in_place, "trace", int64_t(images.labels.size()));
  std::vector<LayerTrace> rows = trace_layers(model, images.x, images.labels, 0);
  progress.reset();
  const LayerWeights now = copy_weights(model);
  for (LayerTrace& row : rows) {
    row.epoch = epoch;
    if (row.weight_norm) row.drift = relative_distance(start.at(row.layer), now.at(row.layer));
  }
  print_out("{} images: outputs, gradient and weight norms, drift from the starting weights\n{}",
            images.labels.size(), table(rows));
  if (!o.csv.empty()) write_file(o.csv, csv(rows));
  return 0;
}

}  // namespace

void add_trace_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("trace", "Show statistics of each layer of a trained model");
  auto o = std::make_shared<TraceOptions>();
  c.add_option("RUN", o->run, "run folder")->required();
  c.add_option("DATA", o->data, "folder with train/<class>/*, or a folder of classes")->required();
  add_data_rules(c, o->rules), add_labels(c, o->rules);
  c.add_option("--weights", o->weights, "the weights file that the run started from, if it has moved");
  c.add_option("--head-weights", o->head_weights,
               "the head weights file that the run started from, if it has moved");
  c.add_option("--split", o->split, "train, val or test")
      ->capture_default_str()
      ->check(CLI::IsMember({"train", "val", "test"}));
  c.add_option("--images", o->images, "number of images, evenly spaced in the split")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  c.add_option("--csv", o->csv, "also write the rows to this file, with the columns of trace.csv");
  add_compute_options(c, o->compute);
  c.callback([o, &exit_code] { exit_code = run_trace(*o); });
}

}  // namespace graft
