// The folder of a run: config.json, history.csv, model.h5, checkpoint.graft, predictions.csv.
#pragma once
#include <filesystem>

#include "tools/run_config.h"

namespace graft {

// Makes the folder `out`, or the next free runs/N when it is empty. Throws Error: it exists and is not empty
// (usage), it cannot be made, or the disk has less room than a run of this model takes (resources).
std::filesystem::path create_run_folder(const std::filesystem::path& out, int64_t frozen, int64_t trained);

// The trained model, as Keras can load it.
void save_model(const std::filesystem::path& run, Vgg& model, const ModelRecord& record);

}  // namespace graft
