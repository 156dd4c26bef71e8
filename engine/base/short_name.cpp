#include "engine/base/short_name.h"

#include <filesystem>

#include "engine/base/hash.h"

namespace graft {

std::string shortened(const std::string& name, size_t most) {
  constexpr size_t kHash = 8;
  if (name.size() <= most) return name;
  size_t keep = most - kHash - 1;
  while (keep > 0 && (name[keep] & 0xC0) == 0x80) --keep;
  return name.substr(0, keep) + "~" + sha256(name).substr(0, kHash);
}

std::string shortened_stem(const std::string& name, size_t most) {
  constexpr size_t kLongestSuffix = 10;
  if (name.size() <= most) return name;
  const std::string suffix = std::filesystem::path(name).extension().native();
  if (suffix.size() > kLongestSuffix) return shortened(name, most);
  return shortened(name.substr(0, name.size() - suffix.size()), most - suffix.size()) + suffix;
}

}  // namespace graft
