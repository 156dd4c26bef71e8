#include "weights/json_text.h"

#include <set>
#include <vector>

#include "engine/data/printable.h"

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
    fail(fault, "{} is not valid JSON: {}", what, e.what());
  }
}

}  // namespace graft
