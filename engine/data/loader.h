// Batches of fitted images, decoded ahead by worker threads. The order and the contents are a function of `order`
// and the options, for any number of threads. One Loader is one pass: an epoch makes a new one.
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
  int threads = 0;        // 0: one a core
  int prefetch = 2;       // batches that may be ready or in work ahead of the consumer, >= 1
  Augment augment;        // which views the batches show
  uint64_t seed = 0;      // of the views
  uint64_t view_set = 0;  // of each sample one view; the pass over the images, as a rule
};

struct Batch {
  int n = 0;
  std::vector<uint8_t> rgb;     // [n, size, size, 3]
  std::vector<int32_t> labels;  // [n]
  std::vector<int> samples;     // [n], indices into the split
};

struct BadImage {
  int sample;
  std::string message;  // has the path
};

class Loader {
 public:
  // `order`: indices into `samples`, batches are cut from it in turn; the last may be smaller. `samples` must
  // outlive the loader.
  Loader(std::span<const Sample> samples, std::vector<int> order, int batch, const Preprocess& preprocess,
         const LoaderOptions& options = {});
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch, or false at the end; reuses the memory of `batch`. A bad image makes its batch one shorter, and
  // a batch of bad images only is passed over. A sample with a digest was looked at before, and whoever counts on
  // it must get the same bytes: another or no content throws Error (data). So do errors of the system (resources);
  // here and at every later call.
  bool next(Batch& batch);

  // Would next() give a batch at once, with nothing to skip or to complain about?
  bool ready() const;

  // What was skipped so far, each sample once, in order. For the thread that calls next().
  const std::vector<BadImage>& bad_images() const;
  double waited_seconds() const;  // that next() stood waiting for images

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace graft
