// Which images a run saw, to the byte.
#pragma once
#include <span>
#include <string>

#include "engine/data/dataset.h"

namespace graft {

// One hash of the names (relative to `folder`), labels and contents, in order. The samples have their digests.
std::string fingerprint(std::span<const Sample> samples, const std::filesystem::path& folder);

}  // namespace graft
