#include "tools/train/test_evaluation.h"

#include "engine/audit/leaks.h"
#include "engine/base/printable.h"
#include "models/features/evaluate.h"
#include "tools/evaluation/predictions_csv.h"
#include "tools/options/advice.h"
#include "tools/run/fingerprint.h"
#include "tools/run/image_list.h"
#include "tools/run/run_summary.h"
#include "tools/version.h"

namespace graft {
namespace {

void divide_logits(Model& model, double temperature) {
  for (const char* name : {"head_predictions/kernel", "head_predictions/bias"}) {
    const Tensor& values = model.parameters().find(name).value;
    std::vector<float> host = values.to_host();
    for (float& v : host) v = float(v / temperature);
    values.copy_from_host(host);
  }
}

// Divides the model's logits by the temperature fitted on `predictions`, then replaces these by what the model
// now predicts, so that reported results match its behaviour to the last bit.
void apply_temperature(Calibration& c, std::vector<Prediction>& predictions, Trainer& trainer, Model& model,
                       const Observers& observers) {
  const int classes = model.config().classes;
  const Scores before = score(predictions, classes);
  c.temperature = fit_temperature(predictions);
  divide_logits(model, *c.temperature);
  predictions = trainer.validate();
  const Scores after = score(predictions, classes);
  c.loss_before = *before[Overall::loss], c.loss_after = *after[Overall::loss];
  c.ece_before = *before[Overall::ece], c.ece_after = *after[Overall::ece];
  observers.result(
      "temperature {:.3f}, fitted on {} validation images: their loss {:.4f} -> {:.4f}, ECE {:.4f} -> {:.4f}",
      *c.temperature, c.images, c.loss_before, c.loss_after, c.ece_before, c.ece_after);
}

}  // namespace

void check_calibration(const TrainConfig& c, const Dataset& data) {
  const DataOptions& o = c.data;
  if (c.run.calibrate && data.val.empty())
    fail(Fault::usage,
         "--calibrate fits a temperature on validation images, but {} has none; create {}/val/<class>/",
         printable(o.folder), printable(o.folder));
  if (o.positive.empty()) return;
  if (data.classes.size() != 2)
    fail(Fault::usage, "--positive is for two classes, but there are {}; leave it out", data.classes.size());
  if (o.positive != data.classes[0] && o.positive != data.classes[1])
    fail(Fault::usage, "--positive {}: the classes are '{}' and '{}'", o.positive, printable(data.classes[0]),
         printable(data.classes[1]));
}

TestImages find_test_images(const RunConfig& config, const std::filesystem::path& run, const Dataset& data) {
  TestImages test;
  const std::filesystem::path& folder = config.options.data.folder;
  if (!data.test.empty()) test.sha256 = fingerprint(data.test, folder);
  if (!std::filesystem::exists(run / "summary.json")) return test;
  const RunSummary before = read_summary(run);  // of a finished run
  if (before.test_scored > 0 && before.test_sha256 != test.sha256) {
    const std::string differs = difference_to_list(run, {folder, config.options.data.hide_names},
                                                   config.model.classes, {"test", data.test});
    fail(Fault::data,
         "{}: the test images are not those that the run was tested on (names or contents differ){}{}; "
         "restore them, or evaluate others with vgg-finetune eval {} DATA",
         printable(folder), differs.empty() ? "" : ": ", differs, printable(run));
  }
  test.scored = before.test_scored;
  return test;
}

std::optional<Calibration> calibrate(const RunConfig& config, const std::filesystem::path& run, Trainer& trainer,
                                     Model& model, const Dataset& data, const Observers& observers) {
  if (data.val.empty()) return {};
  const std::vector<std::string>& classes = config.model.classes;
  std::vector<Prediction> predictions = trainer.validate();
  Calibration c{.model_sha256 = {}, .images = int64_t(predictions.size()), .points = {}, .temperature = {}};
  if (config.options.run.calibrate) apply_temperature(c, predictions, trainer, model, observers);
  if (classes.size() == 2) {
    const auto named = std::find(classes.begin(), classes.end(), config.options.data.positive);
    c.points = choose_operating_points(predictions, named == classes.end() ? 1 : int(named - classes.begin()));
    if (c.points.empty()) observers.note("no threshold was chosen, since one class has no validation images");
  }
  write_predictions(run / "validation_predictions.csv", predictions, data.val, classes,
                    {config.options.data.folder, config.options.data.hide_names});
  return c;
}

bool test_evaluation(const RunConfig& config, const std::filesystem::path& run, Device& device, Model& model,
                     const Dataset& data, const std::optional<Calibration>& calibration, int64_t lost,
                     const Observers& observers) {
  FrozenTrunk trunk(device, model, frozen_layers(model, config.model, device.policy().precision));
  FeatureBatches batches(trunk, data.test, config.model.preprocess, {.batch = config.options.schedule.batch});
  std::vector<Prediction> predictions;
  {
    Progress progress(observers, {.task = "test", .total = int64_t(data.test.size())});
    predictions = evaluate(model, batches, int(data.test.size()),
                           [&](int64_t done) { return progress.update(done), !observers.stopped(); });
  }
  if (observers.stopped()) return false;
  const std::vector<std::string>& classes = config.model.classes;
  const std::vector<int> groups =
      group_numbers(predictions, data.test, config.options.data.folder, config.options.data.group_by);
  Evaluation evaluation = evaluate_predictions("test", predictions, classes, groups,
                                               calibration ? calibration->points : std::vector<OperatingPoint>{});
  evaluation.skipped = lost;
  write_predictions(run / "predictions.csv", predictions, data.test, classes,
                    {config.options.data.folder, config.options.data.hide_names});
  write_evaluation(run, evaluation);
  std::string text = describe(evaluation);
  if (text.ends_with('\n')) text.pop_back();
  observers.result("\n{}", text);
  if (const std::string note = certainty_note(evaluation); !note.empty()) observers.note("{}", note);
  return true;
}

void summarise(const RunConfig& config, const std::filesystem::path& run, const std::string& device, double seconds,
               const Dataset& data, const TestImages& test, const Trainer& trainer, const std::string& which_model,
               const std::vector<std::string>& skipped) {
  const bool holds_best = config.options.schedule.keep == KeptEpoch::best;
  RunSummary summary{
      .program = std::string("graft ") + kVersion,
      .device = device,
      .seconds = seconds,
      .classes = data.classes,
      .images = {},
      .notes = {},
      .train_sha256 = trainer.data_fingerprint(),
      .val_sha256 = data.val.empty() ? "" : trainer.val_fingerprint(),
      .test_sha256 = test.sha256,
      .test_scored = test.scored,
      .model_epoch = holds_best && trainer.best_epoch() ? trainer.best_epoch() : trainer.last_epoch(),
      .which_model = which_model,
      .skipped = skipped};
  for (const Note& note : data.notes) summary.notes.push_back(with_advice(note));
  const size_t classes = data.classes.size();
  summary.images["train"] = count_labels(data.train, classes);
  if (!data.val.empty()) summary.images["val"] = count_labels(data.val, classes);
  if (!data.test.empty()) summary.images["test"] = count_labels(data.test, classes);
  if (const std::string& by = config.options.data.group_by; !by.empty()) {
    const GroupOverlap overlap = group_overlap(data, config.options.data.folder, GroupBy(by));
    summary.groups = overlap.groups, summary.shared_groups = int(overlap.shared.size());
  }
  write_summary(run, summary);
}

}  // namespace graft
