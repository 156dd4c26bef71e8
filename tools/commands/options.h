// What the commands can be told. Each struct has its defaults here and is filled by the options of one command.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/file_rules.h"
#include "tools/options/compute_options.h"
#include "tools/options/train_config.h"

namespace graft::CLI {
class App;
}

namespace graft {

struct CheckCommandOptions {
  std::filesystem::path data, json;
  DataRules rules;
  std::string group_by;
  int near_bits = 16;            // -1: no search for near-duplicates
  std::optional<Levels> levels;  // see PreprocessChoice
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
  std::optional<Levels> levels;  // see PreprocessChoice
  Exif exif = Exif::ignore;
  int image_size = 224, images = 4, views = 7;
  uint64_t seed = 1;
};

struct EvalOptions {
  std::filesystem::path run, data, out;
  DataRules rules;  // none: as the run was trained
  std::string split = "test";
  OnBadImage on_bad_image = OnBadImage::skip;
  bool hide_names = false;             // or as the run was trained
  std::string group_by;                // empty: as the run was trained
  std::optional<Precision> precision;  // none: as the model was trained
  int batch = 32;
  ComputeOptions compute;
};

struct PredictOptions {
  std::filesystem::path run;
  std::vector<std::filesystem::path> images;  // or folders
  std::filesystem::path files_from, out;      // a list of more; where CSV goes instead of to standard output
  DataRules rules;                            // of folders; none: as the run was trained
  std::optional<Precision> precision;         // none: as the model was trained
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

struct TraceOptions {
  std::filesystem::path run, data, csv;
  DataRules rules;                    // none: as the run was trained
  std::string weights, head_weights;  // what the run started with; empty: where its record says
  std::string split = "train";
  int images = 16;
  ComputeOptions compute;
};

struct ProbeOptions {
  std::filesystem::path out;
  int folds = 5;
  TrainConfig config;  // the frozen trunk and the images as train would have them
  ComputeOptions compute;
};

// Logging of a training. Not a part of what the run is: it may differ with --resume.
struct LogOptions {
  std::string format = "text";
  std::filesystem::path tensorboard;
  bool trace = false;
};

void add_compute_options(CLI::App& command, ComputeOptions& options);
void add_device_options(CLI::App& command, ComputeOptions& options);  // without --kernel

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
