// How tables mark missing values.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/tables/name_table.h"

namespace graft {

// "NA", "NaN", "null", "None", "?", "-" and similar, including those that pandas takes for missing; also an empty
// text.
bool is_missing(const std::string& value);

// Empties such values. Returns the number of rows for each, except for empty ones.
std::map<std::string, int> empty_missing(std::vector<NamedRow>& rows);

// "12 x 'NA', 1 x '?'"
std::string describe_missing(const std::map<std::string, int>& counts);

}  // namespace graft
