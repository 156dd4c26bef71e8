#include "tools/terminal/error_list.h"

#include <algorithm>

#include "engine/base/printable.h"
#include "tools/terminal/terminal.h"

namespace graft {
namespace {

constexpr size_t kShown = 10;

std::string reason_of(const std::filesystem::path& file, const std::string& message) {
  const std::string start = printable(file) + ": ";
  if (message.starts_with(start)) return message.substr(start.size());
  const size_t colon = message.find(": ");  // the message names another file, such as a mask
  return colon == message.npos ? message : message.substr(colon + 2);
}

}  // namespace

void ErrorList::tell(const std::filesystem::path& file, const std::string& message) {
  if (printed_ < kShown) {
    print_error("vgg-finetune: {}\n", message);
    ++printed_;
    return;
  }
  kept_.push_back({file, reason_of(file, message)});
}

void ErrorList::end() {
  if (kept_.empty()) return;
  const std::vector<std::string> reasons = by_reason(kept_, {});
  print_error("vgg-finetune: and {} more:\n", kept_.size());
  for (size_t i = 0; i < std::min(reasons.size(), kShown); ++i) print_error("  {}\n", reasons[i]);
  if (reasons.size() > kShown) print_error("  and {} other reasons\n", reasons.size() - kShown);
  printed_ += kept_.size();
  kept_.clear();
}

}  // namespace graft
