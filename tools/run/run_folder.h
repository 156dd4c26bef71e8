// The folder of a run: config.json, history.csv, model.h5, checkpoint.graft, predictions.csv.
#pragma once
#include <filesystem>
#include <memory>

#include "tools/run/run_config.h"
#include "tools/run/run_lock.h"

namespace graft {

struct RunFolder {
  std::filesystem::path path;
  std::unique_ptr<RunLock> lock;
};

// Makes the folder `out`, or the next free runs/N when it is empty, and locks it. Throws Error: it exists and is
// not empty (usage), it cannot be made, another process has it, or the disk has less room than a run of this model
// takes (resources). A folder where a killed process has left nothing but its lock is empty.
RunFolder create_run_folder(const std::filesystem::path& out, int64_t frozen, int64_t trained);

// Locks the folder of a run that goes on, and removes what a killed process left half written.
RunFolder open_run_folder(const std::filesystem::path& run);

// The model, as Keras can load it. Returns the SHA-256 of the file.
std::string save_model(const std::filesystem::path& file, Model& model, const ModelRecord& record);

}  // namespace graft
