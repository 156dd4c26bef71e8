// CSV tables of groups and labels. The first byte of the input selects the reader. File names and classes are taken
// from the table itself, so that rows match files.
#include <algorithm>

#include "engine/base/csv.h"
#include "engine/base/printable.h"
#include "engine/data/labels.h"
#include "engine/data/walk.h"
#include "engine/tables/groups.h"
#include "engine/tables/table_file.h"
#include "tests/fuzz/harness.h"

using namespace graft;
using namespace graft::fuzz;
namespace fs = std::filesystem;

namespace {

// Checks that rows survive a round trip.
void round_trip(std::string_view bytes) {
  Rows rows;
  if (!accepted({Fault::data}, [&] { rows = parse_csv(bytes, "input"); })) return;
  std::string again = "a,b\n";  // makes the comma the separator
  Rows wanted;
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    std::vector<std::string> fields;
    for (const std::string& field : row) {
      line += (&field == &row[0] ? "" : ",") + csv_field(field);
      fields.push_back(printable(field));
    }
    if (line.empty()) continue;  // an empty line is no row
    again += line + "\n";
    wanted.push_back(fields);
  }
  Rows read = parse_csv(again, "again");
  read.erase(read.begin());
  if (read != wanted) finding("rows are others when they are written and read again:\n{}", again);
}

// Returns paths that the table may name, made of some of its fields, and one that it does not.
std::vector<fs::path> files_of(const Rows& rows) {
  std::vector<fs::path> files = {"train/a/else.png"};
  for (size_t r = 1; r < std::min(rows.size(), size_t{20}); ++r)
    for (const std::string& field : rows[r])
      if (const fs::path path = fs::path("train") / fs::path(field).relative_path(); !field.empty())
        files.push_back(path.lexically_normal());
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

void group(const fs::path& table, const std::vector<fs::path>& files) {
  const GroupBy by(table.string());
  by.example();
  std::vector<FileInData> all;
  for (const fs::path& file : files) all.push_back({file, file.filename()});
  if (by.groups_of(all, folder().path()).size() != files.size()) finding("not one group for each file");
}

void label(const fs::path& table, const std::vector<fs::path>& files) {
  SplitFolder split{.folder = folder().path(), .classes = {}, .ignored = {}, .unreadable = {}};
  split.classes.push_back({"", folder().path(), {}});
  for (const fs::path& file : files) split.classes[0].files.push_back(folder().path() / file);
  std::vector<SplitFolder> splits{std::move(split)};
  label_splits(splits, folder().path(), table.string(), Listed::these);
  size_t placed = splits[0].ignored.size();
  for (const ClassFolder& c : splits[0].classes) placed += c.files.size();
  if (placed != files.size()) finding("{} files have become {}", files.size(), placed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = text(data + 1, size - 1);
  if (data[0] % 3 == 0) {
    round_trip(bytes);
    return 0;
  }
  const fs::path table = folder().write("table.csv", bytes);
  Rows rows;
  if (!accepted({Fault::data}, [&] { rows = read_table(table); })) return 0;
  const std::vector<fs::path> files = files_of(rows);
  accepted({Fault::data}, [&] { data[0] % 3 == 1 ? group(table, files) : label(table, files); });
  return 0;
}
