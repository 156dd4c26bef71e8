#include "tools/run/fingerprint.h"

#include "engine/base/hash.h"
#include "kernels/api/error.h"

namespace graft {

std::string fingerprint(std::span<const Sample> samples, const std::filesystem::path& folder) {
  Hasher hash(Hasher::sha256);
  for (const Sample& s : samples) {
    require(!s.digest.empty(), "fingerprint: {} has no digest", s.path.string());
    hash.update(fmt::format("{}\n{}\n{}\n", s.path.lexically_relative(folder).string(), s.label, s.digest));
  }
  return hash.hex();
}

}  // namespace graft
