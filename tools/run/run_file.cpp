#include "tools/run/run_file.h"

#include "engine/base/input_file.h"
#include "engine/base/json_text.h"
#include "engine/base/printable.h"

namespace graft {
namespace {

constexpr int64_t kLargest = int64_t{1} << 30;  // predictions for millions of images

}  // namespace

std::optional<std::string> read_run_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::status(path, error).type() == std::filesystem::file_type::not_found) return std::nullopt;
  return read_whole_file(path, kLargest);
}

std::optional<nlohmann::json> read_run_json(const std::filesystem::path& path) {
  const auto text = read_run_file(path);
  if (!text) return std::nullopt;
  return parse_json(*text, printable(path), Fault::data);
}

}  // namespace graft
