// metrics.csv: the metrics of metrics.json as a table, for spreadsheets and data frames.
#include <fmt/core.h>

#include "engine/base/csv.h"
#include "tools/evaluation/evaluation.h"

namespace graft {
namespace {

std::string line(const std::string& of_class, const char* key, const std::optional<double>& value,
                 const std::optional<Interval>& interval) {
  std::string text = csv_field(of_class) + "," + key + "," + (value ? fmt::format("{:.9g}", *value) : "");
  return text + (value && interval ? fmt::format(",{:.9g},{:.9g}\n", interval->low, interval->high) : ",,\n");
}

}  // namespace

std::string to_csv(const Evaluation& m) {
  std::string text = "class,metric,value,low,high\n";
  for (int i = 0; i < kOveralls; ++i)
    text += line({}, graft::text(Overall(i)).key, m.scores[Overall(i)], m.intervals[Overall(i)]);
  for (size_t c = 0; c < m.classes.size(); ++c)
    for (int i = 0; i < kPerClasses; ++i)
      text += line(m.classes[c], graft::text(PerClass(i)).key, m.scores.at(c, PerClass(i)),
                   m.intervals.at(c, PerClass(i)));
  return text;
}

}  // namespace graft
