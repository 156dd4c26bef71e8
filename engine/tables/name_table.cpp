#include "engine/tables/name_table.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>

#include "engine/base/file_rules.h"
#include "engine/base/printable.h"
#include "engine/tables/similar_names.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr size_t kManyRows = 100;  // with one name: without folders they cannot be told apart

// The parts of a name; the last one is the file's.
std::vector<std::string> parts_of(const fs::path& name) {
  std::vector<std::string> parts;
  for (const fs::path& part : name.lexically_normal())
    if (!part.empty() && part != "/" && part != ".") parts.push_back(part.native());
  return parts;
}

// Removes only image suffixes: 1.2.840 is a name, not 1.2 with the suffix .840.
std::string without_suffix(const std::string& name) {
  static constexpr std::array<std::string_view, 20> kImages = {
      ".png",  ".jpg", ".jpeg",  ".jpe", ".bmp",  ".pnm", ".ppm", ".pgm", ".pbm",  ".tif",
      ".tiff", ".dcm", ".dicom", ".gif", ".webp", ".jp2", ".nii", ".mha", ".heic", ".svs"};
  const fs::path path(name);
  const std::string suffix = lower_ascii(path.extension().native());
  return std::ranges::find(kImages, suffix) != kImages.end() ? path.stem().native() : name;
}

// The last part of a path without its suffix, in its similar_names.h form.
std::string stem_as_read(std::string path) {
  std::ranges::replace(path, '\\', '/');
  const std::vector<std::string> parts = parts_of(path);
  return parts.empty() ? "" : fold_name(without_suffix(parts.back()));
}

// If both have folders, the last ones are alike.
bool folders_agree(std::string a, std::string b) {
  for (std::string* path : {&a, &b}) std::ranges::replace(*path, '\\', '/');
  const std::vector<std::string> x = parts_of(a), y = parts_of(b);
  return x.size() < 2 || y.size() < 2 || fold_name(x[x.size() - 2]) == fold_name(y[y.size() - 2]);
}

// "a/1" from the last parts of a path, with the last part replaced.
std::string tail(const std::vector<std::string>& parts, size_t length, const std::string& last) {
  std::string key;
  for (size_t i = parts.size() - length; i + 1 < parts.size(); ++i) key += parts[i] + "/";
  return key + last;
}

// A row, filed under one tail of its name.
struct Entry {
  int row;
  size_t parts;  // of the full name in the table
  bool stem;     // the key lacks the suffix in the table
};

using Index = std::unordered_map<std::string, std::vector<Entry>>;

void add_row(Index& index, int row, const std::vector<std::string>& parts, size_t longest) {
  if (parts.empty()) return;
  const std::string& name = parts.back();
  const std::string stem = without_suffix(name);
  for (size_t length = 1; length <= std::min(parts.size(), longest); ++length) {
    index[tail(parts, length, name)].push_back({row, parts.size(), false});
    if (stem != name) index[tail(parts, length, stem)].push_back({row, parts.size(), true});
  }
}

Index make_index(const std::vector<NamedRow>& rows, size_t longest) {
  Index index;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string& name = rows[i].name;
    add_row(index, int(i), parts_of(name), longest);
    if (const std::string text = printable(name); text != name) add_row(index, int(i), parts_of(text), longest);
    if (name.find('\\') == name.npos) continue;
    std::string slashes = name;
    std::ranges::replace(slashes, '\\', '/');
    add_row(index, int(i), parts_of(slashes), longest);
  }
  return index;
}

// How well a row and a file match; more is better, in this order.
struct Fit {
  int row = -1;
  size_t length = 0;    // matching parts, from the end
  int name = 0;         // 2: the file's name as it is, 1: without its suffix, 0: with another
  bool whole = false;   // they are all of the row's parts, or
  bool inside = false;  // all of the file's
  auto rank() const { return std::tuple(length, name, whole, inside); }
  bool consistent() const { return whole || inside; }  // else row and file lie in different folders
};

void look_up(const Index& index, const std::vector<std::string>& file, size_t length, const std::string& last,
             bool is_stem, std::vector<Fit>& fits) {
  const auto it = index.find(tail(file, length, last));
  if (it == index.end() || it->second.size() > kManyRows) return;
  for (const Entry& e : it->second)
    if (is_stem || !e.stem)
      fits.push_back({e.row, length, is_stem ? (e.stem ? 0 : 1) : 2, e.parts == length, file.size() == length});
}

// The rows that may belong to a file, best match first.
std::vector<Fit> all_fits(const Index& index, const fs::path& file) {
  std::vector<std::vector<std::string>> spellings = {parts_of(file)};
  if (const std::string text = printable(file); text != file.native()) spellings.push_back(parts_of(text));
  std::vector<Fit> fits;
  for (const std::vector<std::string>& parts : spellings)
    for (size_t length = parts.size(); length > 0; --length) {
      look_up(index, parts, length, parts.back(), false, fits);
      const std::string stem = fs::path(parts.back()).stem().native();
      if (stem != parts.back()) look_up(index, parts, length, stem, true, fits);
    }
  std::ranges::stable_sort(fits, [](const Fit& a, const Fit& b) { return a.rank() > b.rank(); });
  return fits;
}

[[noreturn]] void fail_two_rows(const NameTable& table, const fs::path& file, int a, int b) {
  const NamedRow &first = table.rows()[a], &second = table.rows()[b];
  fail(Fault::data,
       "{}: {} may be row {} ({}: {}) or row {} ({}: {}); remove one, or give its path as it is in the folder",
       printable(table.file()), printable(file), first.number, printable(first.name), printable(first.value),
       second.number, printable(second.name), printable(second.value));
}

// The row that matches a file best; none if it is ambiguous. A weaker match with another value is a rival, unless
// it belongs to another file.
Fit best_fit(const Index& index, const NameTable& table, const fs::path& file, std::vector<int>& rivals) {
  const std::vector<Fit> fits = all_fits(index, file);
  if (fits.empty()) return {};
  const std::string& value = table.rows()[fits[0].row].value;
  for (const Fit& f : fits) {
    if (table.rows()[f.row].value == value) continue;
    if (f.rank() == fits[0].rank()) {
      if (f.consistent()) fail_two_rows(table, file, fits[0].row, f.row);
      return {};
    }
    if (f.whole && !table.rows()[f.row].value.empty()) rivals.push_back(f.row);
  }
  return fits[0];
}

// For each row the file that matches it best, and another one that matches equally well; -1: none.
struct Claim {
  int file = -1, other = -1;
};

std::vector<Claim> claims_of(const std::vector<Fit>& fit_of, size_t rows) {
  std::vector<Claim> claims(rows);
  for (size_t i = 0; i < fit_of.size(); ++i) {
    if (fit_of[i].row < 0) continue;
    Claim& claim = claims[fit_of[i].row];
    const auto before = claim.file < 0 ? Fit{}.rank() : fit_of[claim.file].rank();
    if (fit_of[i].rank() > before)
      claim = {int(i), -1};
    else if (fit_of[i].rank() == before)
      claim.other = int(i);
  }
  return claims;
}

}  // namespace

NameTable::NameTable(fs::path file, std::vector<NamedRow> rows, const char* what) : file_(std::move(file)) {
  std::unordered_map<std::string, size_t> seen;
  for (NamedRow& row : rows) {
    if (row.name.empty()) continue;
    const auto [it, fresh] = seen.emplace(fs::path(row.name).lexically_normal().string(), rows_.size());
    if (fresh) {
      rows_.push_back(std::move(row));
      continue;
    }
    NamedRow& first = rows_[it->second];
    if (first.value.empty()) first.value = row.value;
    if (!row.value.empty() && first.value != row.value)
      fail(Fault::data, "{}: two {} for {}: {} (row {}) and {} (row {}); keep one", printable(file_), what,
           printable(first.name), printable(first.value), first.number, printable(row.value), row.number);
  }
}

NameTable::Matched NameTable::match(const std::vector<fs::path>& files, OneRow one) const {
  size_t longest = 1;
  for (const fs::path& file : files) longest = std::max(longest, parts_of(file).size());
  const Index index = make_index(rows_, longest);
  std::vector<Fit> fit_of;
  std::vector<std::vector<int>> rivals(files.size());
  for (size_t i = 0; i < files.size(); ++i) fit_of.push_back(best_fit(index, *this, files[i], rivals[i]));
  // If the table lists these folders, a row with another folder belongs to another file.
  const bool knows_folders =
      std::ranges::any_of(fit_of, [](const Fit& fit) { return fit.consistent() && fit.length > 1; });
  const std::vector<Claim> claims = claims_of(fit_of, rows_.size());
  std::vector<int> row_of(files.size(), -1);
  for (size_t i = 0; i < files.size(); ++i) {
    const Fit& fit = fit_of[i];
    if (fit.row < 0) continue;
    const Claim& claim = claims[fit.row];
    const bool is_best = fit.rank() == fit_of[claim.file].rank(), several = is_best && claim.other >= 0;
    if (!fit.consistent() && (knows_folders || !is_best || several)) continue;
    if (several && one == OneRow::for_one)
      fail(Fault::data, "{}: row {} ({}) may be {} or {}; give the folder in the table, or exclude one",
           printable(file_), rows_[fit.row].number, printable(rows_[fit.row].name), printable(files[claim.file]),
           printable(files[claim.other]));
    if (!is_best && one == OneRow::for_one) continue;
    row_of[i] = fit.row;
    for (const int rival : rivals[i])
      if (claims[rival].file < 0) fail_two_rows(*this, files[i], fit.row, rival);
  }
  std::string note = match_as_read(files, row_of);
  return {std::move(row_of), std::move(note)};
}

std::string NameTable::match_as_read(const std::vector<fs::path>& files, std::vector<int>& row_of) const {
  std::vector<bool> used(rows_.size(), false);
  for (const int row : row_of)
    if (row >= 0) used[row] = true;
  // For each name in its similar_names.h form, without folders: the unmatched rows and files. Matched ones still
  // make the name ambiguous.
  struct Alike {
    int rows = 0, files = 0, row = -1, file = -1;
  };
  std::unordered_map<std::string, Alike> names;
  for (size_t i = 0; i < files.size(); ++i)
    if (row_of[i] < 0) {
      Alike& name = names[stem_as_read(files[i].native())];
      ++name.files, name.file = int(i);
    }
  if (names.empty()) return "";
  for (size_t r = 0; r < rows_.size(); ++r)
    if (const auto name = names.find(stem_as_read(rows_[r].name)); name != names.end())
      ++name->second.rows, name->second.row = int(r);
  std::vector<std::pair<int, int>> matched;
  for (const auto& [name, a] : names)
    if (a.rows == 1 && a.files == 1 && !used[a.row] && folders_agree(rows_[a.row].name, files[a.file].native()))
      matched.emplace_back(a.file, a.row);
  if (matched.empty()) return "";
  std::ranges::sort(matched);
  for (const auto& [file, row] : matched) row_of[file] = row;
  const auto& [file, row] = matched[0];
  return fmt::format(
      "{}: {} images fit a row only as people read names, by case, blanks or accents (the first: {})",
      printable(file_), matched.size(), describe_difference(rows_[row].name, files[file].native()));
}

std::string NameTable::compare_names(const std::vector<fs::path>& files) const {
  if (rows_.empty() || files.empty()) return "there are no names in it";
  std::unordered_map<std::string, const NamedRow*> rows;
  for (const NamedRow& row : rows_) rows.emplace(stem_as_read(row.name), &row);
  for (const fs::path& file : files)
    if (const auto row = rows.find(stem_as_read(file.native())); row != rows.end())
      return "names that look alike differ: " + describe_difference(row->second->name, file.native());
  return fmt::format("names there look like {}, those of the images like {}", printable(rows_[0].name),
                     printable(files[0]));
}

}  // namespace graft
