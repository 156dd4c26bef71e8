// Initial weights and preprocessing of a model, as the options request them.
#pragma once
#include <memory>
#include <optional>

#include "tools/events/observer.h"
#include "tools/run/run_config.h"
#include "weights/keras/keras_h5.h"
#include "weights/sources.h"

namespace graft {

// The weights file: the given path, or the one in the user's cache, downloaded if necessary. nullopt for
// WeightsChoice::none.
std::optional<std::filesystem::path> find_weights_file(const ModelOptions& options, const Observers& observers);

// get_weights() with a progress display.
std::filesystem::path download_weights(const OfficialFile& file, const Observers& observers,
                                       const std::string& mirror = {});

// The preprocessing of the weights, or the requested preset, with the requested changes. Warns if the preset is
// not the one that the weights were trained with.
Preprocess choose_preprocess(const PreprocessChoice& choice, int image_size,
                             const std::optional<std::filesystem::path>& weights, const Observers& observers);

// Loads the trunk from the file (with the head "imagenet" also fc1 and fc2), or applies He initialisation.
// Initialises the new layers of the head, or loads the head from its own file, matched by `classes`. Reports what
// matched. Returns the origin of the weights.
WeightsOrigin initialise(Model& model, const std::optional<std::filesystem::path>& weights,
                         const ModelOptions& options, uint64_t seed, const std::vector<std::string>& classes,
                         const Observers& observers);

}  // namespace graft
