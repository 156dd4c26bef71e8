// vgg-finetune eval: evaluates a trained model on labelled images.

#include "engine/audit/leaks.h"
#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "models/features/evaluate.h"
#include "tools/commands/data_options.h"
#include "tools/commands/device_options.h"
#include "tools/commands/option_flags.h"
#include "tools/evaluation/evaluation.h"
#include "tools/evaluation/predictions_csv.h"
#include "tools/evaluation/predictor.h"
#include "tools/options/advice.h"
#include "tools/options/values.h"
#include "tools/run/calibration_file.h"
#include "tools/run/output_folder.h"
#include "tools/run/run_digests.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/console.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"
#include "tools/train/data_checks.h"
#include "tools/train/initial_weights.h"
#include "tools/train/skip_unreadable.h"

namespace graft {
namespace {

// The grouping rule of --group-by, or else of the training run, so that both give the same intervals. Applied
// here already, so that a rule that does not fit these images fails before anything is computed.
std::string choose_groups(const EvalOptions& o, const std::vector<Sample>& samples,
                          const std::filesystem::path& data) {
  const std::filesystem::path config = model_folder(o.run) / "config.json";
  std::string by = o.group_by;
  if (by.empty() && std::filesystem::exists(config))
    by = read_run_config(model_folder(o.run)).options.data.group_by;
  if (by.empty() || by == "none") return {};
  if (o.group_by.empty())
    print_info("groups: as in the run, --group-by {} (none: each image is its own group)\n", printable(by));
  try {
    std::string note;
    groups_of(samples, data, GroupBy(by), &note);
    if (!note.empty()) print_note("{}", note);
  } catch (const Error& e) {
    if (!o.group_by.empty()) throw;
    fail(e.fault() == Fault::usage ? Fault::data : e.fault(),  // of config.json, not of the command line
         "{}\nThis is the rule of the run. If these images are named differently, give another --group-by, or make "
         "each image its own group with --group-by none",
         with_advice(e));
  }
  return by;
}

bool hides_names(const std::filesystem::path& run) {
  const std::filesystem::path folder = model_folder(run);
  return std::filesystem::exists(folder / "config.json") && read_run_config(folder).options.data.hide_names;
}

// Notes what the metrics of a split do not measure.
void warn_of_split(const std::string& split) {
  if (split == "train") print_note("a model knows its training images: these metrics do not apply to unseen ones");
  if (split == "val")
    print_note(
        "the validation images chose the epoch, thresholds and temperature of the run: these metrics are too "
        "optimistic");
}

// Whether this folder is the one the run was trained on: with a label table it may have no splits.
bool trained_on(const std::filesystem::path& run, const std::filesystem::path& data) {
  if (!std::filesystem::exists(model_folder(run) / "config.json")) return false;
  std::error_code error;
  return std::filesystem::equivalent(read_run_config(model_folder(run)).options.data.folder, data, error);
}

// The thresholds of the run, if they were chosen for this model and not for another one in the same folder.
std::vector<OperatingPoint> choose_points(const std::filesystem::path& run, const ModelRecord& record) {
  require_unchanged(model_folder(run), {"calibration.json"}, side_console());
  const auto calibration = read_calibration(model_folder(run), record.classes);
  if (!calibration || calibration->points.empty()) return {};
  const bool is_folder = std::filesystem::is_directory(run);
  if (sha256_file(is_folder ? run / "model.h5" : run) == calibration->model_sha256) return calibration->points;
  print_note("the thresholds in {} were chosen for another model, so they are not applied",
             printable(model_folder(run) / "calibration.json"));
  return {};
}

int run_eval(const EvalOptions& o) {
  catch_interrupts();
  const Predictor predictor(o.run, {o.compute, o.precision}, side_console());
  const ModelRecord& record = predictor.record();
  print_info("{}\n{}\n", describe_device(o.compute, predictor.device().backend()),
             describe_precision(predictor.device()));
  const std::filesystem::path data = std::filesystem::absolute(o.data).lexically_normal();
  std::vector<Note> notes, warnings;
  const auto split = find_split(data, o.split);
  if (!split && find_split(data, "train"))  // not a folder of classes either
    fail(Fault::data, "{}: has no {} folder; choose another --split", printable(data), o.split);
  const std::filesystem::path folder = split.value_or(data);
  const DataRules rules = rules_or_those_of_run(o.rules, o.run, data);
  std::vector<Sample> samples = scan_split(folder, data, record.classes, rules, notes, warnings);
  for (const Note& note : notes) print_note("{}", with_advice(note));
  for (const Note& warning : warnings) print_out("warning: {}\n", with_advice(warning));
  const auto survey = skip_unreadable(samples, data, o.on_bad_image, o.compute.threads, console());
  if (!survey) return 128 + interrupted();
  std::vector<std::filesystem::path> files;
  for (const Sample& sample : samples) files.push_back(sample.path);
  check_depth_of_inputs(files, record.preprocess, side_console());

  const std::string group_by = choose_groups(o, samples, data);
  const std::filesystem::path out = output_folder(o.out, model_folder(o.run) / "eval");
  std::vector<Prediction> predictions;
  {
    ProgressLine progress("eval", int64_t(samples.size()));
    predictions = predictor.evaluate_files(samples, o.batch,
                                           [&](int64_t done) { return progress.update(done), !interrupted(); });
  }
  if (interrupted()) return 128 + interrupted();
  const std::vector<std::string>& classes = record.classes;
  const std::vector<int> groups = group_numbers(predictions, samples, data, group_by);
  Evaluation evaluation = evaluate_predictions(o.split, predictions, classes, groups, choose_points(o.run, record));
  evaluation.skipped = survey->lost[2];
  write_predictions(out / "predictions.csv", predictions, samples, classes,
                    {data, o.hide_names || hides_names(o.run)});
  write_evaluation(out, evaluation);
  print_out("{}: {} images\n{}", printable(folder), samples.size(), describe(evaluation));
  if (const std::string note = certainty_note(evaluation); !note.empty()) print_note("{}", note);
  tell_skipped(messages(survey->unreadable, data), "vgg-finetune check lists all", console());
  if (split || trained_on(o.run, data)) warn_of_split(split ? o.split : "train");
  print_out("metrics.json, metrics.csv and predictions.csv: {}\n", printable(out));
  return 0;
}

}  // namespace

void add_eval_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("eval", "Evaluate a trained model on labelled images");
  auto o = std::make_shared<EvalOptions>();
  c.add_option("RUN", o->run, "run folder, or a model.h5")->required();
  c.add_option("DATA", o->data, "folder with test/<class>/*, or a folder of classes")->required();
  add_data_rules(c, o->rules), add_labels(c, o->rules);
  c.add_option("--split", o->split, "test, val or train")
      ->capture_default_str()
      ->check(CLI::IsMember({"test", "val", "train"}));
  c.add_option("--group-by", o->group_by,
               "which images belong together (a patient), as for train: intervals resample whole groups (default: "
               "as in the run; none: single images)");
  c.add_option("--out", o->out,
               "folder for metrics.json, metrics.csv and predictions.csv (default: the next free RUN/eval/N)");
  c.add_option("--batch", o->batch, "batch size")->capture_default_str()->check(CLI::Range(1, 65536));
  c.add_flag("--private", o->hide_names, "no image names in predictions.csv (default: as in the run)");
  bind_option(c, "--on-bad-image", o->on_bad_image, FIELD(data.on_bad_image));
  add_precision_option(c, o->precision, "f32, tf32 or bf16 (default: that of the model's training)");
  add_compute_options(c, o->compute);
  c.callback([o, &exit_code] { exit_code = run_eval(*o); });
}

}  // namespace graft
