#include "tools/train/train_checks.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/printable.h"
#include "engine/data/walk.h"
#include "kernels/api/host_memory.h"
#include "models/features/feature_batches.h"
#include "models/memory_plan.h"
#include "tools/options/option.h"
#include "tools/train/phase_data.h"

namespace graft {
namespace {

// Number of cached images; each fixed view counts as one.
int64_t cached_images(const TrainConfig& o, const Dataset& data) {
  const int64_t views = o.data.augment.random() ? kept_views(o, data.train.size()) : 1;
  return views * int64_t(data.train.size()) + int64_t(data.val.size());
}

void note_idle_views(const TrainConfig& o, const Dataset& data, const Observers& observers) {
  const int64_t passes = passes_of_a_run(o.schedule, data.train.size());
  if (o.data.augment_views <= passes) return;
  observers.note(
      "--augment-views {}: each pass over the images uses one view, and this run makes {}, so {} are cached",
      o.data.augment_views, passes, passes);
}

// " (4.0 GB are the limit of ...)" if the limit is not that of the machine itself; else empty.
std::string whose_limit(const Backend& backend) {
  if (std::string_view(backend.name) == "cuda") return {};  // the memory of the GPU
  const std::string limit = host_memory().limit;
  return limit.empty() ? limit : " (" + limit + ")";
}

// Free bytes on the disk where the folder is or would be created; 0 if unknown.
uint64_t free_bytes(std::filesystem::path folder) {
  std::error_code error;
  folder = std::filesystem::absolute(folder);
  while (!std::filesystem::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  return error || !can_change(folder) ? 0 : space.available;
}

}  // namespace

void resolve_cache(TrainConfig& o, const Model& model, const Backend& backend, const Dataset& data,
                   const Observers& observers) {
  if (o.data.augment_views > 0) note_idle_views(o, data, observers);
  if (o.cache.mode != CacheMode::memory) return;
  const auto bytes_before = [&](int layer) {
    return layer > 0 ? FeatureBatches::cache_bytes(model.input_shape(layer), cached_images(o, data)) : 0;
  };
  // With two phases, the first, which trains only the head, may cache more or less than the second.
  const int64_t full = std::max(bytes_before(model.first_trained_layer()),
                                o.schedule.warmup_epochs > 0 ? bytes_before(model.trunk_end()) : 0);
  const int64_t need = o.cache.dtype == DType::bf16 ? full / 2 : full;
  const int64_t have = backend.available();
  if (need <= have / 2) return;
  const std::filesystem::path folder = feature_folder(o.cache);
  const uint64_t room = free_bytes(folder);
  const bool on_disk = uint64_t(need) <= room / 2;
  o.cache.mode = on_disk ? CacheMode::file : CacheMode::off;
  observers.note(
      "outputs of the frozen layers need {:.2g} GB, and {:.2g} GB of memory are free{}: {}", double(need) / 1e9,
      double(have) / 1e9, whose_limit(backend),
      on_disk ? fmt::format("they are cached in {}, as with --cache file", printable(folder))
              : fmt::format("they are recomputed in each epoch, as with --cache off, since {} {}; use another disk "
                            "with --cache file --cache-dir DIR",
                            printable(folder),
                            room ? fmt::format("has {:.2g} GB left", double(room) / 1e9) : "cannot be written"));
}

void check_memory(const TrainConfig& o, const Model& model, const Device& device, const Dataset& data) {
  const Backend& backend = device.backend();
  const bool keeps = o.cache.mode == CacheMode::memory && model.first_trained_layer() > 0;
  const size_t largest_split = std::max({data.train.size(), data.val.size(), data.test.size()});
  const PlanOptions options{
      .batch = int(std::min(size_t(o.schedule.batch), largest_split)),
      .optimizer_copies = o.optimizer.kind->state_copies + !data.val.empty(),  // plus the best weights
      .cached_images = keeps ? cached_images(o, data) : 0};
  const MemoryPlan plan = plan_memory(model, device, options);
  // Weights and gradients are already allocated.
  const int64_t room = std::min(backend.available(), INT64_MAX / 2) + plan.weights + plan.gradients;
  if (plan.total() <= room) return;
  const int fits = largest_batch(model, device, options, room);
  fail(Fault::resources,
       "training with a batch of {} images does not fit into the memory of {}: {:.2f} GB are available{}\n{}{}",
       options.batch, backend.info.name, double(room) / 1e9, whose_limit(backend), describe(plan),
       fits
           ? fmt::format("the largest batch that fits: --batch {}", fits)
           : fmt::format(
                 "no batch fits: a smaller --image-size or --head needs less{}{}",
                 o.model.unfreeze.kind == TrainableFrom::Kind::none ? "" : ", or fewer trained layers (--unfreeze)",
                 keeps ? ", or no feature cache (--cache off)" : ""));
}

void check_idle_options(const TrainConfig& o, const std::set<std::string>& given, const Model& model,
                        const Dataset& data) {
  const RunFacts run{.frozen_layers = model.first_trained_layer() > 0 || o.schedule.warmup_epochs > 0,
                     .validation = !data.val.empty()};
  for (const Option& option : train_options()) {
    if (!option.idle || !given.contains(option.flag)) continue;
    if (option.value.form == OptionValue::flag && option.value.text(o) == "false") continue;  // --no-FLAG
    if (const std::string why = option.idle(o, run); !why.empty())
      fail(Fault::usage, "{} would have no effect: {}; leave it out, or change that", option.flag, why);
  }
}

void check_schedule(const TrainConfig& o, const std::set<std::string>& given, const Dataset& data) {
  const ScheduleOptions& s = o.schedule;
  const auto needs_validation = [&](const char* option) {
    if (data.val.empty())
      fail(Fault::usage, "{} needs validation images, but {} has none; create {}/val/<class>/ (vgg-finetune split)",
           option, printable(o.data.folder), printable(o.data.folder));
  };
  if (s.patience > 0) needs_validation("--patience");
  if (s.shape.kind == Schedule::plateau) needs_validation("--schedule plateau");
  if (s.finetune_rate == 0 && given.contains("--finetune-lr"))
    fail(Fault::usage, "--finetune-lr 0 would train nothing in the second phase; leave it out for a tenth of --lr");
  const int shorter = s.warmup_epochs ? std::min(s.warmup_epochs, s.epochs - s.warmup_epochs) : s.epochs;
  if (const int64_t steps = shorter * steps_of_an_epoch(s, data.train.size()); s.warmup_steps >= steps)
    fail(Fault::usage, "--warmup-steps {}: {} has only {} steps, so its rate would rise to the end; use fewer",
         s.warmup_steps, s.warmup_epochs ? "a phase" : "the run", steps);
}

void require_classes(const RunConfig& config, const Dataset& data) {
  if (data.classes == config.model.classes) return;
  const auto list = [](std::vector<std::string> names) {
    for (std::string& name : names) name = printable(name);
    return fmt::format("{}", fmt::join(names, ", "));
  };
  fail(Fault::data,
       "{}: its classes ({}) are not those that the run started with ({}); restore them, or start a new run",
       printable(config.options.data.folder), list(data.classes), list(config.model.classes));
}

}  // namespace graft
