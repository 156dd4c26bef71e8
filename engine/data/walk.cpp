#include "engine/data/walk.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "engine/data/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// Left by file managers and archivers beside the images of others.
constexpr std::array<std::string_view, 6> kClutter = {"thumbs.db", "ehthumbs.db", "desktop.ini",
                                                      "__macosx",  "@eadir",      "icon\r"};
// Documents that lie beside images. Everything else, also without a suffix (DICOM exports), is taken for an image.
constexpr std::array<std::string_view, 24> kDocuments = {
    ".txt", ".csv",  ".tsv", ".json", ".xml", ".html",  ".htm", ".md",  ".yaml", ".yml", ".log", ".pdf",
    ".doc", ".docx", ".xls", ".xlsx", ".py",  ".ipynb", ".zip", ".tar", ".gz",   ".mat", ".npy", ".h5"};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

template <size_t N>
bool contains(const std::array<std::string_view, N>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

bool by_bytes(const fs::path& a, const fs::path& b) { return a.native() < b.native(); }

// Hidden files and clutter are never data; the reason, or null.
const char* why_skip_name(const std::string& file_name) {
  if (file_name.starts_with('.')) return "hidden";
  if (contains(kClutter, lower(file_name))) return "of the system (Thumbs.db and the like)";
  return nullptr;
}

}  // namespace

bool is_clutter(const std::string& file_name) { return why_skip_name(file_name) != nullptr; }

namespace {

[[noreturn]] void fail_unreadable(const fs::path& folder, const std::string& why) {
  fail(Fault::data, "{}: the folder cannot be read: {}; check its permissions", printable(folder), why);
}

// Sorted by bytes. With an error: what came before it.
std::vector<fs::directory_entry> read_folder(const fs::path& folder, std::error_code& error) {
  std::vector<fs::directory_entry> entries;
  fs::directory_iterator it(folder, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) entries.push_back(*it);
  std::ranges::sort(entries, by_bytes, [](const fs::directory_entry& e) -> const fs::path& { return e.path(); });
  return entries;
}

}  // namespace

std::vector<fs::directory_entry> list_folder(const fs::path& folder, std::vector<LeftOut>& unreadable) {
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

// All image candidates below a class folder. A folder that links lead to a second time is not entered again, so
// loops of links end.
class ClassWalk {
 public:
  explicit ClassWalk(SplitFolder& split) : split_(split) {}

  std::vector<fs::path> run(const fs::path& folder) {
    enter(folder);
    std::ranges::sort(files_, by_bytes);
    return std::move(files_);
  }

 private:
  void enter(const fs::path& folder) {
    std::vector<fs::path> folders = {folder};
    while (!folders.empty()) {
      const fs::path current = std::move(folders.back());
      folders.pop_back();
      struct stat info;
      if (::stat(current.c_str(), &info) == 0 && !seen_.insert({info.st_dev, info.st_ino}).second) {
        split_.left_out.push_back({current, "linked to a second time (folder)"});
        continue;
      }
      for (const fs::directory_entry& entry : list_folder(current, split_.unreadable)) add(entry, folders);
    }
  }

  void add(const fs::directory_entry& entry, std::vector<fs::path>& folders) {
    const std::string name = entry.path().filename().native();
    std::error_code error;
    if (const char* why = why_skip_name(name)) {
      split_.left_out.push_back({entry.path(), why});
    } else if (entry.is_directory(error)) {
      folders.push_back(entry.path());
    } else if (!entry.is_regular_file(error)) {
      split_.left_out.push_back({entry.path(), "not a file (a broken link, a device)"});
    } else if (contains(kDocuments, lower(entry.path().extension().native()))) {
      split_.left_out.push_back({entry.path(), "documents (.txt, .csv, .json and the like)"});
    } else {
      files_.push_back(entry.path());
    }
  }

  SplitFolder& split_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::vector<fs::path> files_;
};

}  // namespace

SplitFolder walk_split(const fs::path& folder) {
  SplitFolder split{folder, {}, {}, {}};
  for (const fs::directory_entry& entry : list_folder(folder, split.unreadable)) {
    const std::string name = entry.path().filename().native();
    std::error_code error;
    if (const char* why = why_skip_name(name))
      split.left_out.push_back({entry.path(), why});
    else if (entry.is_directory(error))
      split.classes.push_back({name, ClassWalk(split).run(entry.path())});
    else
      split.left_out.push_back({entry.path(), "outside of the class folders"});
  }
  return split;
}

std::vector<SplitFolder> walk_data(const fs::path& data) {
  require_folder(data);
  std::vector<SplitFolder> splits;
  for (const char* name : {"train", "val", "valid", "validation", "test"})
    if (is_folder(data / name)) splits.push_back(walk_split(data / name));
  if (splits.empty()) splits.push_back(walk_split(data));
  return splits;
}

void require_readable(const SplitFolder& split) {
  if (!split.unreadable.empty()) fail_unreadable(split.unreadable[0].path, split.unreadable[0].why);
}

std::vector<MisnamedSplit> misnamed_splits(const fs::path& data) {
  static const std::map<std::string, std::string> kMeant = {
      {"train", "train"}, {"training", "train"}, {"test", "test"},     {"testing", "test"},
      {"val", "val"},     {"valid", "val"},      {"validation", "val"}};
  std::set<std::string> there, meant;
  for (const char* name : {"train", "val", "valid", "validation", "test"})
    if (is_folder(data / name)) there.insert(kMeant.at(name));
  std::vector<MisnamedSplit> found;
  std::vector<LeftOut> unreadable;  // what has no names, has no wrong ones
  for (const fs::directory_entry& entry : list_folder(data, unreadable)) {
    const std::string name = entry.path().filename().native();
    const auto real = kMeant.find(lower(name));
    if (real == kMeant.end() || there.contains(real->second) || !is_folder(entry.path())) continue;
    found.push_back({name, real->second});
    meant.insert(real->second);
  }
  if (there.empty() && (!meant.contains("train") || meant.size() == 1)) found.clear();
  return found;
}

void refuse_misnamed_splits(const fs::path& data) {
  std::string folders, commands;
  for (const MisnamedSplit& split : misnamed_splits(data)) {
    folders += (folders.empty() ? "" : ", ") + split.folder;
    commands += (commands.empty() ? "" : " && ") + split.command();
  }
  if (folders.empty()) return;
  fail(Fault::data,
       "{}: has splits under names that are not train, val or test: {}; rename them, or link them in that folder: "
       "{}",
       printable(data), folders, commands);
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

}  // namespace graft
