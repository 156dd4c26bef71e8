#include "models/features/feature_batches.h"

#include <algorithm>
#include <numeric>

namespace graft {
FeatureBatches::FeatureBatches(FrozenTrunk& trunk, std::span<const Sample> samples, const Preprocess& preprocess,
                               FeatureBatchOptions options)
    : trunk_(trunk), samples_(samples), preprocess_(preprocess), options_(options), uploads_(trunk.device()) {}

int64_t FeatureBatches::fill_cache(const std::function<bool(int64_t)>& done) {
  const int64_t images = int64_t(samples_.size()), views = std::max(options_.views, 1);
  std::unique_ptr<FeatureStore> store = options_.cache(views * images);
  std::vector<std::string> keys = options_.keys;
  keys.resize(size_t(views * images));
  std::vector<int> row_of = store->find(keys);
  const int64_t found = views * images - std::count(row_of.begin(), row_of.end(), -1);
  int64_t ready = found;
  bool proceed = done(ready);
  for (int64_t view = 0; view < views && proceed; ++view) {
    const size_t first = size_t(view * images);
    std::vector<int> missing;
    for (int i = 0; i < images; ++i)
      if (row_of[first + size_t(i)] < 0) missing.push_back(i);
    start(missing, 0, view);
    for (FeatureBatch batch; proceed && next(batch);) {
      std::vector<std::string> names;
      for (const int sample : batch.samples) names.push_back(keys[first + size_t(sample)]);
      int row = store->append(batch.x, names);
      for (const int sample : batch.samples) row_of[first + size_t(sample)] = row++;
      proceed = done(ready += int64_t(batch.samples.size()));
    }
  }
  store->finish();
  if (!proceed) return found;
  cache_ = std::move(store);
  row_of_ = std::move(row_of);
  return found;
}

void FeatureBatches::release_cache() { cache_.reset(), row_of_.clear(); }

void FeatureBatches::start(std::vector<int> order, int64_t position, int64_t pass) {
  order_ = std::move(order);
  position_ = position;
  pass_ = options_.views > 0 ? pass % options_.views : pass;
  waited_ = waited_seconds();
  loader_.reset();
  noted_ = 0;
  fetched_ = false;
  if (cache_) return;
  LoaderOptions loader = options_.loader;
  loader.view_set = uint64_t(pass_);
  loader_ = std::make_unique<Loader>(samples_, std::vector<int>(order_.begin() + position, order_.end()),
                                     options_.batch, preprocess_, loader);
}

bool FeatureBatches::next(FeatureBatch& batch) { return cache_ ? next_cached(batch) : next_images(batch); }

bool FeatureBatches::fetch() {
  const bool more = loader_->next(images_);
  note_bad_images();
  if (!more) return false;
  bytes_ = uploads_.start({images_.n, preprocess_.size, preprocess_.size, 3}, images_.rgb);
  return fetched_ = true;
}

void FeatureBatches::prefetch() {
  if (loader_ && !fetched_ && loader_->ready()) fetch();
}

bool FeatureBatches::next_images(FeatureBatch& batch) {
  if (!fetched_ && !fetch()) return false;
  fetched_ = false;
  batch.labels = images_.labels;
  batch.samples = images_.samples;
  // The loader skips batches of nothing but bad images, so find the position of this batch's first sample.
  while (order_[position_] != batch.samples.front()) ++position_;
  position_ = position_ / options_.batch * options_.batch;
  batch.next_position = position_ = std::min<int64_t>(position_ + options_.batch, int64_t(order_.size()));
  batch.x = trunk_.run(bytes_, preprocess_);
  return true;
}

bool FeatureBatches::next_cached(FeatureBatch& batch) {
  batch.labels.clear(), batch.samples.clear();
  std::vector<int> rows;
  const int64_t size = int64_t(order_.size());
  const int* row_of = row_of_.data() + (options_.views > 0 ? pass_ * int64_t(samples_.size()) : 0);
  while (position_ < size && rows.empty()) {
    const int64_t end = std::min(position_ + options_.batch, size);
    for (; position_ < end; ++position_) {
      const int sample = order_[position_];
      if (row_of[sample] < 0) continue;
      rows.push_back(row_of[sample]);
      batch.samples.push_back(sample);
      batch.labels.push_back(samples_[sample].label);
    }
  }
  if (rows.empty()) return false;
  batch.next_position = position_;
  batch.x = cache_->gather(rows);
  return true;
}

void FeatureBatches::note_bad_images() {
  for (const std::vector<BadImage>& bad = loader_->bad_images(); noted_ < bad.size(); ++noted_)
    if (bad_samples_.insert(bad[noted_].sample).second) bad_images_.push_back(bad[noted_]);
}

double FeatureBatches::waited_seconds() const { return waited_ + (loader_ ? loader_->waited_seconds() : 0); }

}  // namespace graft
