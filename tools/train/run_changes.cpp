#include "tools/train/run_changes.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/tables/table_file.h"
#include "tools/options/option.h"
#include "tools/run/image_list.h"
#include "tools/train/initial_weights.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// Checks a file that the run started with and that may have moved. option: the option that gives its new place;
// what: a name for it in messages.
void require_same_file(const fs::path& file, const std::string& sha256, const char* option, const char* what,
                       Fault fault = Fault::data) {
  if (!fs::exists(file))
    fail(fault, "{}: {} that the run started with ({}) no longer exists; give its new place with {} FILE",
         printable(file), what, option, option);
  if (sha256_file(file) != sha256)
    fail(fault, "{}: differs from {} ({}) that the run started with; restore it, or start a new run",
         printable(file), what, option);
}

void change_epochs(RunConfig& config, int asked, const Observers& observers) {
  ScheduleOptions& o = config.options.schedule;
  if (asked == o.epochs) return;
  if (o.shape.kind == Schedule::cosine)
    fail(Fault::usage,
         "--epochs {}: the rate of this run falls along a cosine that ends with epoch {} (--schedule cosine), so "
         "in a run of {} epochs those already done would have had other rates; start a new run with --epochs {}",
         asked, o.epochs, asked, asked);
  if (asked <= o.warmup_epochs)
    fail(Fault::usage, "--epochs {}: the first phase of this run already has {} (--warmup-epochs); ask for more",
         asked, o.warmup_epochs);
  config.changes.epochs.push_back({.epochs = o.epochs});
  observers.info("epochs: {} instead of {}", asked, o.epochs);
  o.epochs = asked;
}

void change_data(RunConfig& config, const fs::path& asked, const Observers& observers) {
  fs::path& folder = config.options.data.folder;
  if (asked / "" == folder / "") return;
  config.changes.data.push_back(folder.string());
  observers.info("images: {} instead of {}", printable(asked), printable(folder));
  folder = asked;
}

// The new place of a file whose digest the run has recorded.
std::string moved_file(const fs::path& asked, const std::string& sha256, const char* option, const char* what,
                       Fault fault = Fault::data) {
  if (sha256.empty())
    fail(Fault::usage, "{}: this run was started without such a file; with --resume it gives the new place of one",
         option);
  require_same_file(asked, sha256, option, what, fault);
  return fs::absolute(asked).string();
}

// Keeps the recorded columns unless others are given.
std::string moved_table(const std::string& asked, const std::string& before, const std::string& sha256,
                        const char* option, const char* what) {
  const auto table = find_table(asked), recorded = find_table(before);
  const std::string file = moved_file(table ? table->file.string() : asked, sha256, option, what);
  std::string columns = table ? table->columns : "";
  if (columns.empty() && recorded) columns = recorded->columns;
  if (const size_t colon = before.rfind(':'); columns.empty() && !recorded && colon != before.npos)
    columns = before.substr(colon + 1);  // the recorded file no longer exists
  return columns.empty() ? file : file + ":" + columns;
}

WeightsChoice moved_weights(const RunConfig& config, const WeightsChoice& asked, const Observers& observers) {
  ModelOptions model = config.options.model;
  model.weights = asked;
  const auto file = find_weights_file(model, observers);
  return {WeightsChoice::file, moved_file(file ? file->string() : "none", config.model.weights.sha256, "--weights",
                                          "the weights file", Fault::weights)};
}

// Options that are more than a value: files that may have moved, or what else has to fit.
constexpr std::string_view kChecked[] = {"--epochs",       "DATA",       "--weights",
                                         "--head-weights", "--group-by", "--labels"};

// Takes the options that may change and do not affect results from the command line.
void take_others(TrainConfig& config, const TrainRequest& asked) {
  for (const Option& option : train_options())
    if (option.may_change && asked.given.contains(option.flag) && std::ranges::count(kChecked, option.flag) == 0)
      option.value.parse(config, option.value.text(asked.config));
}

void change_run(RunConfig& config, const TrainRequest& asked, const Observers& observers) {
  TrainConfig& o = config.options;
  const auto given = [&](const char* flag) { return asked.given.contains(flag); };
  if (given("--epochs")) change_epochs(config, asked.config.schedule.epochs, observers);
  if (given("DATA")) change_data(config, asked.config.data.folder, observers);
  if (given("--weights")) o.model.weights = moved_weights(config, asked.config.model.weights, observers);
  if (given("--head-weights"))
    o.model.head_weights = moved_file(asked.config.model.head_weights, config.inputs.head_weights, "--head-weights",
                                      "the head weights file");
  if (given("--group-by"))
    o.data.group_by = moved_table(asked.config.data.group_by, o.data.group_by, config.inputs.group_by, "--group-by",
                                  "the group table");
  if (given("--labels"))
    o.data.rules.labels = moved_table(asked.config.data.rules.labels, o.data.rules.labels, config.inputs.labels,
                                      "--labels", "the label table");
  if (given("--cache-dir") && o.cache.mode != CacheMode::file)
    fail(Fault::usage,
         "--cache-dir would have no effect: this run does not cache features in files (--cache {}); leave it out",
         find_option("--cache").value.text(o));
  take_others(o, asked);
}

// A finished run may have kept no checkpoint.
void require_checkpoint(const fs::path& run) {
  if (has_state(run) || !fs::exists(run / "model.h5")) return;
  fail(Fault::usage,
       "{}: this run has a model.h5 but no longer a checkpoint (--keep-checkpoint no, or it was removed), so it "
       "cannot be resumed; a new run can start from its weights: vgg-finetune train DATA --weights {} "
       "--head-weights {}",
       printable(run), printable(run / "model.h5"), printable(run / "model.h5"));
}

// Checks that epochs remain after `state`, and records how far the run was when the number was changed.
void check_epochs(RunConfig& config, const RunState& state, int test_scored) {
  const ScheduleOptions& o = config.options.schedule;
  const int done = state.epoch - 1;
  if (state.stopped_early)
    fail(Fault::usage,
         "--epochs {}: this run stopped early after epoch {}, since {} had not improved for {} epochs (--patience "
         "{}); a longer run would have stopped there, too. Start a new run with another --patience",
         o.epochs, done, name(o.monitor), state.since_best, o.patience);
  if (o.epochs <= done)
    fail(Fault::usage, "--epochs {}: {} epoch{} of this run {} already done; ask for more, or leave out --epochs",
         o.epochs, done, done == 1 ? "" : "s", done == 1 ? "is" : "are");
  if (config.changes.epochs.empty()) return;
  EarlierPlan& before = config.changes.epochs.back();
  if (before.done < 0) before.done = done, before.test_scored = test_scored;
}

}  // namespace

void require_same_table(const std::string& text, const std::string& sha256, const char* option, const char* what) {
  if (sha256.empty()) return;
  const auto table = find_table(text);
  require_same_file(table ? table->file : fs::path(text), sha256, option, what);
}

RunConfig resumed_config(const TrainRequest& asked, const Observers& observers) {
  RunConfig config = read_run_config(asked.resume);
  require_checkpoint(asked.resume);
  change_run(config, asked, observers);
  require_same_table(config.options.data.group_by, config.inputs.group_by, "--group-by", "the group table");
  require_same_table(config.options.data.rules.labels, config.inputs.labels, "--labels", "the label table");
  if (const fs::path& data = config.options.data.folder; !fs::is_directory(data))
    fail(Fault::data,
         "{}: the images of this run are gone; give their new place: vgg-finetune train DATA --resume {}",
         printable(data), printable(asked.resume));
  return config;
}

RunConfig config_of(const fs::path& file_or_folder) {
  std::error_code error;
  return fs::is_directory(file_or_folder, error) ? read_run_config(file_or_folder)
                                                 : read_config_file(file_or_folder);
}

void require_same_files(const TrainRequest& asked, const RunConfig& config) {
  const RunConfig other = config_of(asked.config_file);
  const struct {
    const char *flag, *what;
    const std::string &now, &then;
    Fault fault;
  } files[] = {
      {"--weights", "the weights file", config.model.weights.sha256, other.model.weights.sha256, Fault::weights},
      {"--head-weights", "the head weights file", config.inputs.head_weights, other.inputs.head_weights,
       Fault::data},
      {"--group-by", "the group table", config.inputs.group_by, other.inputs.group_by, Fault::data},
      {"--labels", "the label table", config.inputs.labels, other.inputs.labels, Fault::data},
  };
  if (config.options.loss.class_weights.kind == ClassWeightsChoice::file &&
      !asked.given.contains("--class-weights") && config.model.classes == other.model.classes &&
      config.class_weights != other.class_weights)
    fail(Fault::data,
         "{}: the table of class weights has changed since this run started; restore it, or choose one with "
         "--class-weights",
         printable(asked.config_file));
  for (const auto& [flag, what, now, then, fault] : files)
    if (now != then && !asked.given.contains(flag))
      fail(fault, "{}: {} is not the one that this run started with; restore it, or choose one with {}",
           printable(asked.config_file), what, flag);
}

void require_starting_files(const RunConfig& config) {
  const RunInputs& inputs = config.inputs;
  if (const std::string& sha256 = config.model.weights.sha256; !sha256.empty())
    require_same_file(config.options.model.weights.path, sha256, "--weights", "the weights file", Fault::weights);
  if (!inputs.head_weights.empty())
    require_same_file(config.options.model.head_weights, inputs.head_weights, "--head-weights",
                      "the head weights file");
}

void settle_changes(RunConfig& config, const TrainRequest& asked, const fs::path& run, const Dataset& data,
                    const RunState& state, int test_scored) {
  const ImageNames names{config.options.data.folder, config.options.data.hide_names};
  const std::vector<ListedSplit> splits = {{"train", data.train}, {"val", data.val}, {"test", data.test}};
  const auto given = [&](const std::string& flag) { return !asked.resume.empty() && asked.given.contains(flag); };
  for (const ListedSplit& split : splits) {
    // A checkpoint has the fingerprints of its own images. Test
    // images are compared after testing, or if DATA has moved.
    if (split.name == "test" ? !given("DATA") : has_state(run)) continue;
    if (!difference_to_list(run, names, data.classes, split).empty())
      fail_of_other_images(run, names, data.classes, split);
  }
  if (given("--epochs")) check_epochs(config, state, test_scored);
  if (std::ranges::any_of(train_options(), [&](const Option& o) { return o.may_change && given(o.flag); }))
    write_run_config(run, config);
  if (!has_image_list(run)) write_image_list(run, names, data.classes, splits);
}

void tidy_checkpoints(bool keep, const fs::path& run, const Observers& observers) {
  const uint64_t bytes = remove_states(run, !keep);
  if (bytes == 0) return;
  const auto megabytes = [](uint64_t b) { return fmt::format("{:.3g} MB", double(b) / 1e6); };
  if (keep)
    observers.info(
        "removed: checkpoint.graft.prev ({}); checkpoint.graft ({}) is kept for train --resume {} --epochs N; "
        "--keep-checkpoint no keeps none",
        megabytes(bytes), megabytes(fs::file_size(run / "checkpoint.graft")), printable(run));
  else
    observers.info(
        "removed: the checkpoints ({}), because of --keep-checkpoint no: this run cannot be given more epochs",
        megabytes(bytes));
}

}  // namespace graft
