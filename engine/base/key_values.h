// The small language of options with parts: "key=value,key=value".
#pragma once
#include <optional>
#include <string_view>
#include <vector>

namespace graft {

struct KeyValue {
  std::string_view item, key;             // of "every=5": "every=5" and "every"
  std::optional<std::string_view> value;  // "5"; nullopt where the item has no "="
};

// The items of the text, in order; an empty text has one empty item. They point into the text.
inline std::vector<KeyValue> key_values(std::string_view text) {
  std::vector<KeyValue> found;
  for (size_t begin = 0; begin <= text.size();) {
    const std::string_view item = text.substr(begin, text.find(',', begin) - begin);
    const size_t equal = item.find('=');
    found.push_back({item, item.substr(0, equal), {}});
    if (equal != item.npos) found.back().value = item.substr(equal + 1);
    begin += item.size() + 1;
  }
  return found;
}

}  // namespace graft
