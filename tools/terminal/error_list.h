// Errors of single files that do not stop the work, on standard
// error: the first ten in full, the rest grouped by reason.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/data/survey.h"

namespace graft {

class ErrorList {
 public:
  // Prints the message, or keeps it for end(). The message starts with the file it is about, usually `file`.
  void tell(const std::filesystem::path& file, const std::string& message);
  void end();  // prints the rest, one line per reason
  size_t count() const { return printed_ + kept_.size(); }

 private:
  size_t printed_ = 0;
  std::vector<Unreadable> kept_;
};

}  // namespace graft
