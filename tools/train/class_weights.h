// Class weights of the training loss.
#pragma once
#include <vector>

#include "engine/data/dataset.h"
#include "tools/events/observer.h"
#include "tools/options/train_config.h"

namespace graft {

// none: returns {}. balanced: images / (classes * images of the class), as in scikit-learn. file: read from a CSV file
// with the columns class,weight and a line for every class; throws Error (data) if it cannot be read or does not match.
std::vector<float> class_weights(const ClassWeightsChoice& choice, const Dataset& data, const Observers& observers);

}  // namespace graft
