// What a mistake on an image of each class costs in training.
#pragma once
#include <vector>

#include "engine/data/dataset.h"
#include "tools/events/observer.h"
#include "tools/options/train_config.h"

namespace graft {

// none: {}. balanced: images / (classes * images of the class), as scikit-learn has it. file: a CSV file with the
// columns class,weight and a line for every class; Error (data) if it cannot be read or does not fit.
std::vector<float> class_weights(const ClassWeightsChoice& choice, const Dataset& data, const Observers& observers);

}  // namespace graft
