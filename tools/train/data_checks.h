// What training says about its data before it starts: the cheap part of vgg-finetune check.
#pragma once
#include "engine/data/preprocess.h"
#include "engine/data/survey.h"
#include "tools/events/observer.h"
#include "tools/options/train_config.h"

namespace graft {

// Warns of test and validation images that training sees, too, of equal files under two labels, and of masks among
// the images. With --group-by: says how many groups there are; throws Error (data) if one is in two splits,
// unless the options allow it.
void check_before_training(const Dataset& data, const Survey& survey, const DataOptions& options,
                           const Observers& observers);

// Warns of pictures of more than 8 bits of which the model would see little.
void check_depth(const Dataset& data, const Preprocess& preprocess, const Observers& observers);
// The same for images that a trained model is shown.
void check_depth_of_inputs(const std::vector<std::filesystem::path>& files, const Preprocess& preprocess,
                           const Observers& observers);

}  // namespace graft
