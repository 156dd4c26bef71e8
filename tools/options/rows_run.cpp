// Run options: what a run saves, and how it computes.
#include <fmt/ranges.h>

#include "tools/options/rows.h"
#include "tools/options/values.h"

namespace graft {

std::vector<Option> run_rows() {
  const std::string group = "Run";
  return {
      {.flag = "DATA",
       .field = "data",
       .group = "Positionals",
       .help = "folder with train/<class>/*, test/<class>/* and, optionally, val/<class>/*",
       .value = folder(FIELD(data.folder)),
       .shows_default = false,
       .may_change = true},
      {.flag = "--checkpoint-steps",
       .field = "checkpoint_steps",
       .group = group,
       .help = "also save a checkpoint every N steps, not only after each epoch (0: off)",
       .value = number(FIELD(run.checkpoint_steps), 0, 1000000000),
       .may_change = true},
      {.flag = "--checkpoint-minutes",
       .field = "checkpoint_minutes",
       .group = group,
       .help = "save a checkpoint at least every N minutes (0: off)",
       .value = number(FIELD(run.checkpoint_minutes), 0.f, 1e6f),
       .may_change = true},
      {.flag = "--keep-checkpoint",
       .field = "keep_checkpoint",
       .group = group,
       .help = "after the run has ended: yes (keep the last one, which --resume --epochs needs) or no",
       .value = one_of(FIELD(run.keep_checkpoint), {{"yes", true}, {"no", false}}),
       .may_be_missing = true,
       .may_change = true},
      {.flag = "--private",
       .field = "private",
       .group = group,
       .help = "no image names in CSV files and the report, but parts of a SHA-256 instead",
       .value = flag(FIELD(data.hide_names)),
       .may_be_missing = true},
      {.flag = "--log-steps",
       .field = "log_steps",
       .group = group,
       .help = "write steps.csv (loss and accuracy of each step) and order.csv (the images of each step)",
       .value = flag(FIELD(run.log_steps))},
      {.flag = "--precision",
       .field = "precision",
       .group = "Computing",
       .help = "f32; tf32: products on tensor cores; bf16: frozen layers stored in bf16 too",
       .value = parsed("WORD", FIELD(model.precision), parse_precision,
                       [](const Precision& p) { return std::string(name(p)); })},
      {.flag = "--kernel",
       .field = "kernels",
       .group = "Computing",
       .help = "use this kernel for an op (vgg-finetune kernels lists them)",
       .value = texts("OP=VARIANT", FIELD(run.kernels)),
       .shows_default = false,
       .heading = "Kernels by name",
       .report = [](const TrainConfig& c) { return fmt::format("{}", fmt::join(c.run.kernels, ", ")); }},
  };
}

std::vector<Option> cache_rows() {
  const std::string group = "Outputs of frozen layers";
  return {
      {.flag = "--cache",
       .field = "cache",
       .group = group,
       .help = "memory (compute once), file (compute once for all runs with these images, weights and frozen "
               "layers) or off (compute in every pass); the results are the same",
       .value = one_of(FIELD(cache.mode),
                       {{"memory", CacheMode::memory}, {"file", CacheMode::file}, {"off", CacheMode::off}}),
       .idle = [](const TrainConfig& c, const RunFacts& run) -> std::string {
         return c.cache.mode == CacheMode::file && !run.frozen_layers
                    ? "it caches outputs of frozen layers, and none is frozen"
                    : "";
       }},
      {.flag = "--cache-dir",
       .field = "cache_dir",
       .group = group,
       .help = "folder of --cache file (default: features in the user's cache)",
       .value = path("FOLDER", FIELD(cache.folder)),
       .shows_default = false,
       .may_change = true,
       .idle = [](const TrainConfig& c, const RunFacts&) -> std::string {
         return c.cache.mode == CacheMode::file ? "" : "it is the folder of --cache file, which is not used";
       }},
      {.flag = "--cache-precision",
       .field = "cache_precision",
       .group = group,
       .help = "f32, or bf16: half the memory, features of training and validation images rounded once",
       .value = one_of(FIELD(cache.dtype), {{"f32", DType::f32}, {"bf16", DType::bf16}}),
       .idle = [](const TrainConfig& c, const RunFacts& run) -> std::string {
         if (c.cache.dtype != DType::bf16) return "";
         if (!run.frozen_layers) return "it applies to outputs of frozen layers, and none is frozen";
         if (c.cache.mode == CacheMode::off) return "it applies to cached outputs, and --cache off keeps none";
         if (c.data.augment.random() && c.data.augment_views == 0)
           return "new views of the training images are not cached, and validation features alone must not be "
                  "rounded; give --augment-views K";
         return "";
       }},
  };
}

}  // namespace graft
