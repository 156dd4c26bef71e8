// What kept features depend on besides the image: other features are refused by it.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/data/augment.h"
#include "engine/data/dataset.h"
#include "models/frozen_trunk.h"

namespace graft {

// Program, layers, the values of the frozen weights, preprocessing, kernels, instruction set, precisions.
nlohmann::json feature_context(const FrozenTrunk& trunk, Model& model, const Preprocess& preprocess, DType stored);

// Names of the rows: of each view (at least one) every image, by the hash of its bytes and of how it is seen.
std::vector<std::string> feature_keys(std::span<const Sample> samples, const Augment& augment, uint64_t seed,
                                      int views);

}  // namespace graft
