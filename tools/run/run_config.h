// What a run is, as JSON: the model's record (stored in config.json and inside model.h5, all that predict needs)
// and the options of the training. Reading is strict: an unknown or missing field is an error that names it.
#pragma once
#include <nlohmann/json.hpp>

#include "engine/base/printable.h"
#include "engine/data/preprocess.h"
#include "kernels/api/error.h"
#include "models/model.h"
#include "tools/options/train_config.h"

namespace graft {

struct WeightsOrigin {
  std::string name;    // file name, or "none"
  std::string sha256;  // of the file; empty for "none"
};

struct ModelRecord {
  ModelConfig architecture;
  std::vector<std::string> classes;
  Preprocess preprocess;
  WeightsOrigin weights;
  Precision precision = Precision::f32;
  std::string first_trained_layer;  // the first layer that trained; empty in models of older versions
};

// SHA-256 of files that a resumed run needs as they were; empty: none, or a run of an earlier program.
struct RunInputs {
  std::string head_weights, group_by, labels;
};

// What a run was to be before it was told otherwise when it was resumed, the oldest first.
struct EarlierPlan {
  int epochs = 0;
  int done = -1;        // epochs, when that was changed; -1: not known yet
  int test_scored = 0;  // how often the test images had been scored by then
};
struct RunChanges {
  std::vector<EarlierPlan> epochs;
  std::vector<std::string> data;  // folders
};

struct RunConfig {
  ModelRecord model;
  TrainConfig options;
  std::vector<float> class_weights;  // what --class-weights came to; empty: none
  RunInputs inputs;
  RunChanges changes;
};

// How many layers of a model that nothing trains any more are computed as frozen ones, in `precision`. What has
// trained keeps f32 values in bf16 too.
int frozen_layers(const Model& model, const ModelRecord& record, Precision precision);

nlohmann::json to_json(const ModelRecord& record);
ModelRecord model_record_from_json(const nlohmann::json& json, const std::filesystem::path& source);

void write_run_config(const std::filesystem::path& run, const RunConfig& config);
RunConfig read_run_config(const std::filesystem::path& run);
RunConfig read_config_file(const std::filesystem::path& file);  // the same, by its path

// Where work() goes by a config.json that names what there is not, its usage error is a fault of that file: data.
// An empty `run`: the options come from the command line.
template <class F>
void blame_config(const std::filesystem::path& run, const F& work) {
  try {
    work();
  } catch (const Error& e) {
    if (e.fault() != Fault::usage || run.empty()) throw;
    fail(Fault::data, e.advice(), "{}: {}; restore the file", printable(run / "config.json"), e.what());
  }
}

// "keras-caffe: 224x224 (stretch, bilinear), BGR - (103.939, 116.779, 123.68)", for people.
std::string describe(const Preprocess& preprocess);

// JSON as text. Names that are not UTF-8 cannot be stored: Error (data) that says so.
std::string dump(const nlohmann::json& json);

}  // namespace graft
