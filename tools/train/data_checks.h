// Data checks before training: the cheap part of vgg-finetune check.
#pragma once
#include "engine/data/preprocess.h"
#include "engine/data/survey.h"
#include "tools/events/observer.h"
#include "tools/options/train_config.h"

namespace graft {

// Warns of validation and test images that are also in an earlier split, of equal files under two labels, and of
// masks among the images. With --group-by, reports the number of groups, and throws Error (data) if one spans two
// splits, unless the options allow it.
void check_before_training(const Dataset& data, const Survey& survey, const DataOptions& options,
                           const Observers& observers);

// Warns of images of more than 8 bits that would lose most of their contrast.
void check_depth(const Dataset& data, const Preprocess& preprocess, const Observers& observers);
// The same for the input of a trained model.
void check_depth_of_inputs(const std::vector<std::filesystem::path>& files, const Preprocess& preprocess,
                           const Observers& observers);

}  // namespace graft
