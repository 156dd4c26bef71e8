#include "engine/data/leaks.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "engine/data/printable.h"
#include "engine/hash.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

struct File {
  const fs::path* path;
  int split;
};

// Headers of equal kinds are equal: the end of a file tells most.
std::string tail_of(const fs::path& path, uintmax_t size) {
  constexpr uintmax_t kTail = 4096;
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(size - std::min(size, kTail)));
  std::string tail(static_cast<size_t>(std::min(size, kTail)), '\0');
  file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  return file ? tail : "";
}

bool several_splits(const std::vector<File>& files) {
  return std::ranges::any_of(files, [&](const File& f) { return f.split != files[0].split; });
}

// The files of each set of equal keys that reaches over two splits; an empty key belongs to no set.
template <class Key>
std::vector<std::vector<File>> divide(const std::vector<std::vector<File>>& sets, const Key& key) {
  std::vector<std::vector<File>> result;
  for (const std::vector<File>& set : sets) {
    std::map<std::string, std::vector<File>> parts;
    for (const File& file : set)
      if (std::string k = key(*file.path); !k.empty()) parts[std::move(k)].push_back(file);
    for (auto& [k, part] : parts)
      if (several_splits(part)) result.push_back(std::move(part));
  }
  return result;
}

std::string digest_of(const fs::path& path) {
  try {
    return sha256_file(path);
  } catch (const Error&) {
    return "";  // loading will name it
  }
}

}  // namespace

std::vector<std::pair<fs::path, fs::path>> copies_across_splits(const Dataset& data) {
  std::vector<std::vector<File>> sets(1);
  int split = 0;
  for (const std::vector<Sample>* samples : {&data.train, &data.val, &data.test}) {
    for (const Sample& s : *samples) sets[0].push_back({&s.path, split});
    ++split;
  }
  const auto size_of = [](const fs::path& path) {
    std::error_code error;
    const uintmax_t size = fs::file_size(path, error);
    return error ? 0 : size;
  };
  sets = divide(sets, [&](const fs::path& p) { return size_of(p) == 0 ? "" : std::to_string(size_of(p)); });
  sets = divide(sets, [&](const fs::path& p) { return tail_of(p, size_of(p)); });
  sets = divide(sets, digest_of);
  std::vector<std::pair<fs::path, fs::path>> copies;
  for (const std::vector<File>& set : sets)  // in the order of the splits
    for (const File& file : set)
      if (file.split != set[0].split) copies.emplace_back(*set[0].path, *file.path);
  std::ranges::sort(copies);
  return copies;
}

std::vector<std::string> groups_of(const std::vector<Sample>& samples, const fs::path& folder, int above,
                                   const GroupBy& group_by) {
  std::vector<std::string> groups;
  for (const Sample& s : samples) {
    const fs::path relative = s.path.lexically_relative(folder);
    auto part = relative.begin();
    fs::path below;
    for (std::advance(part, above); part != relative.end(); ++part) below /= *part;
    groups.push_back(group_by.group_of(relative, below));
    if (groups.back().empty())
      fail(Fault::data,
           "--group-by says nothing about {}; every image needs a group (vgg-finetune check lists them)",
           printable(relative));
  }
  return groups;
}

GroupOverlap group_overlap(const Dataset& data, const fs::path& folder, const GroupBy& group_by) {
  std::map<std::string, std::set<int>> splits;
  int split = 0;
  for (const std::vector<Sample>* samples : {&data.train, &data.val, &data.test}) {
    for (const std::string& group : groups_of(*samples, folder, 2, group_by)) splits[group].insert(split);
    ++split;
  }
  GroupOverlap overlap{static_cast<int>(splits.size()), {}};
  for (const auto& [group, in] : splits)
    if (in.size() > 1) overlap.shared.push_back(group);
  return overlap;
}

}  // namespace graft
