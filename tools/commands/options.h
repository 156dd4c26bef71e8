// Options of the commands. Each struct holds its defaults and is filled by the options of one command.
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

// A contact sheet of augmented images.
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
  DataRules rules;  // none: as in the run
  std::string split = "test";
  OnBadImage on_bad_image = OnBadImage::skip;
  bool hide_names = false;             // also if the run hides them
  std::string group_by;                // empty: as in the run
  std::optional<Precision> precision;  // none: as the model was trained
  int batch = 32;
  ComputeOptions compute;
};

struct PredictOptions {
  std::filesystem::path run;
  std::vector<std::filesystem::path> images;  // or folders
  std::filesystem::path files_from, out;  // a list of more images; the CSV file to write instead of standard output
  DataRules rules;                        // of folders; none: as in the run
  std::optional<Precision> precision;     // none: as the model was trained
  bool json = false, csv = false;
  int top = 3, batch = 32;
  ComputeOptions compute;
};

struct ExplainOptions {
  std::filesystem::path run, images, masks, out;
  DataRules rules;           // none: as in the run
  std::string layer, shown;  // empty: the last convolution, the predicted class
  int batch = 8;
  ComputeOptions compute;
};

struct TraceOptions {
  std::filesystem::path run, data, csv;
  DataRules rules;                    // none: as in the run
  std::string weights, head_weights;  // files that the run started from; empty: as recorded in it
  std::string split = "train";
  int images = 16;
  ComputeOptions compute;
};

struct ProbeOptions {
  std::filesystem::path out;
  int folds = 5;
  TrainConfig config;  // frozen trunk and images, as for train
  ComputeOptions compute;
};

// Logging options. Not part of the run's identity: they may differ on --resume.
struct LogOptions {
  std::string format = "text";
  std::filesystem::path tensorboard;
  bool trace = false;
};

void add_compute_options(CLI::App& command, ComputeOptions& options);
void add_device_options(CLI::App& command, ComputeOptions& options);  // without --kernel

// Each adds its subcommand; running it sets exit_code.
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
