// predictions.csv: the prediction for each image.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/metrics/prediction.h"
#include "tools/run/image_names.h"

namespace graft {

// Writes the columns path, label, predicted and one probability column per class.
void write_predictions(const std::filesystem::path& csv, const std::vector<Prediction>& predictions,
                       std::span<const Sample> samples, const std::vector<std::string>& classes,
                       const ImageNames& names);

// The group number of each prediction, for evaluate_predictions();
// empty if `group_by` is. For `folder` see groups_of().
std::vector<int> group_numbers(const std::vector<Prediction>& predictions, const std::vector<Sample>& samples,
                               const std::filesystem::path& folder, const std::string& group_by);

}  // namespace graft
