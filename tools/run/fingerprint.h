// Identifies the images of a run by content.
#pragma once
#include <span>
#include <string>

#include "engine/data/dataset.h"

namespace graft {

// A SHA-256 of the names (relative to `folder`), labels and contents, in order. The samples must have digests.
std::string fingerprint(std::span<const Sample> samples, const std::filesystem::path& folder);

}  // namespace graft
