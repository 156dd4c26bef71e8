#include "tools/run/image_list.h"

#include <map>

#include "engine/base/atomic_file.h"
#include "engine/base/csv.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/run/csv.h"

namespace graft {
namespace {

constexpr const char* kFile = "images.csv";
constexpr const char* kHeader = "split,path,class,sha256\n";

// Maps the name of an image to its class and digest, which do not depend on where it lies.
using Listed = std::map<std::string, std::string>;

Listed listed_in(const std::filesystem::path& run, const std::string& split) {
  Listed listed;
  for (const std::vector<std::string>& row : read_csv(run / kFile))
    if (row.size() == 4 && row[0] == split) listed[row[1]] = row[2] + "\n" + row[3];
  return listed;
}

std::string counted(const std::vector<std::string>& names, const char* one, const char* several) {
  if (names.empty()) return {};
  if (names.size() == 1) return fmt::format("1 {} ({})", one, names[0]);
  return fmt::format("{} {} (the first: {})", names.size(), several, names[0]);
}

}  // namespace

bool has_image_list(const std::filesystem::path& run) { return std::filesystem::exists(run / kFile); }

void write_image_list(const std::filesystem::path& run, const ImageNames& names,
                      const std::vector<std::string>& classes, const std::vector<ListedSplit>& splits) {
  std::string csv = kHeader;
  for (const ListedSplit& split : splits)
    for (size_t i = 0; i < split.samples.size(); ++i)
      csv += fmt::format("{},{},{},{}\n", split.name, csv_field(names.of(split.samples[i])),
                         csv_field(printable(classes[size_t(split.samples[i].label)])), split.samples[i].digest);
  write_file(run / kFile, csv);
}

std::string difference_to_list(const std::filesystem::path& run, const ImageNames& names,
                               const std::vector<std::string>& classes, const ListedSplit& split) {
  if (!has_image_list(run)) return {};
  Listed listed = listed_in(run, split.name);
  if (split.name == "test" && listed.empty()) return {};  // test images may be added later
  std::vector<std::string> other, added, missing;
  for (size_t i = 0; i < split.samples.size(); ++i) {
    const std::string name = names.of(split.samples[i]);
    const auto found = listed.find(name);
    if (found == listed.end())
      added.push_back(name);
    else if (found->second != printable(classes[size_t(split.samples[i].label)]) + "\n" + split.samples[i].digest)
      other.push_back(name);
    if (found != listed.end()) listed.erase(found);
  }
  for (const auto& [name, facts] : listed) missing.push_back(name);
  std::string text;
  for (const std::string& part :
       {counted(missing, "is missing", "are missing"), counted(other, "has other contents", "have other contents"),
        counted(added, "is new", "are new")})
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  return text;
}

void fail_of_other_images(const std::filesystem::path& run, const ImageNames& names,
                          const std::vector<std::string>& classes, const ListedSplit& split) {
  const std::string differs = difference_to_list(run, names, classes, split);
  fail(Fault::data,
       "{}: the {} images are not those that the run started with (names or contents differ){}{}; restore them, "
       "or start a new run",
       printable(names.folder),
       split.name == "train" ? "training"
       : split.name == "val" ? "validation"
                             : "test",
       differs.empty() ? "" : ": ", differs);
}

}  // namespace graft
