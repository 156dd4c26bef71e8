#include "engine/tables/missing_values.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

namespace graft {

bool is_missing(const std::string& value) {
  using namespace std::string_view_literals;
  // Case-sensitive, as in pandas: "none" is usually a class, "None" is what Python prints.
  static constexpr std::string_view kMissing[] = {
      ""sv,     "#N/A"sv, "#N/A N/A"sv, "#NA"sv, "<NA>"sv, "N/A"sv,    "NA"sv, "NULL"sv, "NaN"sv, "-NaN"sv,
      "-nan"sv, "None"sv, "n/a"sv,      "nan"sv, "null"sv, "<null>"sv, "?"sv,  "-"sv,    "--"sv,  "NAN"sv};
  return std::ranges::find(kMissing, value) != std::end(kMissing);
}

std::map<std::string, int> empty_missing(std::vector<NamedRow>& rows) {
  std::map<std::string, int> counts;
  for (NamedRow& row : rows) {
    if (row.value.empty() || !is_missing(row.value)) continue;
    ++counts[row.value];
    row.value.clear();
  }
  return counts;
}

std::string describe_missing(const std::map<std::string, int>& counts) {
  std::string text;
  for (const auto& [value, count] : counts)
    text += fmt::format("{}{} x '{}'", text.empty() ? "" : ", ", count, value);
  return text;
}

}  // namespace graft
