// Batches of fitted images, decoded ahead by worker threads. The order and the contents are a function of `order`
// and the options, for any number of threads. A Loader makes one pass: each epoch creates a new one.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/data/augment.h"
#include "engine/data/dataset.h"
#include "engine/data/preprocess.h"

namespace graft {

struct LoaderOptions {
  int threads = 0;        // 0: one per core
  int prefetch = 2;       // batches that may be ready or in progress ahead of the consumer, >= 1
  Augment augment;        // the distribution of the views
  uint64_t seed = 0;      // of the views
  uint64_t view_set = 0;  // selects one view per sample; usually the number of the pass over the images
};

struct Batch {
  int n = 0;
  std::vector<uint8_t> rgb;     // [n, size, size, 3]
  std::vector<int32_t> labels;  // [n]
  std::vector<int> samples;     // [n], indices into the split
};

struct BadImage {
  int sample;
  std::string message;  // includes the path
};

class Loader {
 public:
  // `order`: indices into `samples`, cut into consecutive batches; the last may be smaller. `samples` must outlive
  // the loader.
  Loader(std::span<const Sample> samples, std::vector<int> order, int batch, const Preprocess& preprocess,
         const LoaderOptions& options = {});
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch, or false at the end; reuses the memory of `batch`. A bad image makes its batch one shorter; a
  // batch of only bad images is skipped. A sample with a digest was read before and must still have the same bytes:
  // different or missing content throws Error (data). So do errors of the system (resources); in this and every
  // later call.
  bool next(Batch& batch);

  // Would next() return a batch immediately, with nothing to skip or report?
  bool ready() const;

  // Images skipped so far, each sample once, in order. Call from the thread that calls next().
  const std::vector<BadImage>& bad_images() const;
  double waited_seconds() const;  // that next() spent waiting for images

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace graft
