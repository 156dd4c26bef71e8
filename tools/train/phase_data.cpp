#include "tools/train/phase_data.h"

#include "tools/events/human_time.h"
#include "tools/train/feature_context.h"
#include "weights/sources.h"

namespace graft {

std::filesystem::path feature_folder(const CacheOptions& o) {
  return o.folder.empty() ? cache_folder() / "features" : o.folder;
}

PhaseData::PhaseData(const RunConfig& config, Device& device, Model& model, const Dataset& data,
                     const Observers& observers)
    : options_(config.options),
      config_(config),
      data_(data),
      model_(model),
      observers_(observers),
      stored_(config.options.cache.dtype),
      trunk_(device, model, model.first_trained_layer()),
      train_(trunk_, data.train, config.model.preprocess, batch_options(data.train, true)),
      val_(trunk_, data.val, config.model.preprocess, batch_options(data.val, false)) {}

FeatureBatchOptions PhaseData::batch_options(const std::vector<Sample>& samples, bool augmented) {
  FeatureBatchOptions options{.batch = options_.schedule.batch, .cache = {}, .keys = {}, .loader = {}};
  bool fixed = true;  // the views are the same in every pass
  if (augmented) {
    options.loader.augment = options_.data.augment;
    options.loader.seed = options_.run.seed;
    if (options.loader.augment.random())
      options.views = kept_views(options_, data_.train.size()), fixed = options.views > 0;
  }
  if (options_.cache.mode == CacheMode::off || trunk_.end() == 0 || !fixed) return options;
  options.keys = feature_keys(samples, options.loader.augment, options_.run.seed, options.views);
  if (options_.cache.mode == CacheMode::memory) {
    options.cache = [this](int64_t rows) { return store_in_memory(trunk_.device(), trunk_.out(), stored_, rows); };
    return options;
  }
  options.cache = [this](int64_t) {
    return store_in_files(trunk_.device(), trunk_.out(), stored_, feature_folder(options_.cache),
                          feature_context(trunk_, model_, config_.model.preprocess, stored_));
  };
  return options;
}

bool PhaseData::fill_caches() {
  const int64_t images = int64_t(data_.train.size());
  const bool views = options_.data.augment.random();
  if (options_.cache.mode != CacheMode::off && trunk_.end() > 0 && !train_.keeps())
    observers_.info(
        "every pass uses new views, so the frozen layers run in every pass (no cache); --augment-views K\n"
        "caches K fixed views of each image instead: faster, but an approximation");
  if (!fill(train_, views ? images * kept_views(options_, data_.train.size()) : images,
            views ? "fixed views of the training images" : "training images"))
    return false;
  if (!fill_validation()) return false;
  trunk_.release_buffers();
  return true;
}

bool PhaseData::fill_validation() { return fill(val_, int64_t(data_.val.size()), "validation images"); }

bool PhaseData::fill(FeatureBatches& batches, int64_t count, const char* what) {
  if (!batches.keeps() || batches.filled() || count == 0) return true;
  int64_t reused = -1;
  Progress progress(observers_, {.task = fmt::format("frozen layers, {}", what), .total = count});
  batches.fill_cache([&](int64_t done) {
    if (reused < 0) reused = done;
    progress.update(done, reused > 0 ? fmt::format("{} reused", reused) : "");
    return !observers_.stopped();
  });
  if (observers_.stopped()) return false;
  for (const std::string& note : batches.cache_notes()) observers_.note("{}", note);
  const int64_t run = count - reused;
  const double megabytes =
      double(FeatureBatches::cache_bytes(trunk_.out(), count)) / 1e6 * (stored_ == DType::bf16 ? 0.5 : 1);
  std::string text =
      fmt::format("frozen layers run once over {} {}: {}", run, what, human_time(progress.seconds()));
  if (run > 0)
    text += fmt::format(" ({:.1f} images/s, {:.0f} % waiting for data)", double(run) / progress.seconds(),
                        100 * batches.waited_seconds() / progress.seconds());
  if (options_.cache.mode == CacheMode::file) text += fmt::format(", reused {} of {}", reused, count);
  observers_.info("{}, {:.0f} MB cached{}", text, megabytes,
                  options_.cache.mode == CacheMode::file ? " on disk" : "");
  for (Observer* o : observers_.all()) o->on_feature_pass({what, count, progress.seconds()});
  return true;
}

}  // namespace graft
