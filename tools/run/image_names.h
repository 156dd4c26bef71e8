// Names of images in the files of a run: the path relative to the data folder or, with --private, a pseudonym
// that only the image itself can reproduce.
#pragma once
#include <filesystem>
#include <string>

#include "engine/data/dataset.h"

namespace graft {

struct ImageNames {
  std::filesystem::path folder;
  bool hidden = false;  // --private

  // A printable() name. If hidden, the start of a SHA-256 of content and path, so that no two images share one.
  std::string of(const Sample& sample) const;
};

}  // namespace graft
