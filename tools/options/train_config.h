// The configuration of a training run as types, parsed once from the command line or config.json (option.h). Each
// part of the program takes the sub-struct that it needs.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/file_rules.h"
#include "engine/data/augment.h"
#include "engine/data/preprocess.h"
#include "engine/schedule.h"
#include "kernels/api/backend.h"
#include "models/model.h"
#include "models/param_groups.h"
#include "models/trainable.h"
#include "tools/options/optimizers.h"

namespace graft {

// Source of the trunk's initial weights.
struct WeightsChoice {
  enum Kind { automatic, none, file } kind = automatic;  // automatic: official weights, cached or downloaded
  std::filesystem::path path;                            // of a file
};
enum class HeadInit { fan_in, glorot };

struct ModelOptions {
  ModelConfig network;  // its number of classes follows from the data
  WeightsChoice weights;
  HeadInit head_init = HeadInit::fan_in;
  std::filesystem::path head_weights;  // file of the head's initial weights; empty: use head_init
  TrainableFrom unfreeze;
  Precision precision = Precision::f32;
};

// Requested preprocessing: a preset and changes to it. It is resolved once the weights are known.
struct PreprocessChoice {
  std::string preset = "auto";  // "auto": that of the weights
  std::optional<Interpolation> resize;
  std::optional<Fit> fit;
  std::optional<Levels> levels;  // of images of more than 8 bits
  std::optional<Exif> exif;
};

enum class OnBadImage { skip, fail };

struct DataOptions {
  std::filesystem::path folder;
  DataRules rules;
  PreprocessChoice preprocess;
  Augment augment;
  int augment_views = 0;  // 0: new views in each pass
  std::string group_by;   // see GroupBy; empty: none
  bool allow_group_overlap = false;
  OnBadImage on_bad_image = OnBadImage::skip;
  std::string positive;     // the positive one of two classes; empty: the second
  bool hide_names = false;  // hide image names in CSV files and the report
};

struct ClassWeightsChoice {
  enum Kind { none, balanced, file } kind = none;
  std::filesystem::path path;  // of a file, a table
};

struct LossChoice {
  float label_smoothing = 0;
  ClassWeightsChoice class_weights;
};

enum class Monitor { val_loss, val_accuracy };
const char* name(Monitor monitor);
enum class KeptEpoch { best, last };

struct ScheduleOptions {
  int epochs = 5, steps_per_epoch = 0;  // 0: an epoch is a pass over the images
  int batch = 32;
  float learning_rate = 1e-4f;
  float finetune_rate = 0;  // of the second phase; 0: learning_rate / 10
  Schedule shape;
  int warmup_steps = 0, warmup_epochs = 0;
  std::vector<LayerRate> layer_rates;
  int patience = 0;  // of early stopping; 0: off
  Monitor monitor = Monitor::val_loss;
  KeptEpoch keep = KeptEpoch::best;

  double second_rate() const { return finetune_rate > 0 ? double(finetune_rate) : double(learning_rate) / 10; }
};

enum class CacheMode { memory, file, off };

// The feature cache: outputs of the frozen layers.
struct CacheOptions {
  CacheMode mode = CacheMode::memory;
  std::filesystem::path folder;  // empty: in the user's cache
  DType dtype = DType::f32;
};

struct RunOptions {
  std::string preset;  // empty: none
  uint64_t seed = 1;
  int checkpoint_steps = 0;      // 0: off
  float checkpoint_minutes = 5;  // 0: off
  bool keep_checkpoint = true;   // keep the last one when the run has ended
  bool calibrate = false;
  bool log_steps = false;
  std::vector<std::string> kernels;  // "conv2d=direct"
};

struct TrainConfig {
  ModelOptions model;
  DataOptions data;
  OptimizerOptions optimizer;
  LossChoice loss;
  ScheduleOptions schedule;
  CacheOptions cache;
  RunOptions run;
};

// The request of the train command line.
struct TrainRequest {
  TrainConfig config;
  std::set<std::string> given;        // flags on the command line: "--lr"
  std::filesystem::path resume;       // run to resume; empty: a new run
  std::filesystem::path config_file;  // config.json to take all other options from; empty: none
};

// For a training set of `images` images. A pass covers every image once.
int64_t batches_of_a_pass(const ScheduleOptions& schedule, size_t images);
int64_t steps_of_an_epoch(const ScheduleOptions& schedule, size_t images);
int64_t passes_of_a_run(const ScheduleOptions& schedule, size_t images);
// Number of cached views per image: augment_views, but at most one per pass.
int kept_views(const TrainConfig& config, size_t images);

std::string describe_trained(const TrainableFrom& from);  // "the head, and the trunk from block5"

}  // namespace graft
