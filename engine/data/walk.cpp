#include "engine/data/walk.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/printable.h"
#include "engine/data/labels.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

bool by_bytes(const fs::path& a, const fs::path& b) { return a.native() < b.native(); }

[[noreturn]] void fail_unreadable(const fs::path& folder, const std::string& why) {
  fail(Fault::resources, "{}: the folder cannot be read: {}; check its permissions", printable(folder), why);
}

// Sorted by bytes. On an error: what was read before it.
std::vector<fs::directory_entry> read_folder(const fs::path& folder, std::error_code& error) {
  std::vector<fs::directory_entry> entries;
  fs::directory_iterator it(folder, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) entries.push_back(*it);
  std::ranges::sort(entries, by_bytes, [](const fs::directory_entry& e) -> const fs::path& { return e.path(); });
  return entries;
}

}  // namespace

std::vector<fs::directory_entry> list_folder(const fs::path& folder, std::vector<Ignored>& unreadable) {
  std::error_code error;
  auto entries = read_folder(folder, error);
  if (error) unreadable.push_back({folder, error.message()});
  return entries;
}

std::vector<fs::directory_entry> list_folder(const fs::path& folder) {
  std::error_code error;
  auto entries = read_folder(folder, error);
  if (error) fail_unreadable(folder, error.message());
  return entries;
}

namespace {

constexpr const char *kExcluded = "matching a pattern", *kNotOnly = "matching no pattern";

// All image candidates below a folder. A folder reached a second
// time through links is not entered again, so link cycles end.
class Walk {
 public:
  Walk(const fs::path& root, const DataRules& rules) : paths_(root, rules), rules_(rules) {}

  FoundImages run(const fs::path& folder) {
    std::vector<fs::path> folders = {folder};
    while (!folders.empty()) {
      const fs::path current = std::move(folders.back());
      folders.pop_back();
      struct stat info;
      if (::stat(current.c_str(), &info) == 0 && !seen_.insert({info.st_dev, info.st_ino}).second) {
        found_.ignored.push_back({current, "linked to a second time (folder)"});
        continue;
      }
      const size_t errors = found_.unreadable.size();
      for (const fs::directory_entry& entry : list_folder(current, found_.unreadable)) add(entry, folders);
      if (found_.unreadable.size() > errors && matches_any(paths_.of(current), rules_.exclude))
        found_.unreadable.resize(errors);  // errors inside it do not matter
    }
    std::ranges::sort(found_.files, by_bytes);
    return std::move(found_);
  }

 private:
  void add(const fs::directory_entry& entry, std::vector<fs::path>& folders) {
    const fs::path& path = entry.path();
    const auto ignore = [&](std::string why) { found_.ignored.push_back({path, std::move(why)}); };
    std::error_code error;
    const bool is_folder = entry.is_directory(error);
    const fs::path relative = paths_.of(path);
    if (!is_folder && matches_any(relative, rules_.exclude)) return ignore(kExcluded);
    if (std::string why = why_not_data(path.filename(), is_folder); !why.empty()) return ignore(std::move(why));
    if (is_folder) return folders.push_back(path);
    if (!entry.is_regular_file(error)) return ignore("not a file (a broken link, a device)");
    if (!rules_.only.empty() && !matches_any(relative, rules_.only)) return ignore(kNotOnly);
    found_.files.push_back(path);
  }

  PatternPaths paths_;
  const DataRules& rules_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  FoundImages found_;
};

void append(std::vector<Ignored>& all, std::vector<Ignored>& more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// What lies in folder/<class>/...
SplitFolder walk_classes(const fs::path& folder, const fs::path& root, const DataRules& rules) {
  SplitFolder split{folder, {}, {}, {}, {}, {}};
  for (const fs::directory_entry& entry : list_folder(folder, split.unreadable)) {
    const fs::path& path = entry.path();
    std::error_code error;
    const bool is_folder = entry.is_directory(error);
    if (std::string why = why_not_data(path.filename(), is_folder); !why.empty()) {
      split.ignored.push_back({path, std::move(why)});
    } else if (is_folder) {
      FoundImages found = Walk(root, rules).run(path);
      append(split.ignored, found.ignored), append(split.unreadable, found.unreadable);
      split.classes.push_back({path.filename().native(), path, std::move(found.files)});
    } else {
      split.ignored.push_back({path, kOutsideOfClasses});
    }
  }
  return split;
}

// All files below the folder, as one class that labels will divide.
SplitFolder walk_unlabelled(const fs::path& folder, const fs::path& root, const DataRules& rules) {
  FoundImages found = Walk(root, rules).run(folder);
  SplitFolder split{folder, {}, std::move(found.ignored), std::move(found.unreadable), {}, {}};
  split.classes.push_back({"", folder, std::move(found.files)});
  return split;
}

}  // namespace

bool by_pattern(const Ignored& out) { return out.why == kExcluded || out.why == kNotOnly; }

Advice advice_on(const Ignored& out) {
  if (out.why == kExcluded) return Advice{"exclude"};
  return out.why == kNotOnly ? Advice{"only"} : Advice{};
}

SplitFolder walk_split(const fs::path& folder, const fs::path& root, const DataRules& rules) {
  if (rules.labels.empty()) return walk_classes(folder, root, rules);
  std::vector<SplitFolder> splits = {walk_unlabelled(folder, root, rules)};
  label_splits(splits, root, rules.labels, Listed::more);
  return std::move(splits[0]);
}

std::vector<SplitFolder> walk_splits(const std::vector<fs::path>& folders, const fs::path& root,
                                     const DataRules& rules) {
  std::vector<SplitFolder> splits;
  for (const fs::path& folder : folders)
    splits.push_back(rules.labels.empty() ? walk_classes(folder, root, rules)
                                          : walk_unlabelled(folder, root, rules));
  if (!rules.labels.empty()) label_splits(splits, root, rules.labels, Listed::these);
  return splits;
}

FoundImages walk_images(const fs::path& folder, const DataRules& rules) {
  require_folder(folder);
  return Walk(folder, rules).run(folder);
}

std::vector<Note> describe_ignored(const std::vector<Ignored>& ignored) {
  std::map<std::string, std::pair<int, Advice>> reasons;
  for (const Ignored& out : ignored) {
    auto& [count, advice] = reasons[out.why];
    if (++count == 1) advice = advice_on(out);
  }
  std::vector<Note> lines;
  for (const auto& [why, reason] : reasons)
    lines.push_back({fmt::format("left out {}: {}", reason.first, why), reason.second});
  return lines;
}

std::vector<SplitFolder> walk_data(const fs::path& data, const DataRules& rules) {
  require_folder(data);
  std::vector<fs::path> folders;
  for (const char* name : {"train", "val", "valid", "validation", "test"})
    if (is_folder(data / name)) folders.push_back(data / name);
  if (folders.empty()) folders.push_back(data);
  return walk_splits(folders, data, rules);
}

bool has_no_classes(const SplitFolder& split) {
  return std::ranges::all_of(split.classes, [](const ClassFolder& c) { return c.files.empty(); }) &&
         std::ranges::any_of(split.ignored, [](const Ignored& out) {
           return out.why == kOutsideOfClasses || out.why == kWithoutLabel;
         });
}

Note all_left_out_by_pattern(const SplitFolder& split, const DataRules& rules) {
  if (std::ranges::any_of(split.classes, [](const ClassFolder& c) { return !c.files.empty(); }) ||
      std::ranges::none_of(split.ignored, by_pattern))
    return {};
  return left_out_by_pattern(rules);
}

Note left_out_by_pattern(const DataRules& rules) {
  return rules.run_data.empty() ? Note("the patterns leave nothing of it", Advice{"change-patterns"})
                                : Note("the patterns of the run leave nothing of it", Advice{"take-all"});
}

void require_readable(const SplitFolder& split) {
  if (!split.unreadable.empty()) fail_unreadable(split.unreadable[0].path, split.unreadable[0].why);
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

void require_folder(const fs::path& folder) {
  std::error_code error;
  if (is_folder(folder)) return;
  if (fs::exists(folder, error))
    fail(Fault::data, "{}: is not a folder; give the folder of images", printable(folder));
  fail(Fault::data, "{}: no such folder; check the path", printable(folder));
}

bool can_change(const fs::path& folder) { return ::access(folder.c_str(), W_OK) == 0; }

std::string unless_writable(const fs::path& folder) {
  if (can_change(folder)) return {};
  return fmt::format(" ({} cannot be written: do so in a folder of links (ln -s) to what counts, and give that)",
                     printable(folder));
}

}  // namespace graft
