#include "tools/commands/train_run.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "models/param_groups.h"
#include "tools/commands/data_options.h"
#include "tools/commands/device_options.h"
#include "tools/commands/loggers.h"
#include "tools/commands/option_flags.h"
#include "tools/options/advice.h"
#include "tools/options/preset.h"
#include "tools/report/report.h"
#include "tools/run/run_digests.h"
#include "tools/run/run_folder.h"
#include "tools/run/run_summary.h"
#include "tools/terminal/failure.h"
#include "tools/terminal/interrupt.h"
#include "tools/train/class_weights.h"
#include "tools/train/data_checks.h"
#include "tools/train/initial_weights.h"
#include "tools/train/run_changes.h"
#include "tools/train/skip_unreadable.h"
#include "tools/train/test_evaluation.h"
#include "tools/train/train_checks.h"
#include "tools/train/trainer.h"

namespace graft {
namespace {

std::string counts(const std::vector<Sample>& samples, const std::vector<std::string>& classes) {
  const std::vector<int> count = count_labels(samples, classes.size());
  std::string text = std::to_string(samples.size());
  for (size_t i = 0; i < classes.size(); ++i)
    text += fmt::format("{}{} {}", i ? ", " : " (", printable(classes[i]), count[i]);
  return text + ")";
}

void tell_data(const Dataset& data, const Observers& told) {
  told.info("train {}", counts(data.train, data.classes));
  if (!data.val.empty()) told.info("val   {}", counts(data.val, data.classes));
  if (!data.test.empty()) told.info("test  {}", counts(data.test, data.classes));
  for (const Note& note : data.notes) told.note("{}", with_advice(note));
  for (const Note& warning : data.warnings) told.warning("{}", with_advice(warning));
}

// Explains an epoch of steps, since Keras ends one early when the images are used up.
void tell_stream(const ScheduleOptions& o, const Dataset& data, const Observers& observers) {
  if (o.steps_per_epoch == 0) return;
  const int64_t pass = batches_of_a_pass(o, data.train.size());
  observers.info(
      "an epoch is {} steps of an endless stream: {} steps use all {} images once, then they are reshuffled "
      "({:.1f} passes per epoch)",
      o.steps_per_epoch, pass, data.train.size(), double(o.steps_per_epoch) / double(pass));
}

// Reports the preset and the options that depart from it.
void tell_preset(const TrainRequest& asked, const Observers& observers) {
  const TrainConfig& o = asked.config;
  const std::vector<std::string> changed = departures(o, asked.given);
  observers.info("preset {}: {}", o.run.preset,
                 changed.empty() ? "as in the Keras script"
                                 : fmt::format("as in the Keras script, but for {}", fmt::join(changed, ", ")));
  if (o.data.preprocess.preset == "tutorial")
    observers.note(
        "the tutorial feeds RGB/255 to weights that were trained on BGR minus the mean; --preprocess auto uses the "
        "preprocessing of the weights");
}

OptionSource source_of(const TrainRequest& asked) {
  if (!asked.resume.empty()) return {asked.resume / "config.json", "restore the file", asked.given};
  return {asked.config_file, "correct the file, or give the option", asked.given};
}

RunConfig configure(const TrainRequest& asked, const Observers& observers) {
  if (!asked.resume.empty()) return resumed_config(asked, observers);
  blame_config(source_of(asked), {"DATA"}, [&] {
    if (asked.config.data.folder.empty())
      fail(Fault::usage, "train needs a folder: vgg-finetune train DATA (or --resume RUN)");
  });
  check_combination(asked.config);  // the file's own is checked when it is read
  RunConfig config;
  config.options = asked.config;
  config.inputs.group_by = record_table(config.options.data.group_by);
  config.inputs.labels = record_table(config.options.data.rules.labels);
  config.model.precision = config.options.model.precision;
  return config;
}

// Determines and records everything that the run depends on before it starts, so that it can be resumed from here on.
void start_run(RunConfig& config, const TrainRequest& asked, const std::filesystem::path& out, Model& model,
               RunFolder& folder, const Observers& observers) {
  ModelOptions& o = config.options.model;
  dump(config.model.classes);  // fail now, not after training, on names that cannot be stored
  const auto weights =
      blame_config(source_of(asked), {"--weights", "--model"}, [&] { return find_weights_file(o, observers); });
  if (weights)
    o.weights = {WeightsChoice::file, std::filesystem::absolute(*weights)};
  else
    o.weights = {WeightsChoice::none, {}};
  config.model.preprocess =
      choose_preprocess(config.options.data.preprocess, o.network.image_size, weights, observers);
  config.model.first_trained_layer = model.layers()[model.first_trained_layer()].name;
  config.model.weights = initialise(model, weights, o, config.options.run.seed, config.model.classes, observers);
  if (!o.head_weights.empty()) config.inputs.head_weights = sha256_file(o.head_weights);
  if (!asked.config_file.empty()) require_same_files(asked, config);
  const ParameterArena& p = model.parameters();
  folder = create_run_folder(out, p.frozen_size(), p.trainable_size());
  write_run_config(folder.path, config);
}

// Restarts a run that was stopped before its first checkpoint, from the same weights.
void restart_run(const RunConfig& config, Model& model, const Observers& observers) {
  require_starting_files(config);
  initialise(model, find_weights_file(config.options.model, observers), config.options.model,
             config.options.run.seed, config.model.classes, observers);
  observers.info("resumed in epoch 1: it was stopped before anything was saved");
}

// Leaves the model with the weights of the epoch that model.h5 is to hold, and writes the other model beside it.
// Returns a sentence on which epoch model.h5 holds.
std::string choose_model(const RunConfig& config, const std::filesystem::path& run, Trainer& trainer,
                         Model& model) {
  const int best = trainer.best_epoch(), last = trainer.last_epoch();
  if (best == 0)
    return fmt::format("epoch {}, the last (there are no validation images to choose the best by)", last);
  const std::string by =
      config.options.schedule.monitor == Monitor::val_loss ? "validation loss" : "validation accuracy";
  const bool keep_best = config.options.schedule.keep == KeptEpoch::best;
  const std::filesystem::path other = run / (keep_best ? "last.h5" : "best.h5");
  if (best == last) std::filesystem::remove(other);  // left over if a finished run got more epochs
  if (best == last) return fmt::format("epoch {}, the last and the best by {}", last, by);
  if (!keep_best) trainer.swap_best();
  save_model(other, model, config.model);
  trainer.swap_best();
  return keep_best ? fmt::format("epoch {} of {}, the best by {}; last.h5 has the last", best, last, by)
                   : fmt::format("epoch {}, the last; best.h5 has epoch {}, the best by {}", last, best, by);
}

// Trains, tests and writes the report. `started`: start time of the process.
int train_and_test(RunConfig& config, const TrainRequest& asked, const RunFolder& folder, Device& device,
                   Model& model, const Dataset& data, const Survey& survey, Loggers& loggers,
                   std::chrono::steady_clock::time_point started) {
  const std::filesystem::path& run = folder.path;
  const Observers& observers = loggers.observers();
  const bool resume = has_state(run);
  Trainer trainer(config, folder, device, model, data, observers);
  TestImages test = find_test_images(config, run, data);
  if (resume) trainer.resume();
  release_digests(run);
  settle_changes(config, asked, run, data, trainer.state(), test.scored);
  if (resume) observers.info("{}", trainer.place());
  const LeaveAtEnd leave(loggers);
  loggers.join(config, run, device, model, data, resume ? std::optional(trainer.state().step) : std::nullopt);
  const auto stopped = [&] {
    observers.result("\ninterrupted, the state is saved; resume with: vgg-finetune train --resume {}",
                     printable(run));
    return 128 + interrupted();
  };
  if (!trainer.train()) return stopped();
  folder.lock->require_held();
  remove_digests(run);
  const std::string which = choose_model(config, run, trainer, model);
  observers.result("model.h5: {}", which);
  auto calibration = calibrate(config, run, trainer, model, data, observers);
  const std::string model_sha256 = save_model(run / "model.h5", model, config.model);
  if (calibration) calibration->model_sha256 = model_sha256, write_calibration(run, *calibration, data.classes);
  const std::vector<std::string> skipped = messages(survey.unreadable, config.options.data.folder);
  if (data.test.empty())
    observers.result("no test images: the accuracy on unseen images is unknown");
  else if (!test_evaluation(config, run, device, model, data, calibration, survey.lost[2], observers))
    return stopped();
  else
    ++test.scored;
  tell_skipped(skipped, "summary.json lists all", observers);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started;
  summarise(config, run, device.backend().info.name, passed.count(), data, test, trainer, which, skipped);
  write_digests(run, model_sha256);
  const ExplainImages explain = [&](const auto&... arguments) {
    explain_images(device, model, config.model.preprocess, arguments...);
  };
  observers.result("report: {}", printable(write_report(run, {}, model, explain, observers)));
  tidy_checkpoints(config.options.run.keep_checkpoint, run, observers);
  observers.result("model: {}", printable(run / "model.h5"));
  return 0;
}

// What a new run takes from its images: the classes, their weights, and the size of the head.
void take_classes(RunConfig& config, const Dataset& data, const Observers& observers) {
  check_calibration(config.options, data);
  config.class_weights = class_weights(config.options.loss.class_weights, data, observers);
  config.model.classes = data.classes;
  config.options.model.network.classes = int(data.classes.size());
  config.model.architecture = config.options.model.network;
}

// Options without effect, and phases and rates that make no sense with the data.
void check_options(const TrainRequest& asked, const OptionSource& source, const TrainConfig& options,
                   const Model& model, const Dataset& data) {
  check_idle_options(options, asked.given, model, data);
  blame_config(source,
               {"--epochs", "--batch", "--steps-per-epoch", "--warmup-epochs", "--warmup-steps", "--patience",
                "--monitor", "--schedule", "--keep"},
               [&] { check_schedule(options, asked.given, data); });
}

int run_training(const TrainCommand& command, Loggers& loggers) {
  const Observers& observers = loggers.observers();
  const auto started = std::chrono::steady_clock::now();
  catch_interrupts();
  const TrainRequest& asked = command.asked;
  const bool resume = !asked.resume.empty();
  const OptionSource source = source_of(asked);
  RunConfig config = configure(asked, observers);
  const TrainConfig& o = config.options;
  RunFolder folder;
  if (resume) folder = open_run_folder(asked.resume), require_all_unchanged(asked.resume, observers);
  ComputeOptions compute = command.compute;
  compute.kernels = o.run.kernels;
  const Backend& backend = open_backend(compute);
  observers.info("{}", describe_device(compute, backend));
  Device device(backend, blame_config(source, {"--kernel", "--precision", "--device"},
                                      [&] { return kernel_policy(compute, backend, config.model.precision); }));
  observers.info("{}", describe_precision(device));
  Dataset data = blame_config(source, {"DATA", "--labels", "--exclude", "--only"},
                              [&] { return scan_dataset(o.data.folder, o.data.rules); });
  const auto survey = skip_unreadable(data, o.data.folder, o.data.on_bad_image, compute.threads, observers);
  if (!survey) return 128 + interrupted();
  tell_data(data, observers);
  blame_config(source, {"DATA", "--group-by", "--allow-group-overlap"},
               [&] { check_before_training(data, *survey, o.data, observers); });
  if (resume) require_classes(config, data);
  if (!resume)
    blame_config(source, {"--calibrate", "--positive", "--class-weights"},
                 [&] { take_classes(config, data, observers); });
  Model model = blame_config(source, {"--model", "--head", "--image-size", "--dropout"},
                             [&] { return Model(config.model.architecture); });
  blame_config(source, {"--unfreeze", "--model"}, [&] { model.set_trainable(o.model.unfreeze); });
  model.allocate(device);
  blame_config(source, {"--lr-mult", "--unfreeze", "--model"},
               [&] { param_groups(model, o.schedule.layer_rates, 0); });
  if (!resume) {
    check_options(asked, source, o, model, data);
    resolve_cache(config.options, model, backend, data, observers);
  }
  check_memory(o, model, device, data);
  if (!resume) {
    start_run(config, asked, command.out, model, folder, observers);
  } else if (!has_state(folder.path)) {
    restart_run(config, model, observers);
  }
  const std::filesystem::path& run = folder.path;
  observers.info("\n{}preprocessing: {}", summary(model), describe(config.model.preprocess));
  check_depth(data, config.model.preprocess, observers);
  if (o.data.augment != Augment{})
    observers.info("augmentation: {} (training images only)", describe(o.data.augment));
  tell_stream(o.schedule, data, observers);
  observers.info("run folder: {}\n", printable(run));

  try {
    return train_and_test(config, asked, folder, device, model, data, *survey, loggers, started);
  } catch (const std::exception& e) {  // mostly a disk that is full or has become read-only
    const Error failure = failure_of(e);
    if (failure.fault() != Fault::resources || !has_state(run)) throw;
    fail(Fault::resources,
         "{}; the last saved state is intact: when this is fixed, resume with vgg-finetune train --resume {}",
         with_advice(failure), printable(run));
  }
}

}  // namespace

int run_train(TrainCommand& command) {
  Loggers loggers(command.log);
  try {
    command.asked.config = command.config();
    if (command.asked.given.contains("--preset")) tell_preset(command.asked, loggers.observers());
    const int exit_code = run_training(command, loggers);
    loggers.end(exit_code);
    return exit_code;
  } catch (const std::exception& error) {
    loggers.error(failure_of(error));
    throw;
  }
}

}  // namespace graft
