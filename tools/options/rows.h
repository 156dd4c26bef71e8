// The rows of train_options(), by topic.
#pragma once
#include "tools/options/option.h"

namespace graft {

std::vector<Option> run_rows();
std::vector<Option> model_rows();
std::vector<Option> data_rows();
std::vector<Option> training_rows();
std::vector<Option> schedule_rows();
std::vector<Option> cache_rows();

}  // namespace graft
