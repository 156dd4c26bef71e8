// What a mistake on an image of each class costs in training (--class-weights).
#pragma once
#include <string>
#include <vector>

#include "engine/data/dataset.h"

namespace graft {

// "none": {}. "balanced": images / (classes * images of the class), as scikit-learn has it. Else a CSV file with
// the columns class,weight and a line for every class. Throws Error: the file cannot be read or does not fit
// (data).
std::vector<float> class_weights(const std::string& text, const Dataset& data);

}  // namespace graft
