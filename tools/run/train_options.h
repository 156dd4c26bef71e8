// What a training can be told. Defaults are here; the options of the command fill it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "engine/base/file_rules.h"

namespace graft {

// Shared by every command that computes.
struct ComputeOptions {
  std::string device = "auto";
  int threads = 0;                   // 0: all cores
  std::vector<std::string> kernels;  // "conv2d=direct"
};

// Who watches a training. No part of what a run is.
struct WatchOptions {
  std::string log_format = "text";
  std::filesystem::path tensorboard;
  bool trace = false;
};

struct TrainOptions {
  std::filesystem::path data, out, resume;
  bool hide_names = false;  // of images, in CSV files and the report
  DataRules rules;
  std::string preset;  // empty: none
  std::string model = "vgg16", weights = "auto", preprocess = "auto", resize, fit;
  std::string head = "flatten:1024", head_init = "fan-in", unfreeze = "none";
  std::string head_weights;  // the head's first values; empty: as head_init says
  int image_size = 224;
  int bits = 0;       // of pictures of more than 8 bits; 0: as they are
  std::string range;  // of their values, "0,4095"; empty: as they are
  float dropout = 0;
  std::string optimizer = "adam", epsilon_form = "keras";
  float learning_rate = 1e-4f, l2 = 0, weight_decay = 0, momentum = 0.9f, clip_norm = 0;  // clip_norm 0: none
  std::string schedule = "constant", lr_mult;
  int warmup_steps = 0, warmup_epochs = 0;
  float finetune_lr = 0;  // of the second phase; 0: a tenth of learning_rate
  float label_smoothing = 0;
  std::string class_weights = "none";
  std::vector<float> class_weight_values;  // what that came to; empty: none
  int patience = 0;                        // 0: no early stop
  std::string watched = "val_loss", keep = "best";
  int batch = 32, epochs = 5, steps_per_epoch = 0;  // 0: full passes
  uint64_t seed = 1;
  int checkpoint_steps = 0;             // 0: not by steps
  float checkpoint_minutes = 5;         // 0: not by time
  std::string keep_checkpoint = "yes";  // the last one, when the run has ended
  std::string precision = "f32";
  std::string on_bad_image = "skip", cache = "memory", augment = "none";
  std::string cache_precision = "f32";
  std::string cache_dir;  // empty: in the user's cache
  int augment_views = 0;  // 0: new views in each pass
  std::string group_by;   // see GroupBy; empty: none
  bool allow_group_overlap = false;
  bool calibrate = false;
  bool log_steps = false;
  std::string positive;         // empty: the second of two classes
  std::set<std::string> given;  // names of the options that the command line has: "--lr"
  ComputeOptions compute;
  WatchOptions watch;
};

// Of so many training images.
inline int64_t batches_of_a_pass(const TrainOptions& o, size_t images) {
  return (int64_t(images) + o.batch - 1) / o.batch;
}
inline int64_t steps_of_an_epoch(const TrainOptions& o, size_t images) {
  return o.steps_per_epoch ? o.steps_per_epoch : batches_of_a_pass(o, images);
}
inline int64_t passes_of_a_run(const TrainOptions& o, size_t images) {
  const int64_t batches = batches_of_a_pass(o, images), steps = o.epochs * steps_of_an_epoch(o, images);
  return (steps + batches - 1) / batches;
}
// Fixed views of an image that are kept: a pass shows one, so more than there are passes would show nothing.
inline int kept_views(const TrainOptions& o, size_t images) {
  return int(std::min<int64_t>(o.augment_views, passes_of_a_run(o, images)));
}

}  // namespace graft
