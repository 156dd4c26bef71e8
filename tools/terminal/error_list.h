// Errors of single files that do not end the work, on standard error: ten as they are, the others by reason.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/data/survey.h"

namespace graft {

class ErrorList {
 public:
  // Prints it, or keeps it for end(). `message` says which file it is of, as a rule `file`.
  void tell(const std::filesystem::path& file, const std::string& message);
  void end();  // prints what was kept, a line a reason
  size_t count() const { return told_ + kept_.size(); }

 private:
  size_t told_ = 0;
  std::vector<Unreadable> kept_;
};

}  // namespace graft
