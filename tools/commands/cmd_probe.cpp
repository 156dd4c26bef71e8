// vgg-finetune probe: which block of a frozen trunk suits a data set, before anything is trained.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/audit/leaks.h"
#include "engine/base/atomic_file.h"
#include "engine/base/printable.h"
#include "engine/metrics/scores.h"
#include "engine/probe/linear_probe.h"
#include "engine/probe/logme.h"
#include "models/interpret/probe_features.h"
#include "tools/commands/device_options.h"
#include "tools/commands/option_flags.h"
#include "tools/events/human_time.h"
#include "tools/options/advice.h"
#include "tools/probe/probe_report.h"
#include "tools/run/output_folder.h"
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

ProbedImages run_blocks(const char* split, Device& device, const Model& model, const std::vector<Sample>& samples,
                        const Preprocess& preprocess) {
  ProgressLine progress(fmt::format("frozen layers, {} images", split), int64_t(samples.size()));
  ProbedImages images = run_blocks(device, model, samples, preprocess,
                                   [&](int64_t done) { return progress.update(done), !interrupted(); });
  if (!interrupted())
    print_info("frozen layers run once over {} {} images: {} ({:.1f} images/s)\n", samples.size(), split,
               human_time(progress.seconds()), double(samples.size()) / progress.seconds());
  flush_output();
  return images;
}

BlockScore score(const BlockFeatures& train, const std::vector<int32_t>& labels, const BlockFeatures* val,
                 const std::vector<int32_t>& val_labels, int classes, const FoldOptions& folds, int& folds_made) {
  const Labelled fitted{train.features, labels, classes};
  ProbeResult result;
  if (val) {
    const Labelled held_out{val->features, val_labels, classes};
    result = probe(fitted, &held_out, folds);
  } else {
    result = probe(fitted, nullptr, folds);
  }
  folds_made = result.folds;  // the same for every block
  const Scores scores = Scorer(result.predictions, classes).all();
  const double accuracy = *scores[Overall::accuracy];
  return {.layer = train.layer,
          .features = train.features.columns,
          .accuracy = accuracy,
          .standard_error = std::sqrt(accuracy * (1 - accuracy) / double(result.predictions.size())),
          .balanced_accuracy = *scores[Overall::balanced_accuracy],
          .loss = *scores[Overall::loss],
          .strength = result.strength,
          .converged = result.converged,
          .logme = logme(fitted)};
}

// The group number of each image that was read, from 0; empty without --group-by.
std::vector<int> numbered_groups(const ProbedImages& images, const Dataset& data, const DataOptions& o) {
  if (o.group_by.empty()) return {};
  const std::vector<std::string> names = groups_of(data.train, o.folder, GroupBy(o.group_by));
  std::map<std::string, int> numbers;
  std::vector<int> groups;
  for (int sample : images.samples)
    groups.push_back(numbers.emplace(names[size_t(sample)], int(numbers.size())).first->second);
  return groups;
}

struct ProbeSetup {
  std::string how;  // "val", "5-fold"
  int64_t images = 0;
  double chance = 0;  // accuracy of always predicting the most frequent class
};

double share_of_largest(const std::vector<int32_t>& labels, int classes) {
  std::vector<int64_t> count(static_cast<size_t>(classes));
  for (int32_t label : labels) ++count[size_t(label)];
  return double(*std::max_element(count.begin(), count.end())) / double(labels.size());
}

void write_files(const std::filesystem::path& out, const ProbeOptions& o, const Dataset& data,
                 const Preprocess& preprocess, const WeightsOrigin& weights, const ProbeSetup& setup,
                 const std::vector<BlockScore>& scores) {
  const nlohmann::json json = {{"model", o.config.model.network.trunk},
                               {"weights", {{"name", weights.name}, {"sha256", weights.sha256}}},
                               {"preprocess", to_json(preprocess)},
                               {"classes", data.classes},
                               {"seed", o.config.run.seed},
                               {"evaluation", setup.how},
                               {"images", setup.images},
                               {"chance", setup.chance},
                               {"blocks", to_json(scores)},
                               {"cut_after", scores[where_to_cut(scores)].layer}};
  write_file(out / "probe.csv", csv(scores));
  write_file(out / "probe.json", dump(json) + "\n");
  write_file(out / "probe.svg", svg(scores, setup.chance));
  print_out("written: {} (and .json, .svg)\n", printable(out / "probe.csv"));
}

int run_probe(const ProbeOptions& o) {
  catch_interrupts();
  const Backend& backend = open_backend(o.compute);
  Device device(backend, kernel_policy(o.compute, backend));
  print_info("{}\n", describe_device(o.compute, backend));
  const DataOptions& images = o.config.data;
  Dataset data = scan_dataset(images.folder, images.rules);
  data.test.clear();  // unused: a choice made on test images would bias their results
  for (const Note& note : data.notes) print_note("{}", with_advice(note));
  for (const Note& warning : data.warnings) print_out("warning: {}\n", with_advice(warning));
  const auto survey = skip_unreadable(data, images.folder, images.on_bad_image, o.compute.threads, console());
  if (!survey) return 128 + interrupted();
  check_before_training(data, *survey, images, console());
  dump(data.classes);  // fail now on names that cannot be stored
  const int classes = int(data.classes.size());
  ModelConfig network = o.config.model.network;
  network.classes = classes;
  Model model(network);
  model.set_trainable({});
  model.allocate(device);
  const auto file = find_weights_file(o.config.model, console());
  const Preprocess preprocess = choose_preprocess(images.preprocess, network.image_size, file, console());
  const WeightsOrigin weights = initialise(model, file, o.config.model, o.config.run.seed, data.classes, console());
  print_info("preprocessing: {}\n", describe(preprocess));
  check_depth(data, preprocess, console());
  const std::filesystem::path out = output_folder(o.out, "probes");

  const ProbedImages train = run_blocks("training", device, model, data.train, preprocess);
  ProbedImages val;
  if (!data.val.empty() && !interrupted()) val = run_blocks("validation", device, model, data.val, preprocess);
  if (interrupted()) return 128 + interrupted();
  const bool held_out = !val.labels.empty();
  const std::vector<int32_t>& scored = held_out ? val.labels : train.labels;
  const FoldOptions folds{o.folds, o.config.run.seed, numbered_groups(train, data, images)};
  int folds_made = 0;
  std::vector<BlockScore> scores;
  ProgressLine progress("linear probes", int64_t(train.blocks.size()), {.unit = "blocks"});
  for (size_t b = 0; b < train.blocks.size(); ++b) {
    scores.push_back(score(train.blocks[b], train.labels, held_out ? &val.blocks[b] : nullptr, val.labels, classes,
                           folds, folds_made));
    progress.update(int64_t(b) + 1);
    if (interrupted()) return 128 + interrupted();
  }
  progress.end();
  const ProbeSetup setup{held_out ? "val" : fmt::format("{}-fold", folds_made), int64_t(scored.size()),
                         share_of_largest(scored, classes)};
  if (folds_made < o.folds)
    print_note("{} folds instead of {}: a class has no more {}", folds_made, o.folds,
               images.group_by.empty() ? "training images" : "groups that can be kept apart");
  print_out("\nlinear probes on {} training images, {}; always predicting the most frequent class: {:.4f}\n{}\n{}",
            train.labels.size(),
            held_out ? fmt::format("evaluated on {} validation images", val.labels.size())
                     : fmt::format("evaluated by {}-fold cross-validation", folds_made),
            setup.chance, table(scores), advice(scores, setup.chance));
  write_files(out, o, data, preprocess, weights, setup, scores);
  return 0;
}

}  // namespace

void add_probe_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("probe", "Find the block of the frozen trunk after which a new head fits best");
  auto o = std::make_shared<ProbeOptions>();
  auto given = std::make_shared<GivenOptions>();
  c.add_option("--out", o->out, "folder for probe.csv, .json and .svg (default: the next free probes/N)");
  add_options(c, *given,
              {"DATA", "--exclude", "--only", "--labels", "--group-by", "--on-bad-image", "--model", "--weights",
               "--image-size", "--preprocess", "--resize", "--fit", "--bits", "--range", "--exif", "--seed"});
  c.get_option("DATA")->required();
  c.add_option("--folds", o->folds, "folds of the training images, to choose L2 and, without val, to evaluate")
      ->capture_default_str()
      ->check(CLI::Range(2, 100));
  add_compute_options(c, o->compute);
  c.callback([o, given, &exit_code] {
    o->config.model.network.head = "gap";
    o->config = given->on(o->config);
    exit_code = run_probe(*o);
  });
}

}  // namespace graft
