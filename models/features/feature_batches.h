// Mini-batches of features, the input of the trainable part of a model. The features that a frozen trunk computes for
// an image never change: with a feature cache they are computed once per image, without one in every pass. Both are
// bitwise equal, because in every kernel the images of a batch are independent. Random augmented views can be cached
// only if their number is fixed: an approximation, as later passes see no new views.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <unordered_set>

#include "engine/data/loader.h"
#include "engine/staged_uploads.h"
#include "models/features/feature_store.h"
#include "models/frozen_trunk.h"

namespace graft {

struct FeatureBatch {
  Tensor x;                     // [n, ...input of the first layer after the frozen ones]
  std::vector<int32_t> labels;  // [n]
  std::vector<int> samples;     // [n], indices into the split
  int64_t next_position = 0;    // position of the next batch in the order, bad images included
};

struct FeatureBatchOptions {
  int batch = 32;
  std::function<std::unique_ptr<FeatureStore>(int64_t rows)> cache;  // makes the feature cache; empty: no cache
  std::vector<std::string> keys;                                     // for the cache, [views, samples]
  int views = 0;  // fixed augmented views per image, used by the passes in turn; 0: new views in each pass
  LoaderOptions loader;
};

class FeatureBatches {
 public:
  // trunk, samples and preprocess must outlive the batches.
  FeatureBatches(FrozenTrunk& trunk, std::span<const Sample> samples, const Preprocess& preprocess,
                 FeatureBatchOptions options);

  // Runs the frozen layers on every image that is missing from the cache. Calls done(n) with the number of images
  // (times views) in the cache; if that returns false, stops without a filled cache. Returns how many it had before.
  int64_t fill_cache(const std::function<bool(int64_t done)>& done);
  bool keeps() const { return options_.cache != nullptr; }  // whether a cache was asked for
  bool filled() const { return cache_ != nullptr; }         // whether fill_cache() has completed
  std::vector<std::string> cache_notes() const { return cache_ ? cache_->notes() : std::vector<std::string>(); }

  void release_cache();  // later passes run the frozen layers again
  // Starts a pass over the samples `order`, from `position` in it. `pass` selects the augmented views.
  void start(std::vector<int> order, int64_t position = 0, int64_t pass = 0);
  bool next(FeatureBatch& batch);  // false at the end of the pass
  // To be called once the kernels of a batch are queued: if the next batch is decoded, starts its copy to the device,
  // which overlaps with them. Changes no result.
  void prefetch();

  int first_layer() const { return trunk_.end(); }  // the layer whose input the batches are
  const std::vector<BadImage>& bad_images() const { return bad_images_; }
  double waited_seconds() const;  // time spent waiting for decoded images, in all passes
  // Returns the bytes of a cache of `images` images (times views) in f32.
  static int64_t cache_bytes(const Shape& one, int64_t images) { return one.size() * 4 * images; }

 private:
  bool fetch();  // takes the next decoded batch and starts its copy
  bool next_images(FeatureBatch& batch);
  bool next_cached(FeatureBatch& batch);
  void note_bad_images();

  FrozenTrunk& trunk_;
  std::span<const Sample> samples_;
  const Preprocess& preprocess_;
  FeatureBatchOptions options_;

  std::vector<int> order_;
  int64_t position_ = 0;
  std::unique_ptr<Loader> loader_;
  StagedUploads uploads_;
  Batch images_;          // the batch fetched last
  Tensor bytes_;          // its images, on the device
  bool fetched_ = false;  // whether next() has yet to return it
  std::unique_ptr<FeatureStore> cache_;
  std::vector<int> row_of_;  // [views, samples]: row in the cache, -1 for a bad image
  int64_t pass_ = 0;
  std::vector<BadImage> bad_images_;
  std::unordered_set<int> bad_samples_;  // the samples of bad_images_
  size_t noted_ = 0;                     // number of the loader's bad images already in bad_images_
  double waited_ = 0;
};

}  // namespace graft
