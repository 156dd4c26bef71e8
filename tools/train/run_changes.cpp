#include "tools/train/run_changes.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/schedule.h"
#include "engine/tables/table_file.h"
#include "tools/run/image_list.h"
#include "tools/terminal/terminal.h"
#include "tools/train/setup.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

constexpr const char* kChangeable[] = {
    "DATA",     "--epochs",    "--weights",         "--head-weights",     "--group-by",
    "--labels", "--cache-dir", "--keep-checkpoint", "--checkpoint-steps", "--checkpoint-minutes"};

// A file that the run started with, which may have moved. option: what says where it is now; what: it is.
void require_same_file(const fs::path& file, const std::string& sha256, const char* option, const char* what,
                       Fault fault = Fault::data) {
  if (!fs::exists(file))
    fail(fault, "{}: {} that the run started with ({}) is not there any more; say where it is now with {} FILE",
         printable(file), what, option, option);
  if (sha256_file(file) != sha256)
    fail(fault, "{}: not {} ({}) that the run started with; restore it, or start a new run", printable(file), what,
         option);
}

void change_epochs(RunConfig& config, int asked) {
  TrainOptions& o = config.options;
  if (asked == o.epochs) return;
  if (parse_schedule(o.schedule).kind == Schedule::cosine)
    fail(Fault::usage,
         "--epochs {}: the rate of this run falls along a cosine that ends with epoch {} (--schedule cosine), so "
         "in a run of {} epochs those that are done would have had other rates; start a new run with --epochs {}",
         asked, o.epochs, asked, asked);
  if (asked <= o.warmup_epochs)
    fail(Fault::usage, "--epochs {}: the first phase of this run has {} (--warmup-epochs); ask for more", asked,
         o.warmup_epochs);
  config.changes.epochs.push_back({.epochs = o.epochs});
  print_info("epochs: {} instead of {}\n", asked, o.epochs);
  o.epochs = asked;
}

void change_data(RunConfig& config, const fs::path& asked) {
  const fs::path now = fs::absolute(asked).lexically_normal();
  if (now / "" == config.options.data / "") return;
  config.changes.data.push_back(config.options.data.string());
  print_info("images: {} instead of {}\n", printable(now), printable(config.options.data));
  config.options.data = now;
}

// The new place of a file whose digest the run has recorded.
std::string moved_file(const std::string& asked, const std::string& sha256, const char* option, const char* what,
                       Fault fault = Fault::data) {
  if (sha256.empty())
    fail(Fault::usage, "{}: this run was started without such a file; with --resume it tells where one is now",
         option);
  require_same_file(asked, sha256, option, what, fault);
  return fs::absolute(asked).string();
}

// Columns that the run was told stay, unless others are named.
std::string moved_table(const std::string& asked, const std::string& before, const std::string& sha256,
                        const char* option, const char* what) {
  const auto table = find_table(asked), recorded = find_table(before);
  const std::string file = moved_file(table ? table->file.string() : asked, sha256, option, what);
  std::string columns = table ? table->columns : "";
  if (columns.empty() && recorded) columns = recorded->columns;
  if (const size_t colon = before.rfind(':'); columns.empty() && !recorded && colon != before.npos)
    columns = before.substr(colon + 1);  // the file that stood before it is gone
  return columns.empty() ? file : file + ":" + columns;
}

std::string moved_weights(const RunConfig& config, const std::string& asked) {
  TrainOptions o = config.options;
  o.model = config.model.architecture.trunk, o.head = config.model.architecture.head, o.weights = asked;
  const auto file = find_weights_file(o);
  return moved_file(file ? file->string() : "none", config.model.weights.sha256, "--weights", "the file of weights",
                    Fault::weights);
}

void change_run(RunConfig& config, const TrainOptions& asked) {
  TrainOptions& o = config.options;
  const auto given = [&](const char* option) { return asked.given.contains(option); };
  if (given("--epochs")) change_epochs(config, asked.epochs);
  if (given("DATA")) change_data(config, asked.data);
  if (given("--weights")) o.weights = moved_weights(config, asked.weights);
  if (given("--head-weights"))
    o.head_weights =
        moved_file(asked.head_weights, config.inputs.head_weights, "--head-weights", "the file of the head");
  if (given("--group-by"))
    o.group_by =
        moved_table(asked.group_by, o.group_by, config.inputs.group_by, "--group-by", "the file of groups");
  if (given("--labels"))
    o.rules.labels =
        moved_table(asked.rules.labels, o.rules.labels, config.inputs.labels, "--labels", "the file of labels");
  if (given("--cache-dir") && o.cache != "file")
    fail(Fault::usage,
         "--cache-dir would change nothing: this run keeps no outputs in files (--cache {}); leave it out",
         o.cache);
  if (given("--cache-dir")) o.cache_dir = fs::absolute(asked.cache_dir).string();
  if (given("--keep-checkpoint")) o.keep_checkpoint = asked.keep_checkpoint;
  if (given("--checkpoint-steps")) o.checkpoint_steps = asked.checkpoint_steps;
  if (given("--checkpoint-minutes")) o.checkpoint_minutes = asked.checkpoint_minutes;
}

// A run that has ended may have kept none.
void require_checkpoint(const fs::path& run) {
  if (has_state(run) || !fs::exists(run / "model.h5")) return;
  fail(Fault::usage,
       "{}: this run has its model.h5 and no checkpoint any more (--keep-checkpoint no, or it was removed), so "
       "there is nothing to go on from; a new run can start from its weights: vgg-finetune train DATA --weights {} "
       "--head-weights {}",
       printable(run), printable(run / "model.h5"), printable(run / "model.h5"));
}

// Whether there are epochs to do, behind those of `state`. Notes how far the run was when they were asked for.
void check_epochs(RunConfig& config, const RunState& state, int test_scored) {
  const TrainOptions& o = config.options;
  const int done = state.epoch - 1;
  if (state.stopped_early)
    fail(Fault::usage,
         "--epochs {}: this run stopped early after epoch {}, since {} had not improved for {} epochs (--patience "
         "{}); a longer one would have stopped there, too. Start a new run with another --patience",
         o.epochs, done, o.watched, state.since_best, o.patience);
  if (o.epochs <= done)
    fail(Fault::usage, "--epochs {}: {} epoch{} of this run {} done already; ask for more, or leave --epochs out",
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

bool may_change(const std::string& option) { return std::ranges::count(kChangeable, option) > 0; }

RunConfig resumed_config(const TrainOptions& asked) {
  RunConfig config = read_run_config(asked.resume);
  require_checkpoint(asked.resume);
  const std::vector<std::string> kernels = config.options.compute.kernels;
  config.options.compute = asked.compute;
  config.options.compute.kernels = kernels;
  change_run(config, asked);
  require_same_table(config.options.group_by, config.inputs.group_by, "--group-by", "the file of groups");
  require_same_table(config.options.rules.labels, config.inputs.labels, "--labels", "the file of labels");
  if (const fs::path& data = config.options.data; !fs::is_directory(data))
    fail(Fault::data,
         "{}: the images of this run are not there any more; say where they are now: vgg-finetune train DATA "
         "--resume {}",
         printable(data), printable(asked.resume));
  return config;
}

void require_starting_files(const RunConfig& config) {
  const RunInputs& inputs = config.inputs;
  if (const std::string& sha256 = config.model.weights.sha256; !sha256.empty())
    require_same_file(config.options.weights, sha256, "--weights", "the file of weights", Fault::weights);
  if (!inputs.head_weights.empty())
    require_same_file(config.options.head_weights, inputs.head_weights, "--head-weights", "the file of the head");
}

void settle_changes(RunConfig& config, const TrainOptions& asked, const fs::path& run, const Dataset& data,
                    const RunState& state, int test_scored) {
  const ImageNames names{config.options.data, config.options.hide_names};
  const std::vector<ListedSplit> splits = {{"train", data.train}, {"val", data.val}, {"test", data.test}};
  const auto given = [&](const char* option) { return !asked.resume.empty() && asked.given.contains(option); };
  for (const ListedSplit& split : splits) {
    // A state knows its own images. Those of the test are compared when the run has been tested, or has moved.
    if (split.name == "test" ? !given("DATA") : has_state(run)) continue;
    if (!difference_to_list(run, names, data.classes, split).empty())
      fail_of_other_images(run, names, data.classes, split);
  }
  if (given("--epochs")) check_epochs(config, state, test_scored);
  if (std::ranges::any_of(kChangeable, given)) write_run_config(run, config);
  if (!has_image_list(run)) write_image_list(run, names, data.classes, splits);
}

void tidy_checkpoints(const TrainOptions& o, const fs::path& run) {
  const bool keeps = o.keep_checkpoint == "yes";
  const uint64_t bytes = remove_states(run, !keeps);
  if (bytes == 0) return;
  const auto megabytes = [](uint64_t b) { return fmt::format("{:.3g} MB", double(b) / 1e6); };
  if (keeps)
    print_info(
        "removed: checkpoint.graft.prev ({}); checkpoint.graft ({}) stays for train --resume {} --epochs N, and "
        "--keep-checkpoint no keeps none\n",
        megabytes(bytes), megabytes(fs::file_size(run / "checkpoint.graft")), printable(run));
  else
    print_info(
        "removed: the checkpoints ({}), as --keep-checkpoint no says: this run cannot be given more epochs\n",
        megabytes(bytes));
}

}  // namespace graft
