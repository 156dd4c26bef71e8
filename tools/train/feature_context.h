// The key of cached features: everything that they depend on besides the image. Features with another key are not used.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/data/augment.h"
#include "engine/data/dataset.h"
#include "models/frozen_trunk.h"

namespace graft {

// Version, layers, values of the frozen weights, preprocessing, kernels, instruction set and precisions.
nlohmann::json feature_context(const FrozenTrunk& trunk, Model& model, const Preprocess& preprocess, DType stored);

// Keys of the cache rows, view by view (at least one): for each image a hash of its bytes and its augmentation.
std::vector<std::string> feature_keys(std::span<const Sample> samples, const Augment& augment, uint64_t seed,
                                      int views);

}  // namespace graft
