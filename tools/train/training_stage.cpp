#include "tools/train/training_stage.h"

#include "engine/base/printable.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/terminal.h"
#include "tools/train/feature_context.h"
#include "weights/sources.h"

namespace graft {

std::filesystem::path feature_folder(const TrainOptions& o) {
  return o.cache_dir.empty() ? cache_folder() / "features" : std::filesystem::path(o.cache_dir);
}

TrainingStage::TrainingStage(const RunConfig& config, Device& device, Vgg& model, const Dataset& data)
    : options_(config.options),
      config_(config),
      data_(data),
      model_(model),
      stored_(config.options.cache_precision == "bf16" ? DType::bf16 : DType::f32),
      trunk_(device, model, model.frozen_depth()),
      train_(trunk_, data.train, config.model.preprocess, feed_options(data.train, true)),
      val_(trunk_, data.val, config.model.preprocess, feed_options(data.val, false)) {}

FeedOptions TrainingStage::feed_options(const std::vector<Sample>& samples, bool augmented) {
  FeedOptions options{.batch = options_.batch, .cache = {}, .keys = {}, .loader = {}};
  bool fixed = true;  // what is seen does not change from pass to pass
  if (augmented) {
    options.loader.augment = parse_augment(options_.augment);
    options.loader.seed = options_.seed;
    if (options.loader.augment.random())
      options.views = kept_views(options_, data_.train.size()), fixed = options.views > 0;
  }
  if (options_.cache == "off" || trunk_.end() == 0 || !fixed) return options;
  options.keys = feature_keys(samples, options.loader.augment, options_.seed, options.views);
  if (options_.cache == "memory") {
    options.cache = [this](int64_t rows) { return store_in_memory(trunk_.device(), trunk_.out(), stored_, rows); };
    return options;
  }
  options.cache = [this](int64_t) {
    return store_in_files(trunk_.device(), trunk_.out(), stored_, feature_folder(options_),
                          feature_context(trunk_, model_, config_.model.preprocess, stored_));
  };
  return options;
}

bool TrainingStage::fill_caches(const TrainingObservers& observers) {
  const int64_t images = int64_t(data_.train.size());
  const bool views = parse_augment(options_.augment).random();
  if (options_.cache != "off" && trunk_.end() > 0 && !train_.keeps())
    print_info(
        "every pass sees new views, so the frozen layers run in every pass (no cache); --augment-views K\n"
        "keeps K fixed views of each image instead: faster, and an approximation\n");
  if (!fill(train_, views ? images * kept_views(options_, data_.train.size()) : images,
            views ? "fixed views of the training images" : "training images", observers))
    return false;
  if (!fill_validation(observers)) return false;
  trunk_.release_buffers();
  return true;
}

bool TrainingStage::fill_validation(const TrainingObservers& observers) {
  return fill(val_, int64_t(data_.val.size()), "validation images", observers);
}

bool TrainingStage::fill(Feed& feed, int64_t count, const char* what, const TrainingObservers& observers) {
  if (!feed.keeps() || feed.filled() || count == 0) return true;
  int64_t reused = -1;
  Progress progress(fmt::format("frozen layers, {}", what), count);
  feed.fill_cache([&](int64_t done) {
    if (reused < 0) reused = done;
    progress.update(done, reused > 0 ? fmt::format("{} reused", reused) : "");
    return !interrupted();
  });
  if (interrupted()) return false;
  for (const std::string& note : feed.cache_notes()) print_note("{}", note);
  const int64_t run = count - reused;
  const double megabytes =
      double(Feed::cache_bytes(trunk_.out(), count)) / 1e6 * (stored_ == DType::bf16 ? 0.5 : 1);
  print_info("frozen layers run once over {} {}: {}", run, what, human_time(progress.seconds()));
  if (run > 0)
    print_info(" ({:.1f} images/s, {:.0f} % waiting for data)", double(run) / progress.seconds(),
               100 * feed.waited_seconds() / progress.seconds());
  if (options_.cache == "file") print_info(", reused {} of {}", reused, count);
  print_info(", {:.0f} MB kept{}\n", megabytes, options_.cache == "file" ? " on disk" : "");
  flush_output();
  for (TrainingObserver* o : observers) o->on_frozen_pass({what, count, progress.seconds()});
  return true;
}

}  // namespace graft
