#include "engine/tables/groups.h"

#include "engine/base/printable.h"
#include "engine/tables/manifest.h"
#include "engine/tables/missing_values.h"
#include "engine/tables/table_file.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// Best first: two lesions of one patient are alike.
std::vector<size_t> find_group_columns(const std::vector<std::string>& header) {
  return find_columns(header, {"group", "groupid", "patient", "patientid", "patientnumber", "patientno", "subject",
                               "subjectid", "participant", "participantid", "person", "personid", "case", "caseid",
                               "study", "studyid", "lesion", "lesionid"});
}

}  // namespace

GroupBy::GroupBy(const std::string& by) {
  if (const auto table = find_table(by)) {
    read_table_of_groups(table->file, table->columns);
    return;
  }
  if (by == "none")
    fail(Fault::usage, Advice{"no-groups"}, "'none' is no rule for groups; as an expression it is [n]one");
  if (by.ends_with(".csv") || by.find(".csv:") != by.npos)
    fail(Fault::data, Advice{"group-by"}, "{}: there is no such file", printable(by));
  try {
    expression_.emplace(by);
  } catch (const Error& e) {
    constexpr size_t kShown = 100;
    fail(e.fault(), Advice{"group-by"}, "{}{}: there is no such file, and it is {}",
         printable(by.substr(0, kShown)), by.size() > kShown ? "..." : "", e.what());
  }
}

void GroupBy::read_table_of_groups(const fs::path& file, const std::string& columns) {
  const Rows rows = read_table(file);
  const std::vector<std::string>& header = rows[0];
  Columns chosen;
  if (!columns.empty()) {
    chosen = named_columns(header, {file, columns});
  } else {
    const std::vector<size_t> images = find_image_columns(header), groups = find_group_columns(header);
    if (images.empty() || groups.empty())
      fail(Fault::data, Advice{"group-columns", {printable(file)}},
           "{}: none of its columns is known to name {}; it has: {}", printable(file),
           images.empty() ? "images (image, path, ...)" : "groups (patient, group, ...)", describe_header(header));
    chosen = {images[0], groups[0]};
    if (groups.size() > 1)
      notes_.push_back(fmt::format("{}: groups are those of the column {}, not {} (FILE:{},{} takes that)",
                                   printable(file), printable(header[groups[0]]), printable(header[groups[1]]),
                                   printable(header[images[0]]), printable(header[groups[1]])));
  }
  std::vector<NamedRow> named;
  for (size_t i = 1; i < rows.size(); ++i)
    if (rows[i].size() == header.size()) named.push_back({rows[i][chosen.image], rows[i][chosen.value], i + 1});
  missing_ = empty_missing(named);
  table_.emplace(file, std::move(named), "groups");
}

std::string GroupBy::group_by_expression(const fs::path& below) const {
  const std::string& text = below.native();
  const auto match = expression_->search(text);
  if (!match) return "";
  if (match->groups.empty()) return text.substr(match->begin, match->length);
  std::string group = match->groups[0];
  for (size_t i = 1; i < match->groups.size(); ++i) group += "/" + match->groups[i];
  return group;
}

std::vector<std::string> GroupBy::groups_of(std::vector<FileInData> files, const fs::path& data,
                                            std::string* note) const {
  if (!table_ || !is_manifest_of(table_->file(), data)) restore_names(files, data);
  std::vector<std::string> groups;
  if (!table_) {
    for (const FileInData& file : files) groups.push_back(group_by_expression(file.below));
    return groups;
  }
  std::vector<fs::path> paths;
  for (const FileInData& file : files) paths.push_back(file.path);
  const NameTable::Matched matched = table_->match(paths, NameTable::OneRow::for_many);
  if (note) *note = matched.note;
  for (const int row : matched.row_of) groups.push_back(row < 0 ? "" : table_->rows()[row].value);
  return groups;
}

std::string GroupBy::example() const {
  if (!table_) return "";
  if (!missing_.empty())
    return fmt::format(
        "; the table has values that say that there is none: {}; "
        "give each of these images a group, a separate one if it is unknown",
        describe_missing(missing_));
  return table_->rows().empty()
             ? "; the table lists no image"
             : fmt::format("; names in the table look like {}", printable(table_->rows()[0].name));
}

}  // namespace graft
