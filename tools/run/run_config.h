// The identity of a run as JSON: the model's record (in config.json and inside model.h5; all that predict needs)
// and the training options. Reading is strict: an unknown field, or a missing one whose row does not allow it, is an
// error that names it.
#pragma once
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <set>

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
  std::string first_trained_layer;  // empty in models of earlier versions
};

// SHA-256 of input files that must not change on --resume; empty: not used, or a run of an earlier version.
struct RunInputs {
  std::string head_weights, group_by, labels;
};

// What the run was configured for before a --resume changed it, oldest first.
struct EarlierPlan {
  int epochs = 0;
  int done = -1;        // epochs done when it was changed; -1: not known yet
  int test_scored = 0;  // how often the test images had been scored by then
};
struct RunChanges {
  std::vector<EarlierPlan> epochs;
  std::vector<std::string> data;  // previous data folders
};

struct RunConfig {
  ModelRecord model;
  TrainConfig options;
  std::vector<float> class_weights;  // resolved --class-weights; empty: none
  RunInputs inputs;
  RunChanges changes;
};

// Number of leading layers to compute as frozen, in `precision`, when the model is no longer trained. With bf16,
// layers that were trained are excluded, since they keep f32 values.
int frozen_layers(const Model& model, const ModelRecord& record, Precision precision);

nlohmann::json to_json(const ModelRecord& record);
ModelRecord model_record_from_json(const nlohmann::json& json, const std::filesystem::path& source);

void write_run_config(const std::filesystem::path& run, const RunConfig& config);
RunConfig read_run_config(const std::filesystem::path& run);
RunConfig read_config_file(const std::filesystem::path& file);  // the same, given the file

// Where the options come from that the command line does not give.
struct OptionSource {
  std::filesystem::path file = {};  // a config.json; empty: they have their defaults
  const char* cure = "restore the file";
  std::set<std::string> given = {};  // flags on the command line
};

// Throws `error` again, for blame_config().
[[noreturn]] void throw_of_config(const Error& error, const OptionSource& source,
                                  std::initializer_list<const char*> flags);

// Runs work(), which uses the options `flags`: a usage error is rethrown as an error of the source's file (data), with
// the cure, unless the command line gave one of them.
template <class F>
auto blame_config(const OptionSource& source, std::initializer_list<const char*> flags, const F& work) {
  try {
    return work();
  } catch (const Error& e) {
    throw_of_config(e, source, flags);
  }
}

// Human-readable: "keras-caffe: 224x224 (stretch, bilinear), BGR - (103.939, 116.779, 123.68)".
std::string describe(const Preprocess& preprocess);

// Serialises JSON, indented. Throws Error (data) for names that are not UTF-8.
std::string dump(const nlohmann::json& json);

}  // namespace graft
