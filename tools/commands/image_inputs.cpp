#include "tools/commands/image_inputs.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "engine/base/printable.h"
#include "engine/data/walk.h"
#include "kernels/api/error.h"
#include "tools/options/advice.h"
#include "tools/terminal/terminal.h"

namespace graft {
namespace fs = std::filesystem;

namespace {

// On standard error, since standard output may be data.
void warn_of_idle(const DataRules& rules, const Note& idle) {
  if (rules.run_data.empty())
    print_error("warning: {}\n", with_advice(idle));
  else
    print_side_note("{}", with_advice(idle));
}

}  // namespace

ImageInputs find_inputs(const std::vector<fs::path>& inputs, const DataRules& rules) {
  ImageInputs found;
  std::vector<Ignored> ignored;
  for (const fs::path& input : inputs) {
    if (!is_folder(input)) {
      found.images.push_back(input);
      continue;
    }
    FoundImages below = walk_images(input, rules);
    found.images.insert(found.images.end(), below.files.begin(), below.files.end());
    ignored.insert(ignored.end(), below.ignored.begin(), below.ignored.end());
    for (const Note& idle : idle_patterns(rules, below, input)) warn_of_idle(rules, idle);
    for (const Ignored& folder : below.unreadable)
      found.errors.push_back(fmt::format("{}: the folder cannot be read: {}; check its permissions",
                                         printable(folder.path), folder.why));
  }
  std::string reasons;
  const bool by_rules = std::ranges::any_of(ignored, by_pattern);
  for (const Note& note : describe_ignored(ignored)) {
    const std::string line = with_advice(note);
    print_side_note("{}", line);
    reasons += "; " + line;
  }
  if (found.images.empty())
    fail(Fault::data, "{}: contains no images{}", inputs.empty() ? "the list" : printable(inputs[0]),
         by_rules ? reasons + ": " + with_advice(left_out_by_pattern(rules)) : reasons);
  return found;
}

namespace {

constexpr size_t kLongestLine = size_t{1} << 16, kLargestList = size_t{1} << 30;

// Like std::getline, but bounded: a device may deliver zeros forever. Returns false at the end of the input.
bool read_line(std::istream& stream, std::string& line, size_t& left, const fs::path& file) {
  line.clear();
  for (int c; (c = stream.get()) != std::char_traits<char>::eof();) {
    if (left-- == 0 || line.size() == kLongestLine)
      fail(Fault::data, "{}: {}; give a list with one image name per line", printable(file),
           line.size() == kLongestLine ? "has a line that is too long for a file name" : "is larger than 1 GiB");
    if (c == '\n') return true;
    line += char(c);
  }
  return !line.empty();
}

}  // namespace

std::vector<fs::path> read_file_list(const fs::path& file) {
  std::ifstream stream(file == "-" ? "/dev/stdin" : file);
  if (!stream) fail(Fault::data, "{}: cannot be opened; check the path of the list", printable(file));
  std::vector<fs::path> names;
  size_t left = kLargestList;
  for (std::string line; read_line(stream, line, left, file);) {
    if (names.empty() && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) names.emplace_back(line);
  }
  if (stream.bad()) fail(Fault::resources, "{}: cannot be read completely; is it a file?", printable(file));
  return names;
}

}  // namespace graft
