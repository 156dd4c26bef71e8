#include "engine/base/file_rules.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace graft {
namespace {

// Left by file managers, archivers and scanners beside images.
constexpr std::array<std::string_view, 8> kClutter = {
    "thumbs.db", "ehthumbs.db", "desktop.ini",  "__macosx",
    "@eadir",    "icon\r",      "$recycle.bin", "system volume information"};

// Tables, texts, programs, archives, arrays and sidecars of viewers and annotation tools. Formats that may hold an
// image (.nii, .mp4, .webp) are not listed: such a file is reported as unreadable.
constexpr std::string_view kDocuments[] = {
    ".txt",  ".csv",   ".tsv",        ".json", ".jsonl",  ".geojson", ".xml",  ".html",   ".htm", ".md",
    ".rst",  ".yaml",  ".yml",        ".toml", ".ini",    ".cfg",     ".log",  ".pdf",    ".rtf", ".doc",
    ".docx", ".odt",   ".xls",        ".xlsx", ".ods",    ".ppt",     ".pptx", ".odp",    ".tex", ".py",
    ".pyc",  ".ipynb", ".sh",         ".bat",  ".r",      ".m",       ".js",   ".css",    ".zip", ".tar",
    ".gz",   ".tgz",   ".bz2",        ".xz",   ".7z",     ".rar",     ".mat",  ".npy",    ".npz", ".h5",
    ".hdf5", ".pkl",   ".pickle",     ".pt",   ".pth",    ".parquet", ".db",   ".sqlite", ".mdb", ".dat",
    ".roi",  ".xmp",   ".aae",        ".thm",  ".exif",   ".info",    ".nfo",  ".lnk",    ".url", ".tmp",
    ".bak",  ".part",  ".crdownload", ".md5",  ".sha256", ".lst"};

}  // namespace

std::string lower_ascii(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string why_not_data(const std::filesystem::path& name, bool is_folder) {
  if (name.native().starts_with('.')) return "hidden";
  const std::string lower = lower_ascii(name.native());
  if (std::ranges::find(kClutter, lower) != kClutter.end()) return "of the system (Thumbs.db and the like)";
  if (is_folder) return "";
  const std::string suffix = std::filesystem::path(lower).extension().native();
  for (const std::string_view document : kDocuments)
    if (suffix == document) return "documents (" + suffix + ")";
  return "";
}

PatternPaths::PatternPaths(const std::filesystem::path& given, const DataRules& rules) : given_(given) {
  if (rules.run_data.empty()) return;
  std::error_code error;
  const std::filesystem::path run = std::filesystem::canonical(rules.run_data, error);
  if (error) return;
  const std::filesystem::path below = std::filesystem::canonical(given, error).lexically_relative(run);
  within_run_ = !error && !below.empty() && *below.begin() != "..";
  if (within_run_ && below != ".") before_ = below;
}

std::filesystem::path PatternPaths::of(const std::filesystem::path& file) const {
  const std::filesystem::path below = file.lexically_relative(given_);
  return before_.empty() ? below : before_ / below;
}

bool matches_any(const std::filesystem::path& relative, const std::vector<std::string>& patterns) {
  for (std::string pattern : patterns) {
    const bool whole_path = pattern.find('/') < pattern.size() - 1;
    while (pattern.size() > 1 && pattern.ends_with('/')) pattern.pop_back();
    std::filesystem::path upper;
    for (const std::filesystem::path& part : relative) {
      upper /= part;
      const std::string& text = whole_path ? upper.native() : part.native();
      if (::fnmatch(pattern.c_str(), text.c_str(), 0) == 0) return true;
    }
  }
  return false;
}

}  // namespace graft
