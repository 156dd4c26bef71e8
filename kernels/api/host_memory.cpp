#include "kernels/api/host_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::optional<int64_t> number(const std::string& word) {
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || stop != word.data() + word.size() || value < 0) return {};
  return value;
}

// nullopt if there is no such file, or it says "max".
std::optional<int64_t> number_in(const fs::path& file) {
  std::string word;
  std::ifstream(file) >> word;
  return number(word);
}

// The number after the word `key` in lines of "key number".
std::optional<int64_t> number_behind(const fs::path& file, std::string_view key) {
  std::ifstream lines(file);
  for (std::string line, word, value; std::getline(lines, line);) {
    std::istringstream words(line);
    if (words >> word >> value && word == key) return number(value);
  }
  return {};
}

Words split(const std::string& text, char at) {
  Words words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, at);) words.push_back(word);
  return words;
}
bool has(const Words& words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

// ---- cgroups ---------------------------------------------------------------------------------------------------

struct Version {
  const char *limit, *used, *cache;  // files, and a key of memory.stat: file cache that can be dropped
};
constexpr Version kV1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"},
    kV2{"memory.max", "memory.current", "inactive_file"};

// A hierarchy of cgroups with memory limits, and which part of it is mounted where.
struct Mount {
  fs::path root, point;
  Version version;
};

// mountinfo escapes spaces, tabs, line ends and backslashes as \040 etc.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() &&
                       std::all_of(&text[i + 1], &text[i + 4], [](char c) { return c >= '0' && c <= '7'; });
    plain += octal ? char((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0') : text[i];
    if (octal) i += 3;
  }
  return plain;
}

// Lines of "id parent device root point options ... - type source options".
std::vector<Mount> memory_mounts(const fs::path& root) {
  std::vector<Mount> mounts;
  std::ifstream lines(root / "proc/self/mountinfo");
  for (std::string line; std::getline(lines, line);) {
    const Words words = split(line, ' ');
    const auto dash = std::ranges::find(words, "-");
    if (words.size() < 6 || words.end() - dash < 4) continue;
    const bool v2 = dash[1] == "cgroup2", v1 = dash[1] == "cgroup" && has(split(dash[3], ','), "memory");
    if (v1 || v2) mounts.push_back({unescaped(words[3]), unescaped(words[4]), v2 ? kV2 : kV1});
  }
  return mounts;
}

// Lines of "number:controllers:path"; version 2 has no controllers. Empty: the process is in no cgroup.
fs::path own_group(const fs::path& root, bool v2) {
  std::ifstream lines(root / "proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (v2 ? controllers.empty() : has(split(controllers, ','), "memory")) return line.substr(second + 1);
  }
  return {};
}

void take_group(HostMemory& least, const fs::path& root, const fs::path& folder, const Version& version) {
  constexpr int64_t kNoLimit = int64_t{1} << 60;  // "no limit" is a large number in version 1
  const fs::path files = root / folder.relative_path();
  const auto limit = number_in(files / version.limit);
  if (!limit || *limit >= kNoLimit) return;
  const int64_t used = number_in(files / version.used).value_or(0);
  const int64_t cache = number_behind(files / "memory.stat", version.cache).value_or(0);
  const int64_t left = std::max<int64_t>(0, *limit - std::max<int64_t>(0, used - cache));
  if (left < least.bytes)
    least = {left, fmt::format("{:.1f} GB are the limit of this container or cgroup, {}", double(*limit) / 1e9,
                               (folder / version.limit).string())};
}

// The group and its parents, as far as they are visible: a container may see none, and itself as the root.
void take_groups(HostMemory& least, const fs::path& root, const Mount& mount) {
  const fs::path own = own_group(root, mount.version.limit == kV2.limit);
  if (own.empty()) return;
  fs::path below = own.lexically_relative(mount.root);
  if (below.empty() || *below.begin() == ".." || below == ".") below.clear();
  for (bool parent = false;; parent = true, below = below.parent_path()) {
    const fs::path folder = below.empty() ? mount.point : mount.point / below;
    const bool apart = parent && number_in(root / folder.relative_path() / "memory.use_hierarchy") == 0;
    if (!apart) take_group(least, root, folder, mount.version);
    if (below.empty()) return;
  }
}

// ulimit -v: "Max address space  6144000000  unlimited  bytes".
void take_address_limit(HostMemory& least, const fs::path& root) {
  constexpr int64_t kPage = 4096;
  std::ifstream lines(root / "proc/self/limits");
  for (std::string line, limit; std::getline(lines, line);) {
    constexpr std::string_view kName = "Max address space";
    if (!line.starts_with(kName)) continue;
    std::istringstream(line.substr(kName.size())) >> limit;
    const int64_t used = number_in(root / "proc/self/statm").value_or(0) * kPage;
    const int64_t left = std::max<int64_t>(0, number(limit).value_or(INT64_MAX) - used);
    if (number(limit) && left < least.bytes)
      least = {left,
               fmt::format("{:.1f} GB are the limit of this process, ulimit -v", double(*number(limit)) / 1e9)};
  }
}

}  // namespace

HostMemory host_memory(const fs::path& root) {
  HostMemory least;
  if (const auto kibibytes = number_behind(root / "proc/meminfo", "MemAvailable:")) least.bytes = *kibibytes * 1024;
  for (const Mount& mount : memory_mounts(root)) take_groups(least, root, mount);
  take_address_limit(least, root);
  return least;
}

int64_t available_host_memory() { return host_memory().bytes; }

void require_host_memory(size_t bytes) {
  constexpr size_t kLarge = size_t{256} << 20;
  if (bytes < kLarge) return;
  if (const HostMemory have = host_memory(); bytes > static_cast<size_t>(have.bytes))
    fail(Fault::resources,
         "out of memory: {:.1f} GB more are needed, {:.1f} GB are available{}; "
         "a smaller batch, head or image size needs less",
         double(bytes) / 1e9, double(have.bytes) / 1e9, have.limit.empty() ? "" : " (" + have.limit + ")");
}

}  // namespace graft
