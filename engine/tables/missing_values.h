// What tables write where a value is not known.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/tables/name_table.h"

namespace graft {

// "NA", "NaN", "null", "None", "?", "-" and their like, those that pandas takes for missing among them; also an
// empty text.
bool is_missing(const std::string& value);

// Empties such values. Returns how many rows had which, but for those that were empty.
std::map<std::string, int> empty_missing(std::vector<NamedRow>& rows);

// "12 x 'NA', 1 x '?'"
std::string describe_missing(const std::map<std::string, int>& counts);

}  // namespace graft
