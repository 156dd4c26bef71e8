#include "tools/train_checks.h"

#include <algorithm>

#include "engine/data/augment.h"
#include "engine/data/printable.h"
#include "engine/schedule.h"
#include "models/memory_plan.h"
#include "tools/feed.h"
#include "tools/train_step.h"

namespace graft {
namespace {

// Images whose frozen outputs are kept, a fixed view of one counted as an image.
int64_t cached_images(const TrainOptions& o, const Dataset& data) {
  const int64_t views = parse_augment(o.augment).random() ? o.augment_views : 1;
  return views * int64_t(data.train.size()) + int64_t(data.val.size());
}

}  // namespace

void check_cache(TrainOptions& o, const Vgg& model, const Backend& backend, const Dataset& data) {
  if (o.cache != "memory") return;
  const int64_t full = Feed::cache_bytes(model.input_shape(model.frozen_depth()), cached_images(o, data));
  const int64_t need = o.cache_precision == "bf16" ? full / 2 : full;
  const int64_t have = backend.available();
  if (need <= have / 2) return;
  fmt::print(
      "note: outputs of the frozen layers would take {:.1f} GB of {:.1f} GB free memory; they are computed anew in "
      "each epoch (as with --cache off); --cache file keeps them on disk\n",
      double(need) / 1e9, double(have) / 1e9);
  o.cache = "off";
}

void check_memory(const TrainOptions& o, const Vgg& model, const Backend& backend, const Dataset& data) {
  const bool keeps = o.cache == "memory" && model.frozen_depth() > 0;
  const size_t most = std::max({data.train.size(), data.val.size(), data.test.size()});  // of images in a batch
  const PlanOptions options{
      .batch = int(std::min(size_t(o.batch), most)),
      .optimizer_copies = (o.optimizer == "sgd" ? 1 : 2) + !data.val.empty(),  // and the best values
      .cached_images = keeps ? cached_images(o, data) : 0};
  const MemoryPlan plan = plan_memory(model, backend, options);
  // Weights and gradients are there since the model was made.
  const int64_t room = std::min(backend.available(), INT64_MAX / 2) + plan.weights + plan.gradients;
  if (plan.total() <= room) return;
  const int fits = largest_batch(model, backend, options, room);
  fail(Fault::resources,
       "a training with a batch of {} images does not fit into the memory of {}: {:.2f} GB can be had\n{}{}",
       options.batch, backend.info.name, double(room) / 1e9, describe(plan),
       fits ? fmt::format("the largest batch that fits: --batch {}", fits)
            : "no batch fits: train fewer layers (--unfreeze), or keep fewer outputs (--cache off)");
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
  if (o.finetune_lr > 0 && o.warmup_epochs == 0)
    fail(Fault::usage,
         "--finetune-lr is the rate of the second phase: say how long the first is (--warmup-epochs)");
  learning_groups(model, o.lr_mult, 0);
}

}  // namespace graft
