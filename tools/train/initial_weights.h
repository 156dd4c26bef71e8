// From options to a model that is ready to train: which weights, which preprocessing, which layers.
#pragma once
#include <memory>
#include <optional>

#include "tools/events/observer.h"
#include "tools/run/run_config.h"
#include "weights/keras/keras_h5.h"
#include "weights/sources.h"

namespace graft {

// The file of weights: a path, or what the user's cache holds, downloaded if need be. Nothing for
// WeightsChoice::none.
std::optional<std::filesystem::path> find_weights_file(const ModelOptions& options, const Observers& observers);

// get_weights(), with its progress.
std::filesystem::path download_weights(const OfficialFile& file, const Observers& observers,
                                       const std::string& mirror = {});

// The preprocessing that belongs to the weights, with the changes of the choice. Warns where the
// choice is another preset than the one that the weights were trained with.
Preprocess choose_preprocess(const PreprocessChoice& choice, int image_size,
                             const std::optional<std::filesystem::path>& weights, const Observers& observers);

// Fills the trunk from the file (and fc1, fc2 for the head "imagenet"), or with He initialisation, and the new
// layers of the head as the options say; a head that was trained elsewhere by the names of `classes`. Tells what
// matched. Returns where the weights come from.
WeightsOrigin initialise(Model& model, const std::optional<std::filesystem::path>& weights,
                         const ModelOptions& options, uint64_t seed, const std::vector<std::string>& classes,
                         const Observers& observers);

}  // namespace graft
