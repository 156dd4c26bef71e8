// What an image is called in the files that a run writes: by its path below the folder of the data, or, as
// --private asks for, by a number that says nothing to who has not got the image.
#pragma once
#include <filesystem>
#include <string>

#include "engine/data/dataset.h"

namespace graft {

struct ImageNames {
  std::filesystem::path folder;
  bool hidden = false;  // --private

  // printable(). Hidden: the beginning of the SHA-256 of its content and its path, so that two never share one.
  std::string of(const Sample& sample) const;
};

}  // namespace graft
