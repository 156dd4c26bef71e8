// vgg-finetune train: options, and what happens before and after the training loop (training.cpp).
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/schedule.h"
#include "tools/commands/compute.h"
#include "tools/commands/data_options.h"
#include "tools/commands/train_preset.h"
#include "tools/commands/watch.h"
#include "tools/report/report.h"
#include "tools/run/run_digests.h"
#include "tools/run/run_folder.h"
#include "tools/run/run_summary.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/failure.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/terminal.h"
#include "tools/train/class_weights.h"
#include "tools/train/data_check.h"
#include "tools/train/final_test.h"
#include "tools/train/first_look.h"
#include "tools/train/run_changes.h"
#include "tools/train/setup.h"
#include "tools/train/train_checks.h"
#include "tools/train/train_step.h"
#include "tools/train/training.h"

namespace graft {
namespace {

std::string counts(const std::vector<Sample>& samples, const std::vector<std::string>& classes) {
  const std::vector<int> count = count_labels(samples, classes.size());
  std::string text = std::to_string(samples.size());
  for (size_t i = 0; i < classes.size(); ++i)
    text += fmt::format("{}{} {}", i ? ", " : " (", printable(classes[i]), count[i]);
  return text + ")";
}

void print_data(const Dataset& data) {
  print_info("train {}\n", counts(data.train, data.classes));
  if (!data.val.empty()) print_info("val   {}\n", counts(data.val, data.classes));
  if (!data.test.empty()) print_info("test  {}\n", counts(data.test, data.classes));
  for (const std::string& note : data.notes) print_note("{}", note);
  for (const std::string& warning : data.warnings) print_out("warning: {}\n", warning);
}

// The line that a user of steps_per_epoch asks for: Keras ends such an epoch when the images are used up.
void print_stream(const TrainOptions& o, const Dataset& data) {
  if (o.steps_per_epoch == 0) return;
  const int64_t pass = batches_of_a_pass(o, data.train.size());
  print_info(
      "an epoch is {} steps of an endless stream: {} steps take all {} images once, then they are shuffled anew "
      "({:.1f} passes an epoch)\n",
      o.steps_per_epoch, pass, data.train.size(), double(o.steps_per_epoch) / double(pass));
}

// What --preset set, and what the command line changed.
void print_preset(const TrainOptions& o, const std::vector<std::string>& changed) {
  if (o.preset.empty()) return;
  print_info("preset {}: {}\n", o.preset,
             changed.empty() ? "as the Keras script"
                             : fmt::format("as the Keras script, but for {}", fmt::join(changed, ", ")));
  if (o.preprocess == "tutorial")
    print_note(
        "the tutorial feeds RGB/255 to weights that were trained on BGR minus the mean; --preprocess auto gives "
        "them "
        "what they know");
}

// A regular expression is none, even one that is longer than a name may be, or a folder's name.
bool is_file(const std::string& text) {
  std::error_code error;
  return std::filesystem::is_regular_file(text, error);
}

RunConfig configure(const TrainOptions& o) {
  if (!o.resume.empty()) return resumed_config(o);
  RunConfig config;
  if (o.data.empty()) fail(Fault::usage, "train needs a folder: vgg-finetune train DATA (or --resume RUN)");
  config.options = o;
  config.options.data = std::filesystem::absolute(o.data).lexically_normal();
  if (!o.head_weights.empty()) config.options.head_weights = std::filesystem::absolute(o.head_weights).string();
  config.inputs.group_by = record_table(config.options.group_by);
  config.inputs.labels = record_table(config.options.rules.labels);
  if (o.class_weights != "none" && o.class_weights != "balanced" && is_file(o.class_weights))
    config.options.class_weights = std::filesystem::absolute(o.class_weights).string();
  if (!o.cache_dir.empty()) config.options.cache_dir = std::filesystem::absolute(o.cache_dir).string();
  config.options.schedule = describe(parse_schedule(o.schedule));
  config.options.augment = describe(parse_augment(o.augment));
  if (o.augment_views > 0 && !parse_augment(o.augment).random())
    fail(Fault::usage, "--augment-views keeps augmented views: name an --augment ({})",
         fmt::join(augment_names(), ", "));
  config.model.precision = parse_precision(o.precision);
  return config;
}

// Everything that a run is made from is known and written before it begins, so that it can be resumed from here on.
void start_run(RunConfig& config, Vgg& model, RunFolder& folder) {
  TrainOptions& o = config.options;
  dump(config.model.classes);  // names that cannot be stored are an error now, not after the training
  const auto weights = find_weights_file(o);
  o.weights = weights ? std::filesystem::absolute(*weights).string() : "none";
  config.model.preprocess = choose_preprocess(o, weights);
  config.model.trained_from = model.layers()[model.frozen_depth()].name;
  config.model.weights = initialise(model, weights, o, config.model.classes);
  if (!o.head_weights.empty()) config.inputs.head_weights = sha256_file(o.head_weights);
  const ParameterArena& p = model.parameters();
  folder = create_run_folder(o.out, p.frozen_size(), p.trainable_size());
  write_run_config(folder.path, config);
}

// A run that was stopped before it had saved anything begins again, with the same weights.
void restart_run(const RunConfig& config, Vgg& model) {
  require_starting_files(config);
  initialise(model, find_weights_file(config.options), config.options, config.model.classes);
  print_info("resumed in epoch 1: it was stopped before anything was saved\n");
}

// Leaves the model with the epoch that model.h5 is to have, and writes the other one beside it. Says which is
// which.
std::string choose_model(const RunConfig& config, const std::filesystem::path& run, Training& training,
                         Vgg& model) {
  const int best = training.best_epoch(), last = training.last_epoch();
  if (best == 0) return fmt::format("epoch {}, the last (no validation images say which is the best)", last);
  const std::string by = config.options.watched == "val_loss" ? "validation loss" : "validation accuracy";
  const bool keep_best = config.options.keep == "best";
  const std::filesystem::path other = run / (keep_best ? "last.h5" : "best.h5");
  if (best == last) std::filesystem::remove(other);  // of a run that had ended and got more epochs
  if (best == last) return fmt::format("epoch {}, the last and the best by {}", last, by);
  if (!keep_best) training.swap_best();
  save_model(other, model, config.model);
  training.swap_best();
  return keep_best ? fmt::format("epoch {} of {}, the best by {}; last.h5 has the last", best, last, by)
                   : fmt::format("epoch {}, the last; best.h5 has epoch {}, the best by {}", last, best, by);
}

// From the first step to the report. asked: on the command line; started: when this process did.
int train_and_test(RunConfig& config, const TrainOptions& asked, const RunFolder& folder, Device& device,
                   Vgg& model, const Dataset& data, const Survey& survey, Watch& watch,
                   std::chrono::steady_clock::time_point started) {
  const std::filesystem::path& run = folder.path;
  const bool resume = has_state(run);
  Training training(config, folder, device, model, data);
  TestImages test = find_test_images(config, run, data);
  if (resume) training.resume();
  release_digests(run);
  settle_changes(config, asked, run, data, training.state(), test.scored);
  if (resume) print_info("{}\n", training.place());
  const Watch::Observers observers = watch.start(config, run, device, model, data, resume);
  training.observe(watch.all(observers));
  const auto stopped = [&] {
    print_out("\ninterrupted, the state is saved; continue with: vgg-finetune train --resume {}\n", printable(run));
    return 128 + interrupted();
  };
  if (!training.train()) return stopped();
  folder.lock->require_held();
  remove_digests(run);
  const std::string which = choose_model(config, run, training, model);
  print_out("model.h5: {}\n", which);
  auto calibration = calibrate(config, run, training, model, data);
  const std::string model_sha256 = save_model(run / "model.h5", model, config.model);
  if (calibration) calibration->model_sha256 = model_sha256, write_calibration(run, *calibration, data.classes);
  const std::vector<std::string> set_aside = messages(survey.unreadable, config.options.data);
  if (data.test.empty())
    print_out("no test images: nothing says yet how good the model is on images that it has not seen\n");
  else if (!final_test(config, run, device, model, data, calibration, survey.lost[2]))
    return stopped();
  else
    ++test.scored;
  print_set_aside(set_aside, "summary.json lists all");
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started;
  summarise(config, run, device.backend().info.name, passed.count(), data, test, training, which, set_aside);
  write_digests(run, model_sha256);
  print_out("report: {}\n", printable(write_report(run, {}, device, model)));
  tidy_checkpoints(config.options, run);
  print_out("model: {}\n", printable(run / "model.h5"));
  return 0;
}

int run_training(const TrainOptions& o, Watch& watch) {
  const auto started = std::chrono::steady_clock::now();
  catch_interrupts();
  const bool resume = !o.resume.empty();
  RunConfig config = configure(o);
  RunFolder folder;
  if (resume) folder = open_run_folder(o.resume), require_all_unchanged(o.resume);
  const Backend& backend = open_backend(config.options.compute);
  print_info("{}\n", describe_device(config.options.compute, backend));
  Device device(backend, kernel_policy(config.options.compute, backend, config.model.precision));
  print_precision(device);
  Dataset data = scan_dataset(config.options.data, config.options.rules);
  const auto survey = first_look(data, config.options.data, parse_on_bad_image(config.options.on_bad_image),
                                 config.options.compute.threads);
  if (!survey) return 128 + interrupted();
  print_data(data);
  blame_config(o.resume, [&] { check_before_training(data, *survey, config.options); });
  if (resume) require_classes(config, data);
  if (!resume) {
    check_calibration(o, data);
    config.options.class_weight_values = class_weights(config.options.class_weights, data);
    config.model.classes = data.classes;
    config.model.vgg = {o.model, o.image_size, o.head, o.dropout, int(data.classes.size())};
  }
  Vgg model(config.model.vgg);
  blame_config(o.resume, [&] { model.unfreeze(config.options.unfreeze, device); });
  blame_config(o.resume, [&] { learning_groups(model, config.options.lr_mult, 0); });
  if (!resume) {
    check_idle_options(config.options, model, data);
    check_schedule(config.options, model, data);
    check_cache(config.options, model, backend, data);
  }
  check_memory(config.options, model, device, data);
  if (!resume) {
    start_run(config, model, folder);
  } else if (!has_state(folder.path)) {
    restart_run(config, model);
  }
  const std::filesystem::path& run = folder.path;
  print_info("\n{}preprocessing: {}\n", summary(model), describe(config.model.preprocess));
  check_depth(data, config.model.preprocess);
  if (config.options.augment != "none")
    print_info("augmentation: {} (of training images only)\n", config.options.augment);
  print_stream(config.options, data);
  print_info("run folder: {}\n\n", printable(run));
  flush_output();

  try {
    return train_and_test(config, o, folder, device, model, data, *survey, watch, started);
  } catch (const std::exception& e) {  // a disk that is full or became read-only, mostly
    const Error failure = failure_of(e);
    if (failure.fault() != Fault::resources || !has_state(run)) throw;
    fail(Fault::resources, "{}; the last state that was saved is whole: then vgg-finetune train --resume {}",
         failure.what(), printable(run));
  }
}

// departures: from the preset, see apply_preset.
int run_watched(const TrainOptions& o, const std::vector<std::string>& departures) {
  Watch watch(o.watch);
  try {
    print_preset(o, departures);
    const int exit_code = run_training(o, watch);
    watch.end(exit_code);
    return exit_code;
  } catch (const std::exception& error) {
    watch.error(failure_of(error));
    throw;
  }
}

constexpr const char* kExamples = R"(
Examples:
  vgg-finetune train data                                     the tutorial's job: a new head, 5 epochs
  vgg-finetune train data --unfreeze block5 --lr 1e-5         the last block of the trunk trains too
  vgg-finetune train data --unfreeze block5 --warmup-epochs 2 the head alone first, then both with a tenth of the rate
  vgg-finetune train data --head gap:256 --dropout 0.5        a small head, for few images
  vgg-finetune train data --model vgg19 --weights vgg19.h5    weights of your own
  vgg-finetune train data --preset tutorial                   exactly what the Keras script of many tutorials does
  vgg-finetune train --resume runs/1                          continue where the run was stopped
  vgg-finetune train --resume runs/1 --epochs 20              more epochs, for a run that has ended, too
  vgg-finetune train NEWDATA --resume runs/1                  the same images are in another place now)";

}  // namespace

void add_train_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("train", "Train a new head (and the top of the trunk) on a folder of images");
  auto o = std::make_shared<TrainOptions>();
  c.footer(kExamples);
  c.add_option("DATA", o->data, "folder with train/<class>/*, test/<class>/* and, if wanted, val/<class>/*");
  c.add_option("--out", o->out, "run folder (default: the next free runs/N)")->group("Run");
  CLI::Option* resume =
      c.add_option("--resume", o->resume,
                   "continue the run in this folder, with its own options; DATA and --epochs may "
                   "change, where files are (--weights, --head-weights, --group-by, --labels, --cache-dir), and "
                   "what is kept (--keep-checkpoint, --checkpoint-steps, --checkpoint-minutes)")
          ->group("Run");
  add_train_options(c, *o);
  add_precision_option(
      c, o->precision,
      "f32; tf32: products on tensor cores; bf16: frozen layers stored in bf16 too (default: f32)");
  std::vector<CLI::Option*> fixed = c.get_options();
  add_compute_options(c, o->compute);
  fixed.push_back(c.get_option("--kernel"));
  add_watch_options(c, o->watch);
  c.callback([o, fixed, resume, &c, &exit_code] {
    for (const CLI::Option* other : fixed)
      if (*resume && *other && other != resume && !may_change(other->get_name()))
        fail(Fault::usage, "--resume continues a run with its own options: leave out {}", other->get_name());
    for (const CLI::Option* option : c.get_options())
      if (*option) o->given.insert(option->get_name());
    exit_code = run_watched(*o, apply_preset(c, *o));
  });
}

}  // namespace graft
