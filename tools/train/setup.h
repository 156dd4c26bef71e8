// From options to a model that is ready to train: which weights, which preprocessing, which layers.
#pragma once
#include <memory>
#include <optional>

#include "tools/run/run_config.h"
#include "weights/keras/keras_h5.h"
#include "weights/sources.h"

namespace graft {

// The file that --weights means: a path, or what the user's cache holds, downloaded if need be. Nothing for "none".
std::optional<std::filesystem::path> find_weights_file(const TrainOptions& options);

// get_weights(), with its progress.
std::filesystem::path download_weights(const OfficialFile& file, const std::string& mirror = {});

// The preprocessing that belongs to the weights, changed where the options say so.
Preprocess choose_preprocess(const TrainOptions& options, const std::optional<std::filesystem::path>& weights);

// Fills the trunk from the file (and fc1, fc2 for the head "imagenet"), or with He initialisation, and the new
// layers of the head as the options say; a head that was trained elsewhere by the names of `classes`. Prints what
// matched. Returns where the weights come from.
WeightsOrigin initialise(Vgg& model, const std::optional<std::filesystem::path>& weights,
                         const TrainOptions& options, const std::vector<std::string>& classes);

// A trained model, RUN or a model.h5, in two steps: its record says which precision the device is to have that then
// gets the values. Opening throws Error (data, weights) if it is no trained model of ours, or was changed.
struct TrainedFile {
  ModelRecord record;
  std::unique_ptr<KerasFile> file;
};
TrainedFile open_trained(const std::filesystem::path& run);
struct TrainedModel {
  ModelRecord record;
  std::unique_ptr<Vgg> model;
};
// unfreeze: what gets gradients, see Vgg::unfreeze.
TrainedModel load_trained(TrainedFile opened, Device& device, std::string_view unfreeze = "none");

}  // namespace graft
