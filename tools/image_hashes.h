// SHA-256 of image files, by all cores: which images a run saw, to the byte.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "engine/data/dataset.h"

namespace graft {

// In the order of the samples. A file that cannot be read has the hash "unreadable": loading it will name it.
std::vector<std::string> hash_images(std::span<const Sample> samples);

// One hash of the names (relative to `folder`), labels and contents, in order.
std::string fingerprint(std::span<const Sample> samples, std::span<const std::string> hashes,
                        const std::filesystem::path& folder);

}  // namespace graft
