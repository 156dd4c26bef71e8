#include "tools/train/train_checks.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/printable.h"
#include "engine/data/augment.h"
#include "engine/data/walk.h"
#include "engine/schedule.h"
#include "kernels/api/host_memory.h"
#include "models/features/feed.h"
#include "models/memory_plan.h"
#include "tools/terminal/terminal.h"
#include "tools/train/train_step.h"
#include "tools/train/training_stage.h"

namespace graft {
namespace {

// Images whose frozen outputs are kept, a fixed view of one counted as an image.
int64_t cached_images(const TrainOptions& o, const Dataset& data) {
  const int64_t views = parse_augment(o.augment).random() ? kept_views(o, data.train.size()) : 1;
  return views * int64_t(data.train.size()) + int64_t(data.val.size());
}

void note_idle_views(const TrainOptions& o, const Dataset& data) {
  const int64_t passes = passes_of_a_run(o, data.train.size());
  if (o.augment_views <= passes) return;
  print_note(
      "--augment-views {}: this training passes over the images {} times and each pass shows one, so "
      "{} are kept",
      o.augment_views, passes, passes);
}

// " (4.0 GB are the limit of ...)" where something else than the machine draws it.
std::string whose_limit(const Backend& backend) {
  if (std::string_view(backend.name) == "cuda") return {};  // the memory of the GPU
  const std::string limit = host_memory().limit;
  return limit.empty() ? limit : " (" + limit + ")";
}

// Bytes that can be written where the folder is or would be made; 0 if nobody knows.
uint64_t free_bytes(std::filesystem::path folder) {
  std::error_code error;
  folder = std::filesystem::absolute(folder);
  while (!std::filesystem::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  return error || !can_change(folder) ? 0 : space.available;
}

}  // namespace

void check_cache(TrainOptions& o, const Vgg& model, const Backend& backend, const Dataset& data) {
  if (o.augment_views > 0) note_idle_views(o, data);
  if (o.cache != "memory") return;
  const auto bytes_before = [&](int layer) {
    return layer > 0 ? Feed::cache_bytes(model.input_shape(layer), cached_images(o, data)) : 0;
  };
  // Of two phases the first, which trains the head alone, may keep more or less than the second.
  const int64_t full =
      std::max(bytes_before(model.frozen_depth()), o.warmup_epochs > 0 ? bytes_before(model.trunk_end()) : 0);
  const int64_t need = o.cache_precision == "bf16" ? full / 2 : full;
  const int64_t have = backend.available();
  if (need <= have / 2) return;
  const std::filesystem::path folder = feature_folder(o);
  const uint64_t room = free_bytes(folder);
  const bool on_disk = uint64_t(need) <= room / 2;
  o.cache = on_disk ? "file" : "off";
  print_note("outputs of the frozen layers take {:.2g} GB, and {:.2g} GB of memory are free{}: {}",
             double(need) / 1e9, double(have) / 1e9, whose_limit(backend),
             on_disk
                 ? fmt::format("they are kept in {}, as with --cache file", printable(folder))
                 : fmt::format("they are computed anew in each epoch, as with --cache off, since {} {}; --cache "
                               "file --cache-dir DIR may name another disk",
                               printable(folder),
                               room ? fmt::format("has {:.2g} GB left", double(room) / 1e9) : "cannot be written"));
}

void check_memory(const TrainOptions& o, const Vgg& model, const Device& device, const Dataset& data) {
  const Backend& backend = device.backend();
  const bool keeps = o.cache == "memory" && model.frozen_depth() > 0;
  const size_t most = std::max({data.train.size(), data.val.size(), data.test.size()});  // of images in a batch
  const PlanOptions options{
      .batch = int(std::min(size_t(o.batch), most)),
      .optimizer_copies = (o.optimizer == "sgd" ? 1 : 2) + !data.val.empty(),  // and the best values
      .cached_images = keeps ? cached_images(o, data) : 0};
  const MemoryPlan plan = plan_memory(model, device, options);
  // Weights and gradients are there since the model was made.
  const int64_t room = std::min(backend.available(), INT64_MAX / 2) + plan.weights + plan.gradients;
  if (plan.total() <= room) return;
  const int fits = largest_batch(model, device, options, room);
  fail(Fault::resources,
       "a training with a batch of {} images does not fit into the memory of {}: {:.2f} GB can be had{}\n{}{}",
       options.batch, backend.info.name, double(room) / 1e9, whose_limit(backend), describe(plan),
       fits ? fmt::format("the largest batch that fits: --batch {}", fits)
            : fmt::format("no batch fits: a smaller --image-size or --head needs less{}{}",
                          o.unfreeze == "none" ? "" : ", or fewer trained layers (--unfreeze)",
                          keeps ? ", or to keep no outputs (--cache off)" : ""));
}

void check_idle_options(const TrainOptions& o, const Vgg& model, const Dataset& data) {
  const bool nothing_frozen = model.frozen_depth() == 0 && o.warmup_epochs == 0, no_val = data.val.empty();
  const bool narrow = o.cache_precision == "bf16";
  const bool new_views = parse_augment(o.augment).random() && o.augment_views == 0;
  const struct {
    const char* option;
    bool idle;
    const char* why;
  } table[] = {
      {"--momentum", o.optimizer == "adam", "it is of --optimizer sgd, and this run trains with adam"},
      {"--epsilon-form", o.optimizer == "sgd", "it is Adam's, and this run trains with sgd"},
      {"--cache-dir", o.cache != "file", "it is where --cache file keeps outputs, and that is not asked for"},
      {"--cache", o.cache == "file" && nothing_frozen, "it keeps outputs of frozen layers, and none is frozen"},
      {"--cache-precision", narrow && nothing_frozen, "it is of outputs of frozen layers, and none is frozen"},
      {"--cache-precision", narrow && o.cache == "off", "it is of kept outputs, and --cache off keeps none"},
      {"--cache-precision", narrow && new_views,
       "new views of the training images are not kept, and validation images alone must not be rounded; name "
       "--augment-views K"},
      {"--allow-group-overlap", o.group_by.empty(), "it is of groups, and no --group-by says what they are"},
      {"--positive", no_val, "thresholds that look for it are chosen on validation images, and there are none"},
      {"--watch", no_val, "it is a score of validation images, and there are none"},
      {"--keep", no_val && o.keep == "best", "what is best is said by validation images, and there are none"},
      {"--head-init", !o.head_weights.empty(), "--head-weights has all values of the head"},
      {"--finetune-lr", o.warmup_epochs == 0,
       "it is the rate of a second phase, and no --warmup-epochs says how long the first is"},
  };
  for (const auto& [option, idle, why] : table)
    if (idle && o.given.contains(option))
      fail(Fault::usage, "{} would change nothing: {}; leave it out, or change that", option, why);
}

void check_schedule(const TrainOptions& o, const Vgg& model, const Dataset& data) {
  const auto needs_validation = [&](const char* option) {
    if (data.val.empty())
      fail(Fault::usage, "{} goes by validation images, but {} has none; make {}/val/<class>/ (vgg-finetune split)",
           option, printable(o.data), printable(o.data));
  };
  if (o.patience > 0) needs_validation("--patience");
  if (parse_schedule(o.schedule).kind == Schedule::plateau) needs_validation("--schedule plateau");
  if (o.warmup_epochs > 0 && o.unfreeze == "none")
    fail(Fault::usage,
         "--warmup-epochs trains the head first and then more: say with --unfreeze what (block5, all)");
  if (o.warmup_epochs >= o.epochs)
    fail(Fault::usage, "--warmup-epochs {}: of {} epochs none is left for the second phase; ask for more --epochs",
         o.warmup_epochs, o.epochs);
  if (o.finetune_lr == 0 && o.given.contains("--finetune-lr"))
    fail(Fault::usage, "--finetune-lr 0 would train nothing in the second phase; leave it out for a tenth of --lr");
  const int shorter = o.warmup_epochs ? std::min(o.warmup_epochs, o.epochs - o.warmup_epochs) : o.epochs;
  if (const int64_t steps = shorter * steps_of_an_epoch(o, data.train.size()); o.warmup_steps >= steps)
    fail(Fault::usage, "--warmup-steps {}: {} has {} steps, so its rate would rise to the end; ask for fewer",
         o.warmup_steps, o.warmup_epochs ? "a phase" : "the run", steps);
  learning_groups(model, o.lr_mult, 0);
}

void require_classes(const RunConfig& config, const Dataset& data) {
  if (data.classes == config.model.classes) return;
  const auto list = [](std::vector<std::string> names) {
    for (std::string& name : names) name = printable(name);
    return fmt::format("{}", fmt::join(names, ", "));
  };
  fail(Fault::data,
       "{}: its classes ({}) are not those that the run started with ({}); restore them, or start a new run",
       printable(config.options.data), list(data.classes), list(config.model.classes));
}

}  // namespace graft
