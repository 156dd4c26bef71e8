#include "tools/evaluation/predictions_csv.h"

#include <fmt/core.h>

#include <unordered_map>

#include "engine/audit/leaks.h"
#include "engine/base/atomic_file.h"
#include "engine/base/csv.h"

namespace graft {

std::vector<int> group_numbers(const std::vector<Prediction>& predictions, const std::vector<Sample>& samples,
                               const std::filesystem::path& folder, const std::string& group_by) {
  if (group_by.empty()) return {};
  const std::vector<std::string> groups = groups_of(samples, folder, GroupBy(group_by));
  std::unordered_map<std::string, int> number;
  std::vector<int> numbers;
  for (const Prediction& p : predictions)
    numbers.push_back(number.emplace(groups[size_t(p.sample)], int(number.size())).first->second);
  return numbers;
}

void write_predictions(const std::filesystem::path& csv, const std::vector<Prediction>& predictions,
                       std::span<const Sample> samples, const std::vector<std::string>& classes,
                       const ImageNames& names) {
  std::string text = "path,label,predicted";
  for (const std::string& c : classes) text += "," + csv_field(c);
  text += "\n";
  for (const Prediction& p : predictions) {
    text += csv_field(names.of(samples[size_t(p.sample)])) + "," + csv_field(classes[p.label]) + "," +
            csv_field(classes[p.predicted()]);
    for (float prob : p.probs) text += fmt::format(",{:.9g}", prob);
    text += "\n";
  }
  write_file(csv, text);
}

}  // namespace graft
