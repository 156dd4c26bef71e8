#include "engine/data/dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "engine/base/printable.h"
#include "engine/data/labels.h"
#include "engine/data/unlabelled.h"
#include "engine/data/walk.h"
#include "engine/tables/similar_names.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> classes_as_text(const std::vector<std::string>& classes) {
  std::vector<std::string> texts;
  for (const std::string& c : classes) texts.push_back(printable(fs::path(c)));
  return texts;
}

void take_notes(const SplitFolder& split, std::vector<Note>& notes) {
  require_readable(split);
  notes.insert(notes.end(), split.notes.begin(), split.notes.end());
  for (const Note& line : describe_ignored(split.ignored))
    notes.push_back({fmt::format("{}: {}", printable(split.folder), line.text), line.advice});
}

// Warns about a val or test split whose images have no known class; the split then stays empty.
bool is_unlabelled(const SplitFolder& split, bool is_test, Dataset& dataset) {
  Note note = why_unlabelled(split, dataset.classes);
  if (note.text.empty()) return false;
  note.text += is_test ? ", so nothing is tested" : ", so nothing is validated";
  if (is_test) note.advice = Advice{"predict", {printable(split.folder)}};
  (has_no_classes(split) ? dataset.notes : dataset.warnings).push_back(std::move(note));
  return true;
}

// A class whose files are all of kinds that are never images is probably a mistake, unlike an empty folder.
void require_no_documents_only(const SplitFolder& split, const ClassFolder& folder) {
  std::map<std::string, int> kinds;
  for (const Ignored& out : split.ignored)
    if (out.why.starts_with("documents") &&
        out.path.lexically_relative(folder.folder).native().substr(0, 2) != "..")
      ++kinds[out.why];
  if (kinds.empty()) return;
  std::string list;
  for (const auto& [kind, count] : kinds) list += fmt::format("{}{} {}", list.empty() ? "" : ", ", count, kind);
  fail(Fault::data, Advice{"exclude-folder", {printable(folder.name)}},
       "{}: the class '{}' has files, but not one is an image: {}; convert them to PNG, or remove the folder",
       printable(split.folder), printable(folder.name), list);
}

std::vector<Sample> label_split(SplitFolder& split, const std::vector<std::string>& classes,
                                std::vector<Note>& notes) {
  const std::string where = printable(split.folder);
  if (split.classes.empty()) fail(Fault::data, "{0}: no class folders; put the images into {0}/<class>/", where);
  std::vector<Sample> samples;
  std::vector<bool> present(classes.size(), false);
  for (ClassFolder& folder : split.classes) {
    if (folder.files.empty()) continue;  // noted below, if it is a class
    const auto it = std::ranges::find(classes, folder.name);
    if (it == classes.end()) {
      std::string known;
      for (const std::string& c : classes) known += (known.empty() ? "" : ", ") + printable(c);
      for (const std::string& c : classes)
        if (fold_name(c) == fold_name(folder.name))
          known += "; the names " + describe_difference(c, folder.name) + " differ";
      if (holds_classes(folder, classes))
        known += "; it holds folders of their names: move those up, to stand in " + where;
      const bool by_label = folder.folder == split.folder;
      fail(Fault::data, "{}: the class '{}' is not one of the trained classes ({}); rename or remove that {}{}",
           where, printable(folder.name), known, by_label ? "label" : "folder",
           by_label ? "" : unless_writable(split.folder));
    }
    const auto label = static_cast<int>(it - classes.begin());
    present[static_cast<size_t>(label)] = true;
    for (fs::path& file : folder.files) {
      fs::path below = file.lexically_relative(folder.folder);
      samples.push_back({std::move(file), label, std::move(below), {}});
    }
  }
  for (size_t i = 0; i < classes.size(); ++i)
    if (!present[i]) notes.push_back(fmt::format("{}: no images of the class '{}'", where, printable(classes[i])));
  if (samples.empty()) fail(Fault::data, "{}: no images; put them into {}/<class>/", where, where);
  std::ranges::stable_sort(samples, {}, &Sample::label);
  return samples;
}

// Is a file of the class left out because of a user's pattern?
bool is_left_out_by_pattern(const SplitFolder& split, const ClassFolder& folder) {
  return std::ranges::any_of(split.ignored, [&](const Ignored& out) {
    return by_pattern(out) && out.path.lexically_relative(folder.folder).native().substr(0, 2) != "..";
  });
}

// The folders of train that hold images. Throws Error(Fault::data) if there are fewer than two.
std::vector<std::string> find_classes(const SplitFolder& train, const DataRules& rules, Dataset& dataset) {
  const std::string where = printable(train.folder);
  if (const Note nothing = all_left_out_by_pattern(train, rules); !nothing.text.empty())
    fail(Fault::data, nothing.advice, "{}: no images: {}", where, nothing.text);
  std::vector<std::string> classes;
  for (const ClassFolder& folder : train.classes) {
    if (!folder.files.empty()) {
      classes.push_back(folder.name);
      continue;
    }
    const std::string name = printable(folder.name);
    if (is_left_out_by_pattern(train, folder)) {
      dataset.warnings.push_back(
          {fmt::format("{}: the class '{}' is left out, with all its files, by patterns", where, name),
           Advice{"patterns"}});
      continue;
    }
    require_no_documents_only(train, folder);
    dataset.notes.push_back(fmt::format("{}: the folder '{}' has no images, so it is no class", where, name));
  }
  if (classes.empty()) fail(Fault::data, "{0}: no images; put them into {0}/<class>/, one folder a class", where);
  if (classes.size() == 1)
    fail(Fault::data, "{}: images of one class only ('{}'); at least two are needed, one folder each", where,
         printable(classes[0]));
  refuse_similar_classes(classes, rules.labels.empty() ? where : printable(rules.labels), !rules.labels.empty());
  return classes;
}

[[noreturn]] void fail_no_train(const fs::path& data) {
  std::string folders;
  int count = 0;
  for (const fs::directory_entry& entry : list_folder(data)) {
    std::error_code error;
    const std::string name = entry.path().filename().native();
    if (!why_not_data(name, true).empty() || !entry.is_directory(error)) continue;
    if (++count <= 3) folders += (count > 1 ? ", " : "") + printable(name);
  }
  if (count > 3) folders += ", ...";
  const std::string where = printable(data);
  if (count == 0)
    fail(Fault::data, "{0}: no train folder; put images into {0}/train/<class>/ and {0}/test/<class>/", where);
  fail(Fault::data, Advice{"split", {where}}, "{}: no train folder, but the folders {}", where, folders);
}

}  // namespace

std::optional<fs::path> find_split(const fs::path& data, std::string_view split) {
  std::vector<fs::path> found;
  const std::vector<std::string_view> names =
      split == "val" ? std::vector<std::string_view>{"val", "valid", "validation"} : std::vector{split};
  for (std::string_view name : names)
    if (is_folder(data / name)) found.push_back(data / name);
  if (found.size() > 1)
    fail(Fault::data, "{}: has both {} and {}; keep one folder of validation images{}", printable(data),
         printable(found[0].filename()), printable(found[1].filename()), unless_writable(data));
  if (found.empty()) return std::nullopt;
  return found[0];
}

std::vector<Sample> scan_split(const fs::path& folder, const fs::path& root,
                               const std::vector<std::string>& classes, const DataRules& rules,
                               std::vector<Note>& notes, std::vector<Note>& warnings) {
  require_folder(folder);
  SplitFolder split = walk_split(folder, root, rules);
  take_notes(split, notes);
  warnings.insert(warnings.end(), split.warnings.begin(), split.warnings.end());
  if (const Note nothing = all_left_out_by_pattern(split, rules); !nothing.text.empty())
    fail(Fault::data, nothing.advice, "{}: no images: {}", printable(folder), nothing.text);
  if (has_no_classes(split))
    fail(Fault::data, Advice{"label-or-predict", {printable(folder)}},
         "{}: images without class folders, so there is nothing to compare with", printable(folder));
  if (const std::string why = why_unlabelled(split, classes); !why.empty())
    fail(Fault::data, Advice{"predict-unknown", {printable(folder)}},
         "{}, so there is nothing to compare with; give them the names of classes ({})", why,
         fmt::join(classes_as_text(classes), ", "));
  for (Note& idle : idle_patterns(rules, {split}, root))
    (rules.run_data.empty() ? warnings : notes).push_back(std::move(idle));
  return label_split(split, classes, notes);
}

Dataset scan_dataset(const fs::path& data, const DataRules& rules) {
  require_folder(data);
  refuse_misnamed_splits(data);
  Dataset dataset;
  std::vector<fs::path> folders;
  std::vector<std::vector<Sample>*> samples;
  const auto look_for = [&](const char* name, std::vector<Sample>& to) {
    if (const auto folder = find_split(data, name)) folders.push_back(*folder), samples.push_back(&to);
  };
  look_for("train", dataset.train);
  const bool is_split = !folders.empty();
  look_for("val", dataset.val), look_for("test", dataset.test);
  if (!is_split && folders.empty() && !rules.labels.empty()) {
    folders = {data}, samples = {&dataset.train};
    dataset.notes.push_back(
        {fmt::format("{} has no train folder: all images with a label are used for training, and nothing is tested",
                     printable(data)),
         Advice{"split-by-labels", {printable(data)}}});
  } else if (!is_split) {
    fail_no_train(data);
  }
  std::vector<SplitFolder> splits = walk_splits(folders, data, rules);
  for (const SplitFolder& split : splits) {
    take_notes(split, dataset.notes);
    dataset.warnings.insert(dataset.warnings.end(), split.warnings.begin(), split.warnings.end());
  }
  for (const Note& idle : idle_patterns(rules, splits, data)) dataset.warnings.push_back(idle);
  dataset.classes = find_classes(splits[0], rules, dataset);
  for (const SplitFolder& split : splits)
    for (std::string& nested : nested_classes(split)) dataset.warnings.push_back(std::move(nested));
  for (size_t i = 0; i < splits.size(); ++i)
    if (i == 0 || !is_unlabelled(splits[i], samples[i] == &dataset.test, dataset))
      *samples[i] = label_split(splits[i], dataset.classes, dataset.notes);
  return dataset;
}

std::vector<int> count_labels(const std::vector<Sample>& samples, size_t classes) {
  std::vector<int> counts(classes, 0);
  for (const Sample& s : samples) ++counts.at(static_cast<size_t>(s.label));
  return counts;
}

}  // namespace graft
