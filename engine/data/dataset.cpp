#include "engine/data/dataset.h"

#include <algorithm>
#include <map>

#include "engine/data/printable.h"
#include "engine/data/walk.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// "1 entry", "3 entries"
std::string entries(int n) { return fmt::format("{} entr{}", n, n == 1 ? "y" : "ies"); }

SplitFolder read_split(const fs::path& folder, std::vector<std::string>& notes) {
  SplitFolder split = walk_split(folder);
  require_readable(split);
  std::map<std::string, int> counts;
  for (const LeftOut& out : split.left_out) ++counts[out.why];
  for (const auto& [why, count] : counts)
    notes.push_back(fmt::format("{}: left out {} {}", printable(folder), entries(count), why));
  return split;
}

std::vector<Sample> label_split(SplitFolder& split, const std::vector<std::string>& classes,
                                std::vector<std::string>& notes) {
  const std::string where = printable(split.folder);
  std::vector<Sample> samples;
  std::vector<bool> present(classes.size(), false);
  for (ClassFolder& folder : split.classes) {
    if (folder.files.empty()) continue;  // noted below, if it is a class
    const auto it = std::ranges::find(classes, folder.name);
    if (it == classes.end()) {
      std::string known;
      for (const std::string& c : classes) known += (known.empty() ? "" : ", ") + printable(c);
      fail(Fault::data, "{}: the class '{}' is not one of the trained classes ({}); rename or remove that folder",
           where, printable(folder.name), known);
    }
    const auto label = static_cast<int>(it - classes.begin());
    present[static_cast<size_t>(label)] = true;
    for (fs::path& file : folder.files) samples.push_back({std::move(file), label});
  }
  for (size_t i = 0; i < classes.size(); ++i)
    if (!present[i]) notes.push_back(fmt::format("{}: no images of the class '{}'", where, printable(classes[i])));
  if (samples.empty()) fail(Fault::data, "{}: no images; put them into {}/<class>/", where, where);
  std::ranges::stable_sort(samples, {}, &Sample::label);
  return samples;
}

[[noreturn]] void fail_no_train(const fs::path& data) {
  std::string folders;
  int count = 0;
  for (const fs::directory_entry& entry : list_folder(data)) {
    std::error_code error;
    const std::string name = entry.path().filename().native();
    if (is_clutter(name) || !entry.is_directory(error)) continue;
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
  SplitFolder split = read_split(folder, notes);
  const std::string where = printable(folder);
  if (split.classes.empty()) fail(Fault::data, "{0}: no class folders; put the images into {0}/<class>/", where);
  return label_split(split, classes, notes);
}

Dataset scan_dataset(const fs::path& data) {
  require_folder(data);
  refuse_misnamed_splits(data);
  const auto train = find_split(data, "train");
  if (!train) fail_no_train(data);
  Dataset dataset;
  SplitFolder split = read_split(*train, dataset.notes);
  const std::string where = printable(*train);
  for (const ClassFolder& folder : split.classes) {
    if (folder.files.empty())
      dataset.notes.push_back(
          fmt::format("{}: the folder '{}' has no images, so it is no class", where, printable(folder.name)));
    else
      dataset.classes.push_back(folder.name);
  }
  if (dataset.classes.empty())
    fail(Fault::data, "{0}: no images; put them into {0}/<class>/, one folder a class", where);
  if (dataset.classes.size() == 1)
    fail(Fault::data, "{}: images of one class only ('{}'); at least two are needed, one folder each", where,
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
