// What the commands can be told. Each struct has its defaults here and is filled by the options of one command.
#pragma once
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/data/file_rules.h"

namespace graft::CLI {
class App;
}

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

struct CheckCommandOptions {
  std::filesystem::path data, json;
  DataRules rules;
  std::string group_by;
  int near_bits = 16;  // -1: no search for near-duplicates
  int bits = 0;        // see TrainOptions
  std::string range;
  int threads = 0;
};

struct SplitOptions {
  std::filesystem::path data, out;
  DataRules rules;
  double val = 0.15, test = 0.15;
  int folds = 0;  // 0: train, val and test
  std::string group_by, how = "copy";
  uint64_t seed = 1;
  bool dry_run = false;
};

// A picture of what an augmentation does.
struct AugmentOptions {
  std::filesystem::path data, out;
  DataRules rules;
  std::string augment = "medical-gentle", preprocess = "keras-caffe";
  int bits = 0;  // see TrainOptions
  std::string range;
  int image_size = 224, images = 4, views = 7;
  uint64_t seed = 1;
};

struct EvalOptions {
  std::filesystem::path run, data, out;
  DataRules rules;  // none: as the run was trained
  std::string split = "test", on_bad_image = "skip";
  bool hide_names = false;  // or as the run was trained
  std::string group_by;     // empty: as the run was trained
  std::string precision;    // empty: as the model was trained
  int batch = 32;
  ComputeOptions compute;
};

struct PredictOptions {
  std::filesystem::path run;
  std::vector<std::filesystem::path> images;  // or folders
  std::filesystem::path files_from, out;      // a list of more; where CSV goes instead of to standard output
  DataRules rules;                            // of folders; none: as the run was trained
  std::string precision;                      // empty: as the model was trained
  bool json = false, csv = false;
  int top = 3, batch = 32;
  ComputeOptions compute;
};

struct ExplainOptions {
  std::filesystem::path run, images, masks, out;
  DataRules rules;           // none: as the run was trained
  std::string layer, shown;  // empty: the last convolution, the predicted class
  int batch = 8;
  ComputeOptions compute;
};

struct ReportOptions {
  std::filesystem::path run, out, data;
  bool hide_names = false;
  ComputeOptions compute;
};

struct TraceOptions {
  std::filesystem::path run, data, csv;
  DataRules rules;                    // none: as the run was trained
  std::string weights, head_weights;  // what the run started with; empty: where its record says
  std::string split = "train";
  int images = 16;
  ComputeOptions compute;
};

struct ProbeOptions {
  std::filesystem::path data, out;
  DataRules rules;
  std::string model = "vgg16", weights = "auto", preprocess = "auto", resize, fit;
  int bits = 0;  // see TrainOptions
  std::string range;
  int image_size = 224, folds = 5;
  uint64_t seed = 1;
  std::string on_bad_image = "skip", group_by;
  ComputeOptions compute;
};

void add_compute_options(CLI::App& command, ComputeOptions& options);

// --bits and --range, which exclude each other.
void add_depth_options(CLI::App& command, int& bits, std::string& range, const std::string& group = "Options");

void add_train_options(CLI::App& command, TrainOptions& options);

// Each adds its sub-command; the exit code is set when it has run.
void add_train_command(CLI::App& app, int& exit_code);
void add_eval_command(CLI::App& app, int& exit_code);
void add_predict_command(CLI::App& app, int& exit_code);
void add_explain_command(CLI::App& app, int& exit_code);
void add_report_command(CLI::App& app, int& exit_code);
void add_probe_command(CLI::App& app, int& exit_code);
void add_trace_command(CLI::App& app, int& exit_code);
void add_weights_command(CLI::App& app, int& exit_code);
void add_check_command(CLI::App& app, int& exit_code);
void add_split_command(CLI::App& app, int& exit_code);
void add_augment_command(CLI::App& app, int& exit_code);
void add_kernels_command(CLI::App& app, int& exit_code);

}  // namespace graft
