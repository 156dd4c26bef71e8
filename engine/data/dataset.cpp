#include "engine/data/dataset.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

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

// How many of what was left out, by reason, for the notes.
using Skipped = std::map<std::string, int>;

std::vector<fs::directory_entry> list_folder(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  fs::directory_iterator it(folder, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) entries.push_back(*it);
  if (error)
    fail(Fault::data, "{}: the folder cannot be read: {}; check its permissions", printable(folder),
         error.message());
  std::ranges::sort(entries, by_bytes, [](const fs::directory_entry& e) -> const fs::path& { return e.path(); });
  return entries;
}

// Hidden files and clutter are never data; the reason, or null.
const char* why_skip_name(const std::string& file_name) {
  if (file_name.starts_with('.')) return "hidden";
  if (contains(kClutter, lower(file_name))) return "of the system (Thumbs.db and the like)";
  return nullptr;
}

// All image candidates below a class folder. A folder that links lead to a second time is not entered again, so
// loops of links end.
class ClassWalk {
 public:
  explicit ClassWalk(Skipped& skipped) : skipped_(skipped) {}

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
      if (::stat(current.c_str(), &info) != 0 || !seen_.insert({info.st_dev, info.st_ino}).second) {
        ++skipped_["linked to a second time (folder)"];
        continue;
      }
      for (const fs::directory_entry& entry : list_folder(current)) add(entry, folders);
    }
  }

  void add(const fs::directory_entry& entry, std::vector<fs::path>& folders) {
    const std::string name = entry.path().filename().native();
    std::error_code error;
    if (const char* why = why_skip_name(name)) {
      ++skipped_[why];
    } else if (entry.is_directory(error)) {
      folders.push_back(entry.path());
    } else if (!entry.is_regular_file(error)) {
      ++skipped_["not a file (a broken link, a device)"];
    } else if (contains(kDocuments, lower(entry.path().extension().native()))) {
      ++skipped_["documents (.txt, .csv, .json and the like)"];
    } else {
      files_.push_back(entry.path());
    }
  }

  Skipped& skipped_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::vector<fs::path> files_;
};

struct ClassFolder {
  std::string name;
  std::vector<fs::path> files;
};

struct Split {
  std::string where;  // for messages
  std::vector<ClassFolder> classes;
};

// "1 entry", "3 entries"
std::string entries(int n) { return fmt::format("{} entr{}", n, n == 1 ? "y" : "ies"); }

Split read_split(const fs::path& folder, std::vector<std::string>& notes) {
  Split split{printable(folder), {}};
  Skipped skipped;
  int loose = 0;
  for (const fs::directory_entry& entry : list_folder(folder)) {
    const std::string name = entry.path().filename().native();
    std::error_code error;
    if (const char* why = why_skip_name(name))
      ++skipped[why];
    else if (entry.is_directory(error))
      split.classes.push_back({name, ClassWalk(skipped).run(entry.path())});
    else
      ++loose;
  }
  for (const auto& [why, count] : skipped)
    notes.push_back(fmt::format("{}: left out {} {}", split.where, entries(count), why));
  if (loose)
    notes.push_back(fmt::format("{}: left out {} outside of the class folders", split.where, entries(loose)));
  return split;
}

std::vector<Sample> label_split(Split& split, const std::vector<std::string>& classes,
                                std::vector<std::string>& notes) {
  std::vector<Sample> samples;
  std::vector<bool> present(classes.size(), false);
  for (ClassFolder& folder : split.classes) {
    if (folder.files.empty()) continue;  // noted below, if it is a class
    const auto it = std::ranges::find(classes, folder.name);
    if (it == classes.end()) {
      std::string known;
      for (const std::string& c : classes) known += (known.empty() ? "" : ", ") + printable(c);
      fail(Fault::data, "{}: the class '{}' is not one of the trained classes ({}); rename or remove that folder",
           split.where, printable(folder.name), known);
    }
    const auto label = static_cast<int>(it - classes.begin());
    present[static_cast<size_t>(label)] = true;
    for (fs::path& file : folder.files) samples.push_back({std::move(file), label});
  }
  for (size_t i = 0; i < classes.size(); ++i)
    if (!present[i])
      notes.push_back(fmt::format("{}: no images of the class '{}'", split.where, printable(classes[i])));
  if (samples.empty()) fail(Fault::data, "{}: no images; put them into {}/<class>/", split.where, split.where);
  std::ranges::stable_sort(samples, {}, &Sample::label);
  return samples;
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

[[noreturn]] void fail_no_train(const fs::path& data) {
  std::string folders;
  int count = 0;
  for (const fs::directory_entry& entry : list_folder(data)) {
    std::error_code error;
    const std::string name = entry.path().filename().native();
    if (why_skip_name(name) || !entry.is_directory(error)) continue;
    if (++count <= 3) folders += (count > 1 ? ", " : "") + printable(name);
  }
  if (count > 3) folders += ", ...";
  const std::string where = printable(data);
  if (count == 0)
    fail(Fault::data, "{0}: no train folder; put images into {0}/train/<class>/ and {0}/test/<class>/", where);
  fail(Fault::data,
       "{0}: no train folder, but the folders {1}; if these are the classes, move them into {0}/train/ and a part "
       "of "
       "their images into {0}/test/<class>/",
       where, folders);
}

void require_folder(const fs::path& folder) {
  std::error_code error;
  if (is_folder(folder)) return;
  if (fs::exists(folder, error))
    fail(Fault::data, "{}: is not a folder; give the folder of images", printable(folder));
  fail(Fault::data, "{}: no such folder; check the path", printable(folder));
}

}  // namespace

std::optional<fs::path> find_split(const fs::path& data, std::string_view split) {
  std::vector<fs::path> found;
  const std::vector<std::string_view> names =
      split == "val" ? std::vector<std::string_view>{"val", "valid", "validation"} : std::vector{split};
  for (std::string_view name : names)
    if (is_folder(data / name)) found.push_back(data / name);
  if (found.size() > 1)
    fail(Fault::data, "{}: has both {} and {}; keep one folder of validation images", printable(data),
         printable(found[0].filename()), printable(found[1].filename()));
  if (found.empty()) return std::nullopt;
  return found[0];
}

std::vector<Sample> scan_split(const fs::path& folder, const std::vector<std::string>& classes,
                               std::vector<std::string>& notes) {
  require_folder(folder);
  Split split = read_split(folder, notes);
  if (split.classes.empty())
    fail(Fault::data, "{0}: no class folders; put the images into {0}/<class>/", split.where);
  return label_split(split, classes, notes);
}

Dataset scan_dataset(const fs::path& data) {
  require_folder(data);
  const auto train = find_split(data, "train");
  if (!train) fail_no_train(data);
  Dataset dataset;
  Split split = read_split(*train, dataset.notes);
  for (const ClassFolder& folder : split.classes) {
    if (folder.files.empty())
      dataset.notes.push_back(
          fmt::format("{}: the folder '{}' has no images, so it is no class", split.where, printable(folder.name)));
    else
      dataset.classes.push_back(folder.name);
  }
  if (dataset.classes.empty())
    fail(Fault::data, "{0}: no images; put them into {0}/<class>/, one folder a class", split.where);
  if (dataset.classes.size() == 1)
    fail(Fault::data, "{}: images of one class only ('{}'); at least two are needed, one folder each", split.where,
         printable(dataset.classes[0]));
  dataset.train = label_split(split, dataset.classes, dataset.notes);
  if (const auto val = find_split(data, "val")) dataset.val = scan_split(*val, dataset.classes, dataset.notes);
  if (const auto test = find_split(data, "test")) dataset.test = scan_split(*test, dataset.classes, dataset.notes);
  return dataset;
}

std::vector<int> count_labels(const std::vector<Sample>& samples, size_t classes) {
  std::vector<int> counts(classes, 0);
  for (const Sample& s : samples) ++counts.at(static_cast<size_t>(s.label));
  return counts;
}

}  // namespace graft
