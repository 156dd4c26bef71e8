#include "engine/base/json_text.h"

#include <set>
#include <vector>

#include "engine/base/printable.h"

namespace graft {

nlohmann::json parse_json(std::string_view text, const std::string& what, Fault fault) {
  using nlohmann::json;
  constexpr int kMaxDepth = 32;
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    if (depth > kMaxDepth) fail(fault, "{} is JSON nested more than {} deep; get it again", what, kMaxDepth);
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      fail(fault, "{} has the key {} twice; get it again", what, printable(value.get<std::string>()));
    return true;
  };
  try {
    return json::parse(text, watch);
  } catch (const json::exception& e) {
    fail(fault, "{} is not valid JSON: {}", what, printable(e.what()));
  }
}

std::vector<int64_t> integers(const nlohmann::json& j, const std::string& what) {
  std::vector<int64_t> values;
  if (!j.is_array()) fail(Fault::weights, "{} has {} where a list of integers should be", what, j.type_name());
  for (const nlohmann::json& element : j) {
    const auto value = number_as<int64_t>(element);
    if (!value)
      fail(Fault::weights, "{} has {} where an integer should be", what,
           element.is_number() ? element.dump() : element.type_name());
    values.push_back(*value);
  }
  return values;
}

}  // namespace graft
