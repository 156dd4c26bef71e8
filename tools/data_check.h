// What training says about its data before it starts: the cheap part of vgg-finetune check.
#pragma once
#include "engine/data/survey.h"
#include "tools/options.h"

namespace graft {

// Warns of test and validation images that training sees, too. With --group-by: prints how many groups there are;
// throws Error (data) if one is in two splits, unless the options allow it.
void check_before_training(const Dataset& data, const Survey& survey, const TrainOptions& options);

}  // namespace graft
