// Batches as the trained part of a model sees them. What a frozen trunk gives for an image never changes: with the
// cache on it is computed once for each image and kept; without, it is computed each time. Both give the
// same bits, because no kernel lets one image of a batch touch another. Random views cannot be kept, unless their
// number is fixed: an approximation, since later passes see nothing new.
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
  Tensor x;                     // [n, ...input of the first layer behind the frozen ones]
  std::vector<int32_t> labels;  // [n]
  std::vector<int> samples;     // [n], indices into the split
  int64_t next_position = 0;    // in the order: where the next batch begins, bad images included
};

struct FeatureBatchOptions {
  int batch = 32;
  std::function<std::unique_ptr<FeatureStore>(int64_t rows)> cache;  // makes what outputs are kept in; empty: none
  std::vector<std::string> keys;  // for the cache: of every image, the second view of each behind the first of all
  int views = 0;  // fixed augmented views of each image, which the passes use in turn; 0: new ones in each pass
  LoaderOptions loader;
};

class FeatureBatches {
 public:
  // trunk, samples and preprocess must outlive the batches.
  FeatureBatches(FrozenTrunk& trunk, std::span<const Sample> samples, const Preprocess& preprocess,
                 FeatureBatchOptions options);

  // With the cache on: runs the frozen layers over every image that is not there yet, once. done(n) is told how
  // many of all are ready; false stops it. Returns how many were there.
  int64_t fill_cache(const std::function<bool(int64_t done)>& done);
  bool keeps() const { return options_.cache != nullptr; }
  bool filled() const { return cache_ != nullptr; }
  std::vector<std::string> cache_notes() const { return cache_ ? cache_->notes() : std::vector<std::string>(); }

  void release_cache();  // later passes run the frozen layers again
  void start(std::vector<int> order, int64_t position = 0, int64_t pass = 0);  // one pass, from that position
  bool next(FeatureBatch& batch);
  // Called when the kernels of a batch are queued: if the next one is decoded, its copy to the device begins beside
  // them. Changes no result.
  void prefetch();

  int first_layer() const { return trunk_.end(); }  // the layer that batches enter the model at
  const std::vector<BadImage>& bad_images() const { return bad_images_; }
  double waited_seconds() const;  // for images, in all passes
  // Bytes that the cache of n images (times their views) takes.
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
  Batch images_;          // the batch that was fetched last
  Tensor bytes_;          // its images
  bool fetched_ = false;  // and next() has not given it yet
  std::unique_ptr<FeatureStore> cache_;
  std::vector<int> row_of_;  // [views, samples] row in the cache, -1 for a bad image
  int64_t pass_ = 0;
  std::vector<BadImage> bad_images_;
  std::unordered_set<int> bad_samples_;  // those of bad_images_
  size_t noted_ = 0;                     // of the loader's
  double waited_ = 0;
};

}  // namespace graft
