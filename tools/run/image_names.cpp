#include "tools/run/image_names.h"

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {

std::string ImageNames::of(const Sample& sample) const {
  const std::filesystem::path relative = sample.path.lexically_relative(folder);
  if (!hidden) return printable(relative);
  require(!sample.digest.empty(), "a hidden name needs the digest of the image");
  return sha256(sample.digest + "\n" + relative.native()).substr(0, 16);
}

}  // namespace graft
