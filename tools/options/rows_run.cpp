// What is kept of a run, and how it computes.
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
       .help = "folder with train/<class>/*, test/<class>/* and, if wanted, val/<class>/*",
       .value = folder(FIELD(data.folder)),
       .shows_default = false,
       .may_change = true},
      {.flag = "--checkpoint-steps",
       .field = "checkpoint_steps",
       .group = group,
       .help = "save a checkpoint every N steps, besides after each epoch (0: not by steps)",
       .value = number(FIELD(run.checkpoint_steps), 0, 1000000000),
       .may_change = true},
      {.flag = "--checkpoint-minutes",
       .field = "checkpoint_minutes",
       .group = group,
       .help = "save a checkpoint at least every N minutes (0: not by time)",
       .value = number(FIELD(run.checkpoint_minutes), 0.f, 1e6f),
       .may_change = true},
      {.flag = "--keep-checkpoint",
       .field = "keep_checkpoint",
       .group = group,
       .help = "when the run has ended: yes (the last one, from which --resume --epochs goes on) or no",
       .value = one_of(FIELD(run.keep_checkpoint), {{"yes", true}, {"no", false}}),
       .may_change = true},
      {.flag = "--private",
       .field = "private",
       .group = group,
       .help = "no names of images in CSV files and the report: each is called by a part of a SHA-256",
       .value = flag(FIELD(data.hide_names))},
      {.flag = "--log-steps",
       .field = "log_steps",
       .group = group,
       .help = "write steps.csv (loss and accuracy of each step) and order.csv (which images it saw)",
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
       .help = "OP=VARIANT, pick a kernel by name (see: vgg-finetune kernels)",
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
       .help = "memory (computed once), file (computed once for all runs with these images, weights and frozen "
               "layers) or off (in every pass); the same result",
       .value = one_of(FIELD(cache.mode),
                       {{"memory", CacheMode::memory}, {"file", CacheMode::file}, {"off", CacheMode::off}}),
       .idle = [](const TrainConfig& c, const RunFacts& run) -> std::string {
         return c.cache.mode == CacheMode::file && !run.frozen_layers
                    ? "it keeps outputs of frozen layers, and none is frozen"
                    : "";
       }},
      {.flag = "--cache-dir",
       .field = "cache_dir",
       .group = group,
       .help = "where --cache file keeps them (default: features in the user's cache)",
       .value = path("FOLDER", FIELD(cache.folder)),
       .shows_default = false,
       .may_change = true,
       .idle = [](const TrainConfig& c, const RunFacts&) -> std::string {
         return c.cache.mode == CacheMode::file
                    ? ""
                    : "it says where --cache file keeps outputs, and that is not asked for";
       }},
      {.flag = "--cache-precision",
       .field = "cache_precision",
       .group = group,
       .help = "f32, or bf16: half the room, training and validation images rounded once",
       .value = one_of(FIELD(cache.dtype), {{"f32", DType::f32}, {"bf16", DType::bf16}}),
       .idle = [](const TrainConfig& c, const RunFacts& run) -> std::string {
         if (c.cache.dtype != DType::bf16) return "";
         if (!run.frozen_layers) return "it applies to outputs of frozen layers, and none is frozen";
         if (c.cache.mode == CacheMode::off) return "it applies to kept outputs, and --cache off keeps none";
         if (c.data.augment.random() && c.data.augment_views == 0)
           return "new views of the training images are not kept, and validation images alone must not be rounded; "
                  "name --augment-views K";
         return "";
       }},
  };
}

}  // namespace graft
