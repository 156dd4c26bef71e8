#include "engine/tables/manifest.h"

#include <unordered_map>

#include "engine/base/hash.h"
#include "engine/base/input_file.h"
#include "engine/base/printable.h"
#include "engine/tables/table_file.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

bool is_manifest(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return false;
  const std::string header = fmt::format("{}\n", kManifestHeader);
  std::string start(header.size(), '\0');
  start.resize(InputFile(file).read(std::as_writable_bytes(std::span(start))));
  return start == header;
}

// The manifest of the folder, or of its parent: a split (NEW/test) may be given alone.
fs::path find_manifest(const fs::path& data) {
  const fs::path folder = fs::absolute(data).lexically_normal();
  const fs::path whole = folder.has_filename() ? folder : folder.parent_path();
  for (const fs::path& place : {whole, whole.parent_path()})
    if (is_manifest(place / "manifest.csv")) return place / "manifest.csv";
  return {};
}

}  // namespace

bool is_manifest_of(const fs::path& file, const fs::path& data) {
  const fs::path manifest = find_manifest(data);
  return !manifest.empty() && is_manifest(file) && sha256_file(file) == sha256_file(manifest);
}

void restore_names(std::vector<FileInData>& files, const fs::path& data) {
  const fs::path manifest = find_manifest(data);
  if (manifest.empty()) return;
  std::unordered_map<std::string, std::string> source;
  const Rows rows = read_table(manifest);
  for (size_t i = 1; i < rows.size(); ++i)
    if (rows[i].size() == rows[0].size()) source.emplace(rows[i][0], rows[i][1]);
  const fs::path folder = fs::absolute(data);
  for (FileInData& file : files) {
    const fs::path now = (folder / file.path).lexically_normal().lexically_relative(manifest.parent_path());
    auto it = source.find(now.native());
    if (it == source.end()) it = source.find(printable(now));  // how a name that is not UTF-8 is written
    if (it == source.end()) continue;
    file.path = it->second;
    file.below = file.below.parent_path() / file.path.filename();  // split renames files, not folders
  }
}

}  // namespace graft
