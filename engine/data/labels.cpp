#include "engine/data/labels.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "engine/base/parse_number.h"
#include "engine/base/printable.h"
#include "engine/data/walk.h"
#include "engine/tables/missing_values.h"
#include "engine/tables/name_table.h"
#include "engine/tables/table_file.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr size_t kFew = 10;  // if a tenth does not match, from this many on it is worth a warning

std::vector<size_t> find_label_columns(const std::vector<std::string>& header) {
  return find_columns(
      header,
      {"label",      "labels",   "class",        "classes",       "classname", "classlabel",     "diagnosis",
       "diagnostic", "dx",       "target",       "category",      "level",     "grade",          "retinopathygrade",
       "finding",    "findings", "findinglabel", "findinglabels", "pathology", "benignmalignant"});
}

std::optional<double> number(const std::string& text) {
  return parse_number<double>(text);  // "nan", "inf" are text
}

// One column per class. nullopt: another kind of table.
std::optional<std::vector<NamedRow>> read_one_hot(const Rows& rows, size_t image, const fs::path& file) {
  std::vector<NamedRow> named;
  std::optional<std::pair<size_t, int>> several;  // a row, and its number of ones
  if (rows[0].size() < 3) return std::nullopt;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != rows[0].size()) continue;
    NamedRow row{rows[i][image], "", i + 1};
    int ones = 0;
    for (size_t c = 0; c < rows[i].size(); ++c) {
      if (c == image) continue;
      const auto value = number(rows[i][c]);
      if (!value || (*value != 0 && *value != 1)) return std::nullopt;
      if (*value == 1) row.value = rows[0][c], ++ones;
    }
    if (ones != 1 && !several) several = {i + 1, ones};
    named.push_back(std::move(row));
  }
  if (several)
    fail(Fault::data,
         "{0}: one column per class, but row {1} has {2} ones, and an image has one label here; "
         "make a column of labels, or say which column is one: {0}:IMAGE_COLUMN,LABEL_COLUMN",
         printable(file), several->first, several->second);
  return named;
}

struct LabelRows {
  std::vector<NamedRow> rows;
  std::string columns;                 // for people
  std::map<std::string, int> missing;  // values that mean "no label", with their counts
};

LabelRows take_columns(const Rows& rows, Columns columns) {
  LabelRows taken{{}, printable(rows[0][columns.image]) + ", " + printable(rows[0][columns.value]), {}};
  for (size_t i = 1; i < rows.size(); ++i)
    if (rows[i].size() == rows[0].size())
      taken.rows.push_back({rows[i][columns.image], rows[i][columns.value], i + 1});
  taken.missing = empty_missing(taken.rows);
  return taken;
}

LabelRows read_labels(const TableName& table) {
  const Rows rows = read_table(table.file);
  const std::vector<std::string>& header = rows[0];
  if (!table.columns.empty()) return take_columns(rows, named_columns(header, table));
  const std::vector<size_t> images = find_image_columns(header);
  std::vector<size_t> labels = find_label_columns(header);
  if (images.empty())
    fail(Fault::data, Advice{"label-columns", {printable(table.file)}},
         "{}: none of its columns is known to name images (image, path, ...); it has: {}", printable(table.file),
         describe_header(header));
  if (labels.empty() && header.size() == 2) labels = {1 - images[0]};  // the only candidate
  if (labels.empty())
    if (auto one_hot = read_one_hot(rows, images[0], table.file))
      return {std::move(*one_hot), printable(header[images[0]]) + ", and one column per class", {}};
  if (labels.size() != 1)
    fail(Fault::data,
         Advice{"label-columns-as",
                {printable(table.file), printable(header[images[0]]),
                 printable(header[labels.empty() ? header.size() - 1 : labels[0]])}},
         "{}: {}", printable(table.file),
         labels.empty() ? "none of its columns is known to name labels; it has: " + describe_header(header)
                        : fmt::format("its labels may be the column {} or {}", printable(header[labels[0]]),
                                      printable(header[labels[1]])));
  return take_columns(rows, {images[0], labels[0]});
}

// Labels that are text to a model but clear to a person.
void check_labels(const NameTable& table) {
  std::map<double, std::string> numbers;
  for (const NamedRow& row : table.rows()) {
    if (printable(row.value) != row.value)
      fail(Fault::data,
           "{}: row {}: the label {} has bytes that are not UTF-8, or control characters; save the table as UTF-8",
           printable(table.file()), row.number, printable(row.value));
    const auto value = number(row.value);
    if (!value) continue;
    const auto [it, fresh] = numbers.emplace(*value, row.value);
    if (!fresh && it->second != row.value)
      fail(Fault::data, "{}: the labels {} and {} (row {}) are one number in two spellings; make them one",
           printable(table.file()), it->second, row.value, row.number);
  }
}

// A label "a|b" makes a class of its own: returns a sentence about it, if there is one. The separator may also be a
// comma or a semicolon, if all parts are labels by themselves.
std::string warn_of_several(const NameTable& table) {
  std::set<std::string> labels;
  for (const NamedRow& row : table.rows()) labels.insert(row.value);
  const auto is_several = [&](const std::string& label) {
    if (label.find('|') != label.npos) return true;
    for (const char separator : {',', ';'}) {
      std::istringstream parts(label);
      int count = 0, known = 0;
      for (std::string part; std::getline(parts, part, separator); ++count) {
        const size_t begin = part.find_first_not_of(' ');
        known += begin != part.npos && labels.contains(part.substr(begin));
      }
      if (count > 1 && known == count) return true;
    }
    return false;
  };
  std::string first;
  int count = 0;
  for (const std::string& label : labels)
    if (is_several(label) && ++count == 1) first = label;
  if (count == 0) return "";
  return fmt::format(
      "{}: {} labels name several classes (the first: {}) and become classes of their own, "
      "since an image has one class here; "
      "choose one label for each image, or leave those rows out",
      printable(table.file()), count, printable(first));
}

// Divides splits by their labels, and collects what did not match.
class Divided {
 public:
  Divided(const NameTable& table, const fs::path& root, const std::vector<int>& row_of)
      : table_(table), root_(root), row_of_(row_of), used_(table.rows().size(), false) {}

  // Call once per split, in the order of row_of.
  void add(SplitFolder& split) {
    const ClassFolder all = std::move(split.classes[0]);
    std::map<std::string, ClassFolder> classes;
    std::vector<fs::path> without;
    for (const fs::path& file : all.files) {
      const int row = row_of_[at_++];
      if (row >= 0) used_[row] = true;
      const std::string label = row < 0 ? "" : table_.rows()[row].value;
      if (!label.empty()) {
        classes.try_emplace(label, ClassFolder{label, split.folder, {}}).first->second.files.push_back(file);
        continue;
      }
      split.ignored.push_back({file, row < 0 ? kWithoutLabel : "with an empty label"});
      if (row < 0) without.push_back(file.lexically_relative(root_));
    }
    split.classes.clear();
    for (auto& [label, c] : classes) split.classes.push_back(std::move(c));
    if (split.classes.empty()) return;  // a split without any labels is reported elsewhere
    images_ += all.files.size();
    without_.insert(without_.end(), without.begin(), without.end());
  }

  void tell(const fs::path& image, Listed listed, SplitFolder& split) const {
    const auto tell = [&](bool many, std::string text) {
      (many ? split.warnings : split.notes).push_back(std::move(text));
    };
    const std::string file = printable(table_.file()), named = printable(table_.rows()[0].name);
    if (!without_.empty())
      tell(without_.size() * kFew > images_,
           fmt::format("{} of {} images have no label in {} and are left out, "
                       "the first: {} (names there look like {})",
                       without_.size(), images_, file, printable(without_[0]), named));
    const auto idle = static_cast<size_t>(std::ranges::count(used_, false));
    if (idle && listed == Listed::these)
      tell(idle * kFew > used_.size(),
           fmt::format("{} of {} rows of {} name no image here, the first: {} (names here look like {})", idle,
                       used_.size(), file,
                       printable(table_.rows()[std::ranges::find(used_, false) - used_.begin()].name),
                       printable(image)));
  }

 private:
  const NameTable& table_;
  const fs::path& root_;
  const std::vector<int>& row_of_;
  std::vector<bool> used_;  // per row
  size_t at_ = 0, images_ = 0;
  std::vector<fs::path> without_;
};

}  // namespace

void label_splits(std::vector<SplitFolder>& splits, const fs::path& root, const std::string& labels,
                  Listed listed) {
  const auto name = find_table(labels);
  if (!name) fail(Fault::data, Advice{"label-table"}, "{}: there is no such file", printable(labels));
  LabelRows read = read_labels(*name);
  const NameTable table(name->file, std::move(read.rows), "labels");
  check_labels(table);
  std::vector<fs::path> files;
  for (const SplitFolder& split : splits)
    for (const fs::path& file : split.classes[0].files) files.push_back(file.lexically_relative(root));
  if (files.empty()) fail(Fault::data, "{}: no images", printable(splits[0].folder));
  const auto [row_of, alike] = table.match(files, NameTable::OneRow::for_one);
  if (std::ranges::all_of(row_of, [](int row) { return row < 0; }))
    fail(Fault::data, "{}: not one of {} images has a label in it: {}", printable(name->file), files.size(),
         table.compare_names(files));
  Divided divided(table, root, row_of);
  for (SplitFolder& split : splits) divided.add(split);
  splits[0].notes.push_back(fmt::format("labels: {} ({})", printable(name->file), read.columns));
  if (!alike.empty()) splits[0].notes.push_back(alike);
  if (!read.missing.empty())
    splits[0].warnings.push_back(
        fmt::format("{}: labels that say that there is none: {}; these images are left out; "
                    "if one of them is a class, call it something else in the table",
                    printable(name->file), describe_missing(read.missing)));
  if (std::string several = warn_of_several(table); !several.empty())
    splits[0].warnings.push_back(std::move(several));
  divided.tell(files[0], listed, splits[0]);
}

}  // namespace graft
