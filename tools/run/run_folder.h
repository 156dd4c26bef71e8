// A run folder: config.json, history.csv, model.h5, checkpoint.graft, predictions.csv, ...
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

// Creates the folder `out`, or the next free runs/N if that is empty, and locks it. `frozen`, `trained`: numbers
// of values. Throws Error: it exists and is not empty (usage); it cannot be created, another process has locked
// it, or the disk has too little room for a run of this model (resources). A folder that contains only leftovers
// of a killed process counts as empty.
RunFolder create_run_folder(const std::filesystem::path& out, int64_t frozen, int64_t trained);

// Locks the folder of a run to resume, and removes temporary files of a killed process.
RunFolder open_run_folder(const std::filesystem::path& run);

// Saves the model as .h5 for Keras. Returns the SHA-256 of the file.
std::string save_model(const std::filesystem::path& file, Model& model, const ModelRecord& record);

}  // namespace graft
